using System.Runtime.InteropServices;

namespace EdgeQinn.OnnxRuntime;

/// <summary>A dense tensor in native memory of its own, 64-byte aligned.</summary>
public sealed unsafe class OrtTensor : IDisposable
{
    const int Alignment = 64;

    byte* _data;

    /// <summary>A tensor of zeros.</summary>
    /// <param name="name">The input or output it belongs to.</param>
    /// <param name="element">The element type.</param>
    /// <param name="shape">The dimensions, all known.</param>
    public OrtTensor(string name, OrtElementType element, IReadOnlyList<long> shape)
    {
        (Name, Element, Shape) = (name, element, [.. shape]);
        Bytes = checked((int)shape.Aggregate((long)ElementSize(element), (product, dimension) => checked(product * dimension)));
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(Bytes, 1), Alignment);
        AsBytes().Clear();
        Value = OrtApi.CreateTensor(_data, (nuint)Bytes, [.. shape], element);
    }

    /// <summary>The input or output it belongs to.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public OrtElementType Element { get; }

    /// <summary>The dimensions.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The size of the data in bytes.</summary>
    public int Bytes { get; }

    internal nint Value { get; private set; }

    /// <summary>The elements in place.</summary>
    /// <exception cref="ArgumentException">They are not of <typeparamref name="T"/>'s size.</exception>
    public Span<T> AsSpan<T>() where T : unmanaged => sizeof(T) == ElementSize(Element)
        ? MemoryMarshal.Cast<byte, T>(AsBytes())
        : throw new ArgumentException($"'{Name}' is {Element}, not {typeof(T).Name}");

    /// <summary>The bytes in place.</summary>
    public Span<byte> AsBytes()
    {
        ObjectDisposedException.ThrowIf(_data == null, this);
        return new(_data, Bytes);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        if (_data == null) return;
        OrtApi.ReleaseValue(Value);
        NativeMemory.AlignedFree(_data);
        _data = null;
        Value = 0;
    }

    internal static int ElementSize(OrtElementType element) => element switch
    {
        OrtElementType.UInt8 or OrtElementType.Int8 or OrtElementType.Bool => 1,
        OrtElementType.Float or OrtElementType.Int32 => 4,
        OrtElementType.Int64 or OrtElementType.Double => 8,
        _ => throw new OrtException($"element type {element} is not supported here"),
    };
}
