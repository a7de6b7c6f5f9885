using System.Globalization;
using System.Text;

namespace EdgeQinn.Devices.Results;

/// <summary>One line of UTF-8, put together without allocating.</summary>
public sealed class LineBuffer
{
    byte[] _bytes = new byte[1024];
    int _count;

    /// <summary>What was put together.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count);

    /// <summary>Begins anew.</summary>
    public void Clear() => _count = 0;

    /// <summary>Appends UTF-8.</summary>
    public LineBuffer Add(ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(Room(utf8.Length));
        _count += utf8.Length;
        return this;
    }

    /// <summary>Appends a text.</summary>
    public LineBuffer Add(string text)
    {
        _count += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));
        return this;
    }

    /// <summary>Appends a whole number.</summary>
    public LineBuffer Add(long value)
    {
        value.TryFormat(Room(32), out int written, default, CultureInfo.InvariantCulture);
        _count += written;
        return this;
    }

    /// <summary>Appends a number, padded with blanks from the left to a width.</summary>
    public LineBuffer Add(double value, ReadOnlySpan<char> format, int width = 0)
    {
        int start = _count;
        value.TryFormat(Room(64), out int written, format, CultureInfo.InvariantCulture);
        if (written < width)
        {
            Span<byte> cell = Room(width);
            cell[..written].CopyTo(cell[(width - written)..]);
            cell[..(width - written)].Fill((byte)' ');
            written = width;
        }
        _count = start + written;
        return this;
    }

    /// <summary>Appends a number with the fewest digits that give the same number again.</summary>
    public LineBuffer AddShortest(float value)
    {
        value.TryFormat(Room(64), out int written, default, CultureInfo.InvariantCulture);
        _count += written;
        return this;
    }

    /// <summary>Appends a number as JSON; one that JSON has no way to write becomes null.</summary>
    public LineBuffer AddJson(double value, ReadOnlySpan<char> format) => double.IsFinite(value) ? Add(value, format) : Add("null"u8);

    /// <summary>Appends a JSON string with its quotes.</summary>
    public LineBuffer AddJson(string text)
    {
        Add("\""u8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value < ' ') Add("\\u00"u8).Add([Digit(rune.Value >> 4), Digit(rune.Value & 15)]);
            else (rune.Value is '"' or '\\' ? Add("\\"u8) : this).Add(rune);
        }
        return Add("\""u8);
    }

    /// <summary>Appends a field of comma-separated values, in quotes where it needs them.</summary>
    public LineBuffer AddCsv(string text)
    {
        if (text.AsSpan().IndexOfAny(",\"\r\n") < 0) return Add(text);
        Add("\""u8);
        foreach (Rune rune in text.EnumerateRunes()) (rune.Value == '"' ? Add("\""u8) : this).Add(rune);
        return Add("\""u8);
    }

    void Add(Rune rune) => _count += rune.EncodeToUtf8(Room(4));

    static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);

    Span<byte> Room(int count)
    {
        if (_bytes.Length - _count < count) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _count + count));
        return _bytes.AsSpan(_count);
    }
}
