using System.Text;

namespace EdgeQinn.Cli.Output;

/// <summary>
/// Standard output and error as UTF-8 writers straight on the file descriptors: <see cref="Console"/> would set up terminal handling,
/// which takes longer than loading and running a small model.
/// </summary>
static class StandardStreams
{
    /// <summary>Buffered: <see cref="EntryPoint.Run"/> flushes at the end, live output after each line.</summary>
    public static TextWriter Out { get; } = Open(1, autoFlush: false);

    /// <summary>Flushed after each call.</summary>
    public static TextWriter Error { get; } = Open(2, autoFlush: true);

    static StreamWriter Open(int descriptor, bool autoFlush)
    {
        Stream stream = !OperatingSystem.IsWindows() ? new DescriptorStream(descriptor)
            : descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
        return new StreamWriter(stream, new UTF8Encoding(false), 4096) { AutoFlush = autoFlush, NewLine = "\n" };
    }
}
