using System.Text;

namespace EdgeQinn.Testing.Onnx;

/// <summary>Writes protobuf fields; enough for ONNX files that tests make up, broken ones included.</summary>
public sealed class ProtoWriter
{
    readonly List<byte> _bytes = [];

    /// <summary>What has been written.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <summary>A varint field.</summary>
    public ProtoWriter Int(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    /// <summary>A 32-bit float field.</summary>
    public ProtoWriter Float(int field, float value)
    {
        Varint((ulong)field << 3 | 5);
        _bytes.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    /// <summary>A field of 4 (wire type 5) or 8 (wire type 1) bytes.</summary>
    public ProtoWriter Fixed(int field, int wireType, ReadOnlySpan<byte> value)
    {
        Varint((ulong)field << 3 | (uint)wireType);
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>A length-delimited field.</summary>
    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>A text field.</summary>
    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A nested message.</summary>
    public ProtoWriter Message(int field, ProtoWriter message) => Bytes(field, message.ToArray());

    /// <summary>A bare varint.</summary>
    public void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
