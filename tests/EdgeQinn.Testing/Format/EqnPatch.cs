using System.Buffers.Binary;
using System.Text;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Testing.Format;

/// <summary>Takes an <c>.eqn</c> file apart by the letter of FORMAT.md and puts it together again with right checksums, so that tests reach what lies behind them.</summary>
public sealed class EqnPatch
{
    /// <summary>The version in the header.</summary>
    public ushort Major = 1, Minor;

    /// <summary>The sections, in order.</summary>
    public readonly List<(string Id, uint Flags, byte[] Bytes)> Sections = [];

    /// <summary>Takes a file apart.</summary>
    public static EqnPatch From(byte[] file)
    {
        var patch = new EqnPatch();
        int count = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(24));
        for (int i = 0; i < count; i++)
        {
            var entry = file.AsSpan(64 + 32 * i, 32);
            int offset = (int)BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), length = (int)BinaryPrimitives.ReadInt64LittleEndian(entry[16..]);
            patch.Sections.Add((Encoding.Latin1.GetString(entry[..4]), BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]), file.AsSpan(offset, length).ToArray()));
        }
        return patch;
    }

    /// <summary>The bytes of a section.</summary>
    public byte[] this[string id]
    {
        get => Sections.Find(s => s.Id == id).Bytes;
        set
        {
            int i = Sections.FindIndex(s => s.Id == id);
            Sections[i] = Sections[i] with { Bytes = value };
        }
    }

    /// <summary>The file, its checksums right.</summary>
    public byte[] ToArray()
    {
        using var stream = new MemoryStream();
        stream.SetLength(64 + 32 * Sections.Count);
        var table = new List<byte[]>();
        foreach (var (id, flags, bytes) in Sections)
        {
            stream.Position = stream.Length + 63 & ~63L;
            byte[] entry = new byte[32];
            Encoding.Latin1.GetBytes(id, entry);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), flags);
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(8), stream.Position);
            BinaryPrimitives.WriteInt64LittleEndian(entry.AsSpan(16), bytes.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(24), Crc32C.Compute(bytes));
            table.Add(entry);
            if (bytes.Length == 0) stream.SetLength(stream.Position);
            stream.Write(bytes);
        }
        byte[] file = stream.ToArray();
        for (int i = 0; i < table.Count; i++) table[i].CopyTo(file, 64 + 32 * i);
        byte[] magic = [0x89, 0x45, 0x51, 0x4E, 0x0D, 0x0A, 0x1A, 0x0A];
        magic.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), Major);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(10), Minor);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(16), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), Sections.Count);
        FixHeader(file);
        return file;
    }

    /// <summary>Makes the header's checksum right where the table lies inside the file.</summary>
    public static void FixHeader(byte[] file)
    {
        long end = 64 + 32L * BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(24));
        if (end <= file.Length)
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(60), Crc32C.Compute(file.AsSpan(64, (int)end - 64), Crc32C.Compute(file.AsSpan(0, 60))));
    }
}
