using System.Globalization;

namespace EdgeQinn.Devices.Recordings.Csv;

/// <summary>Cuts a stream into lines without allocating: one buffer, refilled only when it holds no whole line.</summary>
/// <param name="stream">Closed together with this.</param>
/// <param name="file">For messages.</param>
/// <param name="wholeLinesOnly">Whether a last line without an end is left out: it may have been cut off anywhere.</param>
sealed class CsvLines(Stream stream, string file, bool wholeLinesOnly = false) : IDisposable
{
    readonly byte[] _buffer = new byte[1 << 16];
    int _start, _end;
    long _consumed;
    bool _ended;

    /// <summary>Byte position of the line last returned.</summary>
    public long Position { get; private set; }

    /// <summary>Whether a whole line is here already, so that <see cref="TryRead"/> will not wait.</summary>
    public bool IsReady => _ended || _buffer.AsSpan(_start, _end - _start).Contains((byte)'\n');

    /// <summary>The next line without its end; valid until the next call. False at the end of the stream.</summary>
    /// <exception cref="RecordingException">A line longer than the buffer, or the stream fails.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0 || _ended && _end > _start && !wholeLinesOnly)
            {
                int length = found >= 0 ? searched + found : _end - _start;
                line = _buffer.AsSpan(_start, length);
                if (line.EndsWith("\r"u8)) line = line[..^1];
                Position = _consumed;
                int step = length + (found >= 0 ? 1 : 0);
                _start += step;
                _consumed += step;
                return true;
            }
            line = default;
            if (_ended) return false;
            searched = _end - _start;
            Refill();
        }
    }

    void Refill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length) throw new RecordingException(file, $"a line is longer than {_buffer.Length} bytes", _consumed);
        try
        {
            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            _ended = read == 0;
            _end += read;
        }
        catch (IOException e)
        {
            throw new RecordingException(file, $"cannot be read: {e.Message}", _consumed + _end, e);
        }
    }

    public void Dispose() => stream.Dispose();

    /// <summary>The next field of a line, without surrounding blanks and quotes; the rest of the line stays in <paramref name="line"/>.</summary>
    public static ReadOnlySpan<byte> TakeField(ref ReadOnlySpan<byte> line, byte delimiter)
    {
        int end = line.IndexOf(delimiter);
        ReadOnlySpan<byte> field = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        field = field.Trim(" \t"u8);
        return field.Length >= 2 && field[0] == '"' && field[^1] == '"' ? field[1..^1] : field;
    }

    /// <summary>A field's number; a missing value (nothing, <c>nan</c>, <c>-</c>) is NaN.</summary>
    public static bool TryParse(ReadOnlySpan<byte> field, out double value)
    {
        value = double.NaN;
        if (field.IsEmpty || field.SequenceEqual("-"u8) || field.SequenceEqual("nan"u8) || field.SequenceEqual("NaN"u8)) return true;
        return double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }
}
