using System.Text;
using EdgeQinn.Devices.Results;

namespace EdgeQinn.Cli.Output;

/// <summary>Lines to standard output, each at once. It is left open.</summary>
sealed class WriterTarget(TextWriter writer) : LineTarget
{
    char[] _characters = new char[1024];
    bool _fresh = true;

    /// <summary>Whether whoever read standard output has gone; nothing is written there any more.</summary>
    public bool IsReaderGone { get; private set; }

    public override bool Begin() => _fresh;

    public override void Write(ReadOnlySpan<byte> lines)
    {
        if (_characters.Length < lines.Length) _characters = new char[2 * lines.Length];
        int count = Encoding.UTF8.GetChars(lines, _characters);
        try
        {
            if (!IsReaderGone)
            {
                writer.Write(_characters, 0, count);
                writer.Flush();
                (_fresh, Fault) = (false, null);
                return;
            }
        }
        catch (IOException e)
        {
            IsReaderGone = DescriptorStream.IsReaderGone(e);
            Fault = $"standard output: {(IsReaderGone ? "its reader has gone" : e.Message)}; lines are dropped";
        }
        Dropped += lines.Count((byte)'\n');
    }

    protected override void Dispose(bool disposing) { }
}
