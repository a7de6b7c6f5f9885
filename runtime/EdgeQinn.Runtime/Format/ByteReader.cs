using System.Buffers.Binary;
using System.Text;

namespace EdgeQinn.Runtime.Format;

/// <summary>A cursor over one section that checks every step: past the end, or against a rule, it throws with the file's byte position.</summary>
ref struct ByteReader
{
    static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    readonly ReadOnlySpan<byte> _bytes;
    readonly string _file, _section;
    readonly long _start;
    int _at;

    /// <param name="bytes">The section.</param>
    /// <param name="file">For messages.</param>
    /// <param name="section">For messages.</param>
    /// <param name="start">The section's position in the file.</param>
    public ByteReader(ReadOnlySpan<byte> bytes, string file, string section, long start)
    {
        _bytes = bytes;
        (_file, _section, _start) = (file, section, start);
    }

    public readonly int Remaining => _bytes.Length - _at;

    public readonly int Offset => _at;

    /// <summary>The cursor's position in the file.</summary>
    public readonly long Position => _start + _at;

    /// <summary>An error at the byte <paramref name="back"/> bytes before the cursor.</summary>
    public readonly FileFormatException Fail(string message, int back = 0) => new(_file, _start + _at - back, $"section {_section}: {message}");

    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)Remaining) throw Fail($"{count} bytes wanted, {Remaining} left");
        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }

    public byte U8() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public int I32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public long I64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public float F32() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    /// <summary>A count of records that each take at least <paramref name="minBytes"/>: refused before anything is allocated for them.</summary>
    public int Count(string what, int minBytes)
    {
        uint count = U32();
        if (count > (uint)(Remaining / minBytes)) throw Fail($"{count} {what} cannot fit the {Remaining} bytes left", 4);
        return (int)count;
    }

    /// <summary>A length-prefixed UTF-8 string, padded to four bytes.</summary>
    public string Text()
    {
        int length = Count("bytes of text", 1);
        try
        {
            string text = Utf8.GetString(Take(length));
            Take(-length & 3);
            return text;
        }
        catch (ArgumentException)
        {
            throw Fail("text is not UTF-8", length);
        }
    }

    /// <summary>Element type, rank and dimensions; the tensor's size is within <see cref="EqnLayout.MaxTensorBytes"/>.</summary>
    public TensorType Type()
    {
        var element = (ElementType)U8();
        int rank = U8();
        if (element.Size() == 0) throw Fail($"{(int)element} is no element type", 2);
        if (rank > TensorType.MaxRank) throw Fail($"rank {rank}, at most {TensorType.MaxRank}", 1);
        if (U16() != 0) throw Fail("reserved bytes are not zero", 2);
        long bytes = element.Size();
        Span<int> shape = stackalloc int[rank];
        foreach (ref int dimension in shape)
        {
            dimension = I32();
            if (dimension < 0) throw Fail($"dimension {(uint)dimension} is above {int.MaxValue}", 4);
            // Zeros are left out of the product, so that no order of multiplication overflows.
            if (bytes > EqnLayout.MaxTensorBytes / Math.Max(dimension, 1)) throw Fail($"a tensor is larger than {EqnLayout.MaxTensorBytes >> 20} MiB", 4);
            bytes *= Math.Max(dimension, 1);
        }
        return new TensorType(element, shape);
    }

    /// <summary>Skips to the next multiple of <paramref name="alignment"/> from the section's start.</summary>
    public void Align(int alignment) => Take((int)(EqnLayout.Align(_at, alignment) - _at));

    /// <summary>Refuses bytes behind what was read.</summary>
    public readonly void End()
    {
        if (Remaining != 0) throw Fail($"{Remaining} bytes too many");
    }
}
