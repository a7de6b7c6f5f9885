using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Recordings;

/// <summary>A recording that cannot be used: names the file, the byte position where known, and what is wrong there.</summary>
public sealed class RecordingException : EdgeQinnException
{
    /// <param name="file">Path of the file, or the source string where there is none.</param>
    /// <param name="reason">What is wrong, as a clause.</param>
    /// <param name="position">Byte position, or null where the whole file is meant.</param>
    /// <param name="inner">The error underneath, if any.</param>
    public RecordingException(string file, string reason, long? position = null, Exception? inner = null)
        : base(position is null ? $"{file}: {reason}" : $"{file}: byte {position}: {reason}", inner!)
    {
        File = file;
        Position = position;
    }

    /// <summary>Path of the file, or the source string where there is none.</summary>
    public string File { get; }

    /// <summary>Byte position, or null where the whole file is meant.</summary>
    public long? Position { get; }
}
