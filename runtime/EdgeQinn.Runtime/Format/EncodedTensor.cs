using System.Collections.Immutable;
using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Format;

/// <summary>
/// A constant as the file stores it: an encoding by name, its attributes, named parts and nested tensors.
/// <c>dense</c> has one part, <c>data</c>, row-major. Sparse, MPS, entangled, … encodings are told apart by name alone,
/// so a file with one this reader lacks is refused by that name.
/// </summary>
/// <param name="Encoding">Such as <c>dense</c>.</param>
/// <param name="Type">The element type and shape of the tensor that the encoding stands for.</param>
/// <param name="Attributes">The encoding's parameters.</param>
/// <param name="Parts">The stored arrays.</param>
/// <param name="Children">Nested tensors: the terms of a sum, the factors of a product.</param>
public sealed record EncodedTensor(
    string Encoding, TensorType Type, AttributeMap Attributes, ImmutableArray<TensorPart> Parts, ImmutableArray<EncodedTensor> Children)
{
    /// <summary>The name of the plain row-major encoding.</summary>
    public const string Dense = "dense";

    /// <summary>A dense tensor over memory in place.</summary>
    public static EncodedTensor FromBytes(TensorType type, ReadOnlyMemory<byte> data) =>
        new(Dense, type, AttributeMap.Empty, [new TensorPart("data", type, data)], []);

    /// <summary>A dense tensor that copies <paramref name="data"/>.</summary>
    public static EncodedTensor FromSpan<T>(ReadOnlySpan<T> data, params ReadOnlySpan<int> shape) where T : unmanaged =>
        FromBytes(new TensorType(ElementTypes.Of<T>(), shape), MemoryMarshal.AsBytes(data).ToArray());

    /// <summary>Whether the tensor is stored plain.</summary>
    public bool IsDense => Encoding == Dense;

    /// <summary>The part called <paramref name="name"/>.</summary>
    /// <exception cref="GraphException">There is none.</exception>
    public TensorPart Part(string name)
    {
        foreach (var part in Parts)
            if (part.Name == name) return part;
        throw new GraphException($"encoding '{Encoding}' lacks part '{name}'");
    }

    /// <summary>The elements of a dense tensor.</summary>
    /// <exception cref="GraphException">The tensor is not dense or not of <typeparamref name="T"/>.</exception>
    public ReadOnlySpan<T> Data<T>() where T : unmanaged => Part("data").As<T>();

    /// <summary>The elements of a float32 tensor in any encoding, row-major; decoded where it is not stored plain.</summary>
    /// <exception cref="GraphException">What is stored breaks the encoding's rules.</exception>
    public ReadOnlySpan<float> Floats() => IsDense ? Data<float>() : WeightEncodings.Read(this).ToArray();
}

/// <summary>One stored array of an <see cref="EncodedTensor"/>.</summary>
public sealed record TensorPart(string Name, TensorType Type, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The elements.</summary>
    /// <exception cref="GraphException">They are of another type.</exception>
    public ReadOnlySpan<T> As<T>() where T : unmanaged =>
        Type.Element == ElementTypes.Of<T>() ? MemoryMarshal.Cast<byte, T>(Bytes.Span)
            : throw new GraphException($"part '{Name}' is {Type}, expected {ElementTypes.Of<T>().ToString().ToLowerInvariant()}");
}
