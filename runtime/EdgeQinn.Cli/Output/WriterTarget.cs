using System.Text;
using EdgeQinn.Devices.Results;

namespace EdgeQinn.Cli.Output;

/// <summary>Lines to standard output, each at once. It is left open.</summary>
sealed class WriterTarget(TextWriter writer) : LineTarget
{
    char[] _characters = new char[1024];
    bool _fresh = true;

    public override bool Begin() => _fresh;

    public override void Write(ReadOnlySpan<byte> lines)
    {
        if (_characters.Length < lines.Length) _characters = new char[2 * lines.Length];
        int count = Encoding.UTF8.GetChars(lines, _characters);
        writer.Write(_characters, 0, count);
        writer.Flush();
        _fresh = false;
    }

    protected override void Dispose(bool disposing) { }
}
