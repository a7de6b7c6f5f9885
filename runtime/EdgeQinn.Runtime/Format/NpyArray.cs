using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Format;

/// <summary>An array in NumPy's .npy format. In memory it is always little-endian and row-major, whatever the file was.</summary>
public sealed class NpyArray
{
    readonly byte[] _bytes;
    readonly int[] _shape;

    NpyArray(NpyType type, int[] shape, byte[] bytes)
    {
        Type = type;
        _shape = shape;
        _bytes = bytes;
    }

    /// <summary>Type of the elements.</summary>
    public NpyType Type { get; }

    /// <summary>Dimensions, slowest first; empty for a scalar.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Number of elements.</summary>
    public int Length => _bytes.Length / Type.Size();

    /// <summary>The elements, little-endian, row-major.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Copies values into a new array of the given shape; the shape of a vector may be left out.</summary>
    /// <exception cref="ArgumentException">The shape does not hold that many values, or the type is not one of <see cref="NpyType"/>.</exception>
    public static NpyArray Create<T>(ReadOnlySpan<T> values, params ReadOnlySpan<int> shape) where T : unmanaged
    {
        NpyType type = NpyTypes.Of<T>();
        int[] dimensions = shape.IsEmpty ? [values.Length] : shape.ToArray();
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        if (NpyHeader.CheckedBytes(dimensions, type.Size()) != bytes.Length)
            throw new ArgumentException($"{values.Length} values do not fill the shape ({string.Join(", ", dimensions)})", nameof(shape));
        return new(type, dimensions, bytes);
    }

    /// <summary>Reads a .npy file.</summary>
    /// <exception cref="FileFormatException">The file is not a .npy array, truncated, or of an unsupported type.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static NpyArray Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        NpyArray array = Read(stream, path, stream.CanSeek ? stream.Length : long.MaxValue);
        return array;
    }

    /// <summary>Reads one array and no byte behind it.</summary>
    /// <param name="stream">At the magic; need not be seekable.</param>
    /// <param name="file">For messages.</param>
    /// <param name="limit">The most bytes the stream can hold: a header that promises more is refused before anything is allocated.</param>
    /// <exception cref="FileFormatException">Not a .npy array, truncated, or of an unsupported type.</exception>
    public static NpyArray Read(Stream stream, string file, long limit = long.MaxValue)
    {
        NpyHeader header = NpyHeader.Read(stream, file, out long position);
        int size = header.Type.Size();
        long promised = (long)header.Elements * size;
        if (promised > limit - position)
            throw new FileFormatException(file, position, $"the header promises {promised} bytes, {Math.Max(0, limit - position)} are there");

        byte[] bytes = ReadGrowing(stream, (int)promised, file, position);
        if (header.BigEndian) SwapBytes(bytes, size);
        return new(header.Type, header.Shape, header.FortranOrder ? ToRowMajor(bytes, header.Shape, size) : bytes);
    }

    /// <summary>Writes a .npy file (version 1.0, row-major, little-endian).</summary>
    public void Save(string path)
    {
        using FileStream stream = File.Create(path);
        WriteTo(stream);
    }

    /// <summary>Writes header and elements to a stream.</summary>
    public void WriteTo(Stream stream)
    {
        stream.Write(NpyHeader.Write(Type, _shape));
        stream.Write(_bytes);
    }

    /// <summary>All elements as single precision, rounded where the type is wider.</summary>
    public float[] ToSingles() => To<float>();

    /// <summary>All elements as double precision.</summary>
    public double[] ToDoubles() => To<double>();

    /// <summary>All elements as 64-bit integers: fractions dropped, values out of range saturated, not-a-number becomes 0.</summary>
    public long[] ToInt64s() => To<long>();

    T[] To<T>() where T : unmanaged, INumberBase<T> => Type switch
    {
        NpyType.Bool or NpyType.UInt8 => Convert<byte, T>(),
        NpyType.Int8 => Convert<sbyte, T>(),
        NpyType.Int16 => Convert<short, T>(),
        NpyType.Int32 => Convert<int, T>(),
        NpyType.Int64 => Convert<long, T>(),
        NpyType.UInt16 => Convert<ushort, T>(),
        NpyType.UInt32 => Convert<uint, T>(),
        NpyType.UInt64 => Convert<ulong, T>(),
        NpyType.Float16 => Convert<Half, T>(),
        NpyType.Float32 => Convert<float, T>(),
        _ => Convert<double, T>(),
    };

    TTo[] Convert<TFrom, TTo>() where TFrom : unmanaged, INumberBase<TFrom> where TTo : unmanaged, INumberBase<TTo>
    {
        ReadOnlySpan<TFrom> from = MemoryMarshal.Cast<byte, TFrom>(_bytes);
        var to = new TTo[from.Length];
        for (int i = 0; i < to.Length; i++) to[i] = TTo.CreateSaturating(from[i]);
        return to;
    }

    /// <summary>Reads exactly <paramref name="count"/> bytes, allocating as they arrive: a header that lies costs no memory.</summary>
    static byte[] ReadGrowing(Stream stream, int count, string file, long position)
    {
        byte[] bytes = new byte[Math.Min(count, 1 << 20)];
        int filled = 0;
        while (filled < count)
        {
            if (filled == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(count, 2L * filled));
            int read = stream.Read(bytes, filled, bytes.Length - filled);
            if (read == 0) throw new FileFormatException(file, position + filled, $"ends after {filled} of {count} bytes of elements");
            filled += read;
        }
        return bytes;
    }

    static void SwapBytes(byte[] bytes, int size)
    {
        switch (size)
        {
            case 2:
                Span<ushort> two = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<uint> four = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                Span<ulong> eight = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }

    /// <summary>Reorders column-major elements: walks the row-major order while keeping the column-major offset.</summary>
    static byte[] ToRowMajor(byte[] columnMajor, int[] shape, int size)
    {
        if (columnMajor.Length == 0 || shape.Length < 2) return columnMajor;
        Span<int> stride = stackalloc int[shape.Length];
        Span<int> index = stackalloc int[shape.Length];
        stride[0] = 1;
        index.Clear();
        for (int d = 1; d < shape.Length; d++) stride[d] = stride[d - 1] * shape[d - 1];

        byte[] rowMajor = new byte[columnMajor.Length];
        int from = 0;
        for (int to = 0; to < rowMajor.Length; to += size)
        {
            columnMajor.AsSpan(from * size, size).CopyTo(rowMajor.AsSpan(to));
            for (int d = shape.Length - 1; d >= 0; d--)
            {
                from += stride[d];
                if (++index[d] < shape[d]) break;
                from -= stride[d] * shape[d];
                index[d] = 0;
            }
        }
        return rowMajor;
    }
}
