namespace EdgeQinn.Devices.Recordings;

/// <summary>Opens files so that every failure is a <see cref="RecordingException"/> naming the path.</summary>
static class RecordingFile
{
    public static FileStream Open(string path) => Guard(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 16));

    /// <summary>Reads a whole file of at most <paramref name="limit"/> bytes.</summary>
    public static byte[] ReadAll(string path, long limit)
    {
        using FileStream stream = Open(path);
        if (stream.Length > limit) throw new RecordingException(path, $"{stream.Length} bytes are more than the {limit} this format is read with");
        byte[] bytes = new byte[stream.Length];
        return Guard(path, () =>
        {
            stream.ReadExactly(bytes);
            return bytes;
        });
    }

    static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RecordingException(path, "the file does not exist", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RecordingException(path, $"cannot be read: {e.Message}", inner: e);
        }
    }
}
