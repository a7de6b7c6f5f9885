using System.Buffers.Binary;
using System.Text;

namespace EdgeQinn.Runtime.Format;

/// <summary>One section of an <c>.eqn</c> file.</summary>
/// <param name="Id">Four ASCII characters.</param>
/// <param name="IsRequired">Whether a reader that does not know the section must refuse the file.</param>
/// <param name="Offset">Byte position in the file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Crc">CRC-32C of the bytes.</param>
public sealed record EqnSection(string Id, bool IsRequired, int Offset, int Length, uint Crc);

/// <summary>Reads and checks header and section table.</summary>
static class SectionTable
{
    /// <summary>The sections, checked: version, sizes, bounds, order, alignment, and the CRC of those this version knows.</summary>
    /// <exception cref="FileFormatException">A rule is broken.</exception>
    public static (int Minor, IReadOnlyList<EqnSection> Sections) Read(ReadOnlySpan<byte> file, string name)
    {
        if (file.Length < EqnLayout.HeaderBytes)
            throw new FileFormatException(name, file.Length, $"the file ends here; an .eqn file has at least {EqnLayout.HeaderBytes} bytes");
        if (!file.StartsWith(EqnLayout.Magic))
            throw new FileFormatException(name, 0, "not an .eqn file; edgeqinn-convert makes one from an ONNX model");
        int major = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]), minor = BinaryPrimitives.ReadUInt16LittleEndian(file[10..]);
        if (major != EqnLayout.Major)
            throw new FileFormatException(name, 8, $"format version {major}.{minor}; this program reads {EqnLayout.Major}.x: convert the model again or use the matching version");
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(file[16..]);
        if (size != (ulong)file.Length) throw new FileFormatException(name, 16, $"the header says {size} bytes, the file has {file.Length}: copied incompletely?");
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(file[24..]);
        if (count > EqnLayout.MaxSections) throw new FileFormatException(name, 24, $"{count} sections, at most {EqnLayout.MaxSections}");
        int tableEnd = EqnLayout.HeaderBytes + (int)count * EqnLayout.EntryBytes;
        if (tableEnd > file.Length) throw new FileFormatException(name, 24, $"the table of {count} sections leaves the file");
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[EqnLayout.HeaderCrcOffset..]) != HeaderCrc(file, tableEnd))
            throw new FileFormatException(name, EqnLayout.HeaderCrcOffset, "header and section table do not match their checksum: the file is damaged");

        var sections = new EqnSection[count];
        int end = tableEnd;
        for (int i = 0; i < sections.Length; i++)
        {
            sections[i] = ReadEntry(file, name, EqnLayout.HeaderBytes + i * EqnLayout.EntryBytes, end, minor);
            end = sections[i].Offset + sections[i].Length;
            for (int j = 0; j < i; j++)
                if (sections[j].Id == sections[i].Id) throw new FileFormatException(name, EqnLayout.HeaderBytes + i * EqnLayout.EntryBytes, $"section {sections[i].Id} is there twice");
        }
        return (minor, sections);
    }

    /// <summary>CRC-32C of the header up to its CRC field, then the section table.</summary>
    public static uint HeaderCrc(ReadOnlySpan<byte> file, int tableEnd) =>
        Crc32C.Compute(file[EqnLayout.HeaderBytes..tableEnd], Crc32C.Compute(file[..EqnLayout.HeaderCrcOffset]));

    static EqnSection ReadEntry(ReadOnlySpan<byte> file, string name, int at, int previousEnd, int minor)
    {
        var entry = file.Slice(at, EqnLayout.EntryBytes);
        string id = Id(entry[..4]) ?? throw new FileFormatException(name, at, "a section's identifier is not four printable ASCII characters");
        bool required = (BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]) & EqnLayout.Required) != 0;
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), length = BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]);
        if (length > (ulong)file.Length || offset > (ulong)file.Length - length)
            throw new FileFormatException(name, at + 8, $"section {id} at {offset} with {length} bytes leaves the file ({file.Length} bytes)");
        if (offset % EqnLayout.Alignment != 0) throw new FileFormatException(name, at + 8, $"section {id} at {offset} is not aligned to {EqnLayout.Alignment}");
        if (offset < (ulong)previousEnd) throw new FileFormatException(name, at + 8, $"section {id} at {offset} overlaps what ends at {previousEnd}");

        var section = new EqnSection(id, required, (int)offset, (int)length, crc);
        if (EqnLayout.IsKnown(id))
        {
            if (Crc32C.Compute(file.Slice(section.Offset, section.Length)) != crc)
                throw new FileFormatException(name, section.Offset, $"section {id} does not match its checksum: the file is damaged");
        }
        else if (required)
        {
            throw new FileFormatException(name, at,
                $"the file (format {EqnLayout.Major}.{minor}) needs section {id}, which this program (format {EqnLayout.Major}.{EqnLayout.Minor}) does not know: use a newer one");
        }
        return section;
    }

    static string? Id(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            if (b is < 0x20 or > 0x7E) return null;
        return Encoding.ASCII.GetString(bytes);
    }
}
