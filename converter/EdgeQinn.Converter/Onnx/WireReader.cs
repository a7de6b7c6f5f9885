using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Onnx;

/// <summary>How a protobuf field is encoded.</summary>
enum WireType { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 }

/// <summary>
/// Walks the fields of one protobuf message without copying it (encoding: protobuf.dev/programming-guides/encoding). Every read is
/// checked against the message's end; a breach costs one <see cref="FileFormatException"/> with the byte position in the file.
/// </summary>
sealed class WireReader(string file, ReadOnlyMemory<byte> message, long origin)
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    int _at, _field;
    WireType _wire;

    /// <summary>The position in the file of the next byte.</summary>
    public long Position => origin + _at;

    /// <summary>Moves to the next field.</summary>
    /// <returns>The field's number; 0 at the message's end.</returns>
    public int Next()
    {
        if (_at == message.Length) return 0;
        long start = Position;
        ulong tag = RawVarint();
        ulong field = tag >> 3;
        if (field is 0 or > (1u << 29) - 1) throw Fail(start, $"field number {field} is not valid; this is no protobuf message");
        _field = (int)field;
        _wire = (WireType)(tag & 7);
        if (_wire is not (WireType.Varint or WireType.Fixed64 or WireType.Bytes or WireType.Fixed32))
            throw Fail(start, $"field {field} has wire type {tag & 7}, which ONNX does not use");
        return _field;
    }

    /// <summary>Passes over the field.</summary>
    public void Skip()
    {
        switch (_wire)
        {
            case WireType.Varint: RawVarint(); break;
            case WireType.Fixed64: Take(8); break;
            case WireType.Fixed32: Take(4); break;
            default: Take(Length()); break;
        }
    }

    /// <summary>A 64-bit integer.</summary>
    public long Int64()
    {
        Expect(WireType.Varint);
        return (long)RawVarint();
    }

    /// <summary>A 32-bit integer or enumeration value.</summary>
    public int Int32()
    {
        long start = Position, value = Int64();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Fail(start, $"{value} does not fit 32 bits");
    }

    /// <summary>A single-precision number.</summary>
    public float Float()
    {
        Expect(WireType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4).Span);
    }

    /// <summary>Bytes in place.</summary>
    public ReadOnlyMemory<byte> Bytes()
    {
        Expect(WireType.Bytes);
        return Take(Length());
    }

    /// <summary>Text, which must be UTF-8.</summary>
    public string Text()
    {
        long start = Position;
        var bytes = Bytes();
        try
        {
            return Utf8.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            throw Fail(start, $"field {_field} is not UTF-8 text");
        }
    }

    /// <summary>A nested message.</summary>
    public WireReader Message()
    {
        var bytes = Bytes();
        return new WireReader(file, bytes, Position - bytes.Length);
    }

    /// <summary>Appends a repeated integer, packed or not.</summary>
    public void AppendInt64s(List<long> values)
    {
        if (_wire == WireType.Varint)
        {
            values.Add((long)RawVarint());
            return;
        }
        var packed = Message();
        while (packed._at < packed.End) values.Add((long)packed.RawVarint());
    }

    /// <summary>Appends a repeated fixed-width number, packed or not, as its little-endian bytes.</summary>
    public void AppendFixed(int size, FixedWidthBytes values)
    {
        long start = Position;
        var more = _wire == WireType.Bytes ? Bytes() : _wire == (size == 4 ? WireType.Fixed32 : WireType.Fixed64) ? Take(size)
            : throw Fail(start, $"field {_field} holds no {size}-byte numbers");
        if (more.Length % size != 0) throw Fail(start, $"field {_field} holds {more.Length} bytes, not a multiple of {size}");
        values.Append(more);
    }

    /// <summary>An error at the present position.</summary>
    public FileFormatException Fail(string reason) => Fail(Position, reason);

    FileFormatException Fail(long position, string reason) => new(file, position, reason);

    int End => message.Length;

    void Expect(WireType wire)
    {
        if (_wire != wire) throw Fail($"field {_field} has wire type {(int)_wire}, expected {(int)wire}");
    }

    int Length()
    {
        long start = Position;
        ulong length = RawVarint();
        return length <= (ulong)(End - _at) ? (int)length : throw Fail(start, $"field {_field} claims {length} bytes, {End - _at} are left");
    }

    ReadOnlyMemory<byte> Take(int count)
    {
        if (count > End - _at) throw Fail($"the file ends inside field {_field}");
        _at += count;
        return message.Slice(_at - count, count);
    }

    ulong RawVarint()
    {
        ulong value = 0;
        var bytes = message.Span;
        for (int shift = 0, start = _at; shift < 70; shift += 7)
        {
            if (_at == End) throw Fail("the file ends inside a number");
            byte b = bytes[_at++];
            if (shift == 63 && b > 1) throw Fail(origin + start, "a number is longer than 64 bits");
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
        throw Fail("a number is longer than 64 bits");
    }
}

/// <summary>The bytes of a repeated number: in place while they come in one piece, as packed fields do, else gathered.</summary>
sealed class FixedWidthBytes
{
    ReadOnlyMemory<byte> _only;
    ArrayBufferWriter<byte>? _gathered;

    public ReadOnlyMemory<byte> Bytes => _gathered?.WrittenMemory ?? _only;

    public void Append(ReadOnlyMemory<byte> more)
    {
        if (_only.IsEmpty && _gathered is null)
        {
            _only = more;
            return;
        }
        if (_gathered is null)
        {
            _gathered = new ArrayBufferWriter<byte>();
            _gathered.Write(_only.Span);
        }
        _gathered.Write(more.Span);
    }
}
