namespace EdgeQinn.Runtime.Format;

/// <summary>An open <c>.eqn</c> file: the graph, whose constants lie in the mapping, and what a board needs beside it. FORMAT.md is the specification.</summary>
public sealed class EqnFile : IDisposable
{
    readonly EqnMemory _memory;
    readonly string _name;
    SignalContract? _contract;
    GoldenVectors? _golden;
    StreamRule? _stream;

    EqnFile(EqnMemory memory, string name)
    {
        (_memory, _name) = (memory, name);
        (FormatMinor, Sections) = SectionTable.Read(memory.GetSpan(), name);
        var graph = Find(EqnLayout.Graph) ?? throw new FileFormatException(name, EqnLayout.HeaderBytes, $"the file lacks section {EqnLayout.Graph}");
        Graph = GraphReader.Read(Reader(graph), Bytes(EqnLayout.Weights));
    }

    /// <summary>The network. Its constants are views of the file: valid until <see cref="Dispose"/>.</summary>
    public ModelGraph Graph { get; }

    /// <summary>How samples become inputs and outputs become labels; null where the file does not say. Read on first use.</summary>
    /// <exception cref="FileFormatException">The section is no signal contract.</exception>
    public SignalContract? Contract => _contract ??= Find(EqnLayout.Contract) is { } section ? Read(section, SignalContract.Parse) : null;

    /// <summary>How the network runs over a stream; null where the file does not say. Read on first use.</summary>
    /// <exception cref="FileFormatException">The section is no such rule.</exception>
    public StreamRule? Stream => _stream ??= Find(EqnLayout.Stream) is { } section ? Read(section, StreamRule.Parse) : null;

    /// <summary>Inputs with expected outputs; null where the file has none. Read on first use.</summary>
    /// <exception cref="FileFormatException">The section breaks the format.</exception>
    public GoldenVectors? Golden => _golden ??= Find(EqnLayout.Golden) is { } section ? GoldenVectors.Read(Reader(section), Bytes(EqnLayout.Golden)) : null;

    /// <summary>Where the model comes from, as a UTF-8 JSON object; empty where the file does not say.</summary>
    public ReadOnlyMemory<byte> Provenance => Bytes(EqnLayout.Provenance);

    /// <summary>The minor version of the format the file was written in; the major version is 1.</summary>
    public int FormatMinor { get; }

    /// <summary>The file's sections in order, unknown ones included.</summary>
    public IReadOnlyList<EqnSection> Sections { get; }

    /// <summary>The file's length in bytes.</summary>
    public long Length => _memory.Memory.Length;

    /// <summary>Maps and checks the file at <paramref name="path"/>.</summary>
    /// <exception cref="FileFormatException">The file is damaged, of another version, or breaks the format; the message gives the byte position.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EqnFile Open(string path) => Create(EqnMemory.Map(path), path);

    /// <summary>Copies and checks a file held in memory; <paramref name="name"/> stands for it in messages.</summary>
    /// <exception cref="FileFormatException">As for <see cref="Open"/>.</exception>
    public static EqnFile Parse(ReadOnlySpan<byte> bytes, string name) => Create(EqnMemory.Copy(bytes), name);

    /// <summary>Unmaps the file: the graph's constants are gone afterwards.</summary>
    public void Dispose() => _memory.Close();

    static EqnFile Create(EqnMemory memory, string name)
    {
        try
        {
            return new EqnFile(memory, name);
        }
        catch
        {
            memory.Close();
            throw;
        }
    }

    T Read<T>(EqnSection section, Func<ReadOnlyMemory<byte>, T> parse)
    {
        try
        {
            return parse(Bytes(section.Id));
        }
        catch (EdgeQinnException e)
        {
            throw new FileFormatException(_name, section.Offset, $"section {section.Id}: {e.Message}");
        }
    }

    ByteReader Reader(EqnSection section) => new(Bytes(section.Id).Span, _name, section.Id, section.Offset);

    ReadOnlyMemory<byte> Bytes(string id) => Find(id) is { } section ? _memory.Memory.Slice(section.Offset, section.Length) : default;

    EqnSection? Find(string id)
    {
        foreach (var section in Sections)
            if (section.Id == id) return section;
        return null;
    }
}
