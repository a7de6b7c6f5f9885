using System.Buffers.Binary;
using System.Text;

namespace EdgeQinn.Runtime.Format;

/// <summary>What goes into an <c>.eqn</c> file.</summary>
/// <param name="Graph">The network.</param>
public sealed record EqnContents(ModelGraph Graph)
{
    /// <summary>How samples become inputs and outputs become labels.</summary>
    public SignalContract? Contract { get; init; }

    /// <summary>How the network runs over a stream.</summary>
    public StreamRule? Stream { get; init; }

    /// <summary>Inputs with expected outputs, so that a board can test itself.</summary>
    public GoldenVectors? Golden { get; init; }

    /// <summary>Where the model comes from: a UTF-8 JSON object; empty for none.</summary>
    public ReadOnlyMemory<byte> Provenance { get; init; }
}

/// <summary>Writes <c>.eqn</c> files. The same contents give the same bytes.</summary>
public static class EqnWriter
{
    readonly record struct Section(string Id, bool IsRequired, ReadOnlyMemory<byte> Bytes);

    /// <summary>
    /// Writes a file whole or not at all: to a temporary file in the same folder, to the disk, then renamed over <paramref name="path"/>. A process
    /// that is killed leaves at most that one file, <c>PATH.tmp</c>, which the next writing of the same path takes over.
    /// </summary>
    /// <exception cref="GraphException">The contents do not fit the format.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, EqnContents contents)
    {
        byte[] bytes = ToArray(contents);
        string full = Path.GetFullPath(path), temporary = $"{full}.tmp";
        // Held until it is in place; another process that writes the same path is refused here, before it can touch this one's file.
        var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            using (stream)
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The file's bytes.</summary>
    /// <exception cref="GraphException">The contents do not fit the format.</exception>
    public static byte[] ToArray(EqnContents contents)
    {
        var (graph, weights) = GraphWriter.Write(contents.Graph);
        var sections = new List<Section> { new(EqnLayout.Graph, true, graph), new(EqnLayout.Weights, true, weights) };
        if (contents.Contract is { } contract) sections.Add(new(EqnLayout.Contract, false, contract.ToJson()));
        // A reader that does not know streams gives the same results on windows, but other ones for a continuous stream.
        if (contents.Stream is { } stream) sections.Add(new(EqnLayout.Stream, stream.Mode == StreamMode.Continuous, stream.ToJson()));
        if (contents.Golden is { } golden) sections.Add(new(EqnLayout.Golden, false, golden.Write()));
        if (!contents.Provenance.IsEmpty) sections.Add(new(EqnLayout.Provenance, false, contents.Provenance));

        int tableEnd = EqnLayout.HeaderBytes + sections.Count * EqnLayout.EntryBytes;
        long end = tableEnd;
        foreach (var section in sections) end = EqnLayout.Align(end) + section.Bytes.Length;
        if (end > EqnLayout.MaxFileBytes) throw new GraphException($"the file would have {end} bytes, at most {EqnLayout.MaxFileBytes}");

        byte[] file = new byte[end];
        int offset = tableEnd;
        for (int i = 0; i < sections.Count; i++)
        {
            offset = (int)EqnLayout.Align(offset);
            WriteSection(file, EqnLayout.HeaderBytes + i * EqnLayout.EntryBytes, offset, sections[i]);
            offset += sections[i].Bytes.Length;
        }
        EqnLayout.Magic.CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), EqnLayout.Major);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(10), EqnLayout.Minor);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(16), (ulong)file.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24), (uint)sections.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(EqnLayout.HeaderCrcOffset), SectionTable.HeaderCrc(file, tableEnd));
        return file;
    }

    static void WriteSection(Span<byte> file, int entryOffset, int offset, Section section)
    {
        section.Bytes.Span.CopyTo(file[offset..]);
        var entry = file[entryOffset..];
        Encoding.ASCII.GetBytes(section.Id, entry);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], section.IsRequired ? EqnLayout.Required : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], (ulong)section.Bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], Crc32C.Compute(section.Bytes.Span));
    }
}
