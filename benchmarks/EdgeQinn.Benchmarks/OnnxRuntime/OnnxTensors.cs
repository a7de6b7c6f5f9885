using System.Runtime.InteropServices;
using EdgeQinn.Benchmarks.OnnxRuntime.Proto;
using Google.Protobuf;

namespace EdgeQinn.Benchmarks.OnnxRuntime;

/// <summary>Reading and making ONNX tensors and attributes.</summary>
static class OnnxTensors
{
    const int FloatType = 1, Int64Type = 7;

    /// <summary>The values of a float tensor, however they are stored.</summary>
    public static float[] Floats(this TensorProto tensor) => tensor.DataType != FloatType
        ? throw new NotSupportedException($"initialiser '{tensor.Name}' is not float32")
        : tensor.FloatData.Count > 0 ? [.. tensor.FloatData] : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();

    public static TensorProto Create(string name, ReadOnlySpan<float> values, IEnumerable<long> shape)
    {
        var tensor = new TensorProto { Name = name, DataType = FloatType, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    public static TensorProto Create(string name, ReadOnlySpan<long> values)
    {
        var tensor = new TensorProto { Name = name, DataType = Int64Type, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.Add(values.Length);
        return tensor;
    }

    /// <summary>The initialiser of that name, or null.</summary>
    public static TensorProto? Initializer(this GraphProto graph, string name) => graph.Initializer.FirstOrDefault(t => t.Name == name);

    /// <summary>The attribute of that name, or null.</summary>
    public static AttributeProto? Attribute(this NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name);

    public static long Int(this NodeProto node, string name, long otherwise) => node.Attribute(name)?.I ?? otherwise;

    public static float Float(this NodeProto node, string name, float otherwise) => node.Attribute(name)?.F ?? otherwise;
}
