namespace EdgeQinn.Runtime.Format;

/// <summary>A .npy or .npz file that cannot be used: names the file, the array inside it and the byte position.</summary>
public sealed class NpyException : Exception
{
    /// <param name="file">The file, followed by the array's name for an archive.</param>
    /// <param name="position">Byte position inside the file or inside the archive's member.</param>
    /// <param name="reason">What is wrong, as a clause.</param>
    /// <param name="inner">The error underneath, if any.</param>
    public NpyException(string file, long position, string reason, Exception? inner = null)
        : base($"{file}: {reason} (byte {position})", inner)
    {
        File = file;
        Position = position;
    }

    /// <summary>The file, followed by the array's name for an archive.</summary>
    public string File { get; }

    /// <summary>Byte position inside the file or inside the archive's member.</summary>
    public long Position { get; }
}
