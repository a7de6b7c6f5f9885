using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>Makes parts from arrays.</summary>
static class TensorParts
{
    /// <summary>A part that copies <paramref name="data"/>.</summary>
    public static TensorPart Create<T>(string name, ReadOnlySpan<T> data, params ReadOnlySpan<int> shape) where T : unmanaged =>
        new(name, new TensorType(ElementTypes.Of<T>(), shape), MemoryMarshal.AsBytes(data).ToArray());
}
