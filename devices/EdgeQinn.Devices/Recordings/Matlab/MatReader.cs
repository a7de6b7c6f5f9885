using System.Buffers.Binary;

namespace EdgeQinn.Devices.Recordings.Matlab;

/// <summary>Data types of elements (MAT-File Format, table 1-1).</summary>
enum MatType
{
    Int8 = 1,
    UInt8 = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Single = 7,
    Double = 9,
    Int64 = 12,
    UInt64 = 13,
    Matrix = 14,
    Compressed = 15,
    Utf8 = 16,
}

static class MatTypes
{
    /// <summary>Bytes per number, or 0 for types that are no numbers.</summary>
    public static int Size(this MatType type) => type switch
    {
        MatType.Int8 or MatType.UInt8 => 1,
        MatType.Int16 or MatType.UInt16 => 2,
        MatType.Int32 or MatType.UInt32 or MatType.Single => 4,
        MatType.Double or MatType.Int64 or MatType.UInt64 => 8,
        _ => 0,
    };
}

/// <summary>One data element: its type and where its bytes are.</summary>
readonly record struct MatElement(MatType Type, int Start, int Length, long Position);

/// <summary>Walks the data elements of a MATLAB file, or those inside one of them; every length is checked against what is there.</summary>
ref struct MatReader(ReadOnlySpan<byte> bytes, string file, int start, long origin, bool bigEndian)
{
    readonly ReadOnlySpan<byte> _bytes = bytes;
    int _at = start;

    public readonly bool AtEnd => _at >= _bytes.Length;

    /// <summary>Reads a tag and steps over the element's bytes and padding.</summary>
    public MatElement Next()
    {
        int position = _at;
        if (_bytes.Length - _at < 8) throw new RecordingException(file, "ends inside a data element's tag", origin + position);
        uint word = UInt32(_at);
        int length;
        if (word >> 16 != 0) // the small form: length and type share a word, up to four bytes follow
        {
            length = (int)(word >> 16);
            if (length > 4) throw new RecordingException(file, $"a small data element claims {length} bytes", origin + position);
            _at += 8;
            return new((MatType)(word & 0xFFFF), position + 4, length, origin + position);
        }
        uint claimed = UInt32(_at + 4);
        _at += 8;
        if (claimed > _bytes.Length - _at)
            throw new RecordingException(file, $"a data element claims {claimed} bytes, {_bytes.Length - _at} are left", origin + position);
        length = (int)claimed;
        var element = new MatElement((MatType)word, _at, length, origin + position);
        // Compressed elements are not padded, and some writers leave the padding off the last element.
        int padded = element.Type == MatType.Compressed ? length : (int)Math.Min((length + 7L) & ~7L, _bytes.Length - _at);
        _at += padded;
        return element;
    }

    /// <summary>A reader of the elements inside an element.</summary>
    public readonly MatReader Inside(MatElement element) => new(_bytes[..(element.Start + element.Length)], file, element.Start, origin, bigEndian);

    public readonly ReadOnlySpan<byte> Payload(MatElement element) => _bytes.Slice(element.Start, element.Length);

    public readonly uint ReadUInt32(MatElement element, int offset) => UInt32(element.Start + offset);

    /// <summary>Converts an element's numbers; it must hold as many as <paramref name="values"/> has room for.</summary>
    public readonly void ReadNumbers(MatElement element, Span<double> values)
    {
        ReadOnlySpan<byte> data = Payload(element);
        int size = element.Type.Size();
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> at = data.Slice(i * size, size);
            values[i] = element.Type switch
            {
                MatType.Int8 => (sbyte)at[0],
                MatType.UInt8 => at[0],
                MatType.Int16 => (short)UInt16(at),
                MatType.UInt16 => UInt16(at),
                MatType.Int32 => (int)UInt32(at),
                MatType.UInt32 => UInt32(at),
                MatType.Single => BitConverter.UInt32BitsToSingle(UInt32(at)),
                MatType.Int64 => (long)UInt64(at),
                MatType.UInt64 => UInt64(at),
                _ => BitConverter.UInt64BitsToDouble(UInt64(at)),
            };
        }
    }

    readonly uint UInt32(int at) => UInt32(_bytes[at..]);

    readonly ushort UInt16(ReadOnlySpan<byte> at) => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    readonly uint UInt32(ReadOnlySpan<byte> at) => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    readonly ulong UInt64(ReadOnlySpan<byte> at) => bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(at) : BinaryPrimitives.ReadUInt64LittleEndian(at);
}
