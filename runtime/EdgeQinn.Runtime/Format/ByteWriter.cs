using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace EdgeQinn.Runtime.Format;

/// <summary>Builds one section: the counterpart of <see cref="ByteReader"/>.</summary>
sealed class ByteWriter
{
    readonly ArrayBufferWriter<byte> _buffer = new();

    public int Length => _buffer.WrittenCount;

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Bytes(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    public void U8(int value) => Bytes([checked((byte)value)]);

    public void U16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(2), checked((ushort)value));

    public void I32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Next(4), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Next(8), value);

    public void I64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Next(8), value);

    public void F32(float value) => BinaryPrimitives.WriteSingleLittleEndian(Next(4), value);

    public void Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        I32(utf8.Length);
        Bytes(utf8);
        Align(4);
    }

    public void Type(TensorType type)
    {
        U8((int)type.Element);
        U8(type.Rank);
        U16(0);
        foreach (int dimension in type.Shape) I32(dimension);
    }

    /// <summary>Zeros up to the next multiple of <paramref name="alignment"/>.</summary>
    public void Align(int alignment) => Next((int)(EqnLayout.Align(Length, alignment) - Length)).Clear();

    Span<byte> Next(int count)
    {
        var span = _buffer.GetSpan(count)[..count];
        _buffer.Advance(count);
        return span;
    }
}
