namespace EdgeQinn.Runtime.Format;

/// <summary>An open <c>.eqn</c> file: the graph, whose constants lie in the mapping, and what a board needs beside it. FORMAT.md is the specification.</summary>
public sealed class EqnFile : IDisposable
{
    /// <summary>The network.</summary>
    public required ModelGraph Graph { get; init; }

    /// <summary>Maps and checks the file at <paramref name="path"/>.</summary>
    public static EqnFile Open(string path) => throw new FileFormatException(path, 0, "not readable yet");

    /// <summary>Unmaps the file.</summary>
    public void Dispose() { }
}
