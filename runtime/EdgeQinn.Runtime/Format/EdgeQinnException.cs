namespace EdgeQinn.Runtime.Format;

/// <summary>What a user can mend: a bad file, graph, shape or argument. The message says what, where and the way out.</summary>
public class EdgeQinnException : Exception
{
    /// <summary>An error with its message.</summary>
    public EdgeQinnException(string message) : base(message) { }

    /// <summary>An error with its message and cause.</summary>
    public EdgeQinnException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A file that breaks its format. The message names the file and the byte position.</summary>
public sealed class FileFormatException : EdgeQinnException
{
    /// <summary>An error at <paramref name="position"/> of <paramref name="file"/>.</summary>
    public FileFormatException(string file, long position, string message) : base($"{file}: byte {position}: {message}") => Position = position;

    /// <summary>An error at <paramref name="position"/> of <paramref name="file"/> and its cause.</summary>
    public FileFormatException(string file, long position, string message, Exception inner)
        : base($"{file}: byte {position}: {message}", inner) => Position = position;

    /// <summary>The byte position.</summary>
    public long Position { get; }
}

/// <summary>A graph that breaks a rule: types, shapes, attributes, order.</summary>
public class GraphException : EdgeQinnException
{
    /// <summary>An error with its message.</summary>
    public GraphException(string message) : base(message) { }

    /// <summary>An error with its message and cause.</summary>
    public GraphException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>An attribute of another kind than asked for; whoever knows the node adds its name.</summary>
public sealed class AttributeException : GraphException
{
    /// <summary>An error with its message.</summary>
    public AttributeException(string message) : base(message) { }
}
