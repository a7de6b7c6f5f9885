using System.Globalization;
using System.Text;

namespace EdgeQinn.Devices.Recordings.Wfdb;

/// <summary>How samples are packed in a signal file; the value is the format's number in the header.</summary>
public enum WfdbFormat
{
    /// <summary>Signed 16 bit, little-endian.</summary>
    Bits16 = 16,
    /// <summary>Signed 32 bit, little-endian.</summary>
    Bits32 = 32,
    /// <summary>Unsigned 8 bit with an offset of 128.</summary>
    Bits8Offset = 80,
    /// <summary>Two signed 12-bit samples in three bytes.</summary>
    Bits12Packed = 212,
}

/// <summary>One signal line of a header (WFDB Applications Guide, header(5)).</summary>
/// <param name="FileName">Signal file beside the header.</param>
/// <param name="Format">How its samples are packed.</param>
/// <param name="Gain">ADC units per physical unit.</param>
/// <param name="Baseline">ADC value of physical zero.</param>
/// <param name="Unit">Physical unit.</param>
/// <param name="Description">The lead's name.</param>
public sealed record WfdbSignal(string FileName, WfdbFormat Format, double Gain, int Baseline, string Unit, string Description)
{
    /// <summary>Resolution of the converter in bits; 0 where unknown.</summary>
    public int AdcResolution { get; init; }

    /// <summary>ADC value in the middle of the converter's range.</summary>
    public int AdcZero { get; init; }

    /// <summary>ADC value of the first sample.</summary>
    public int InitialValue { get; init; }

    /// <summary>The 16-bit sum of all samples, or null where the header has none.</summary>
    public short? Checksum { get; init; }

    /// <summary>Bytes before the first sample in the signal file.</summary>
    public long ByteOffset { get; init; }

    /// <summary>An ADC value in physical units.</summary>
    public float ToPhysical(int adc) => (float)((adc - Baseline) / Gain);
}

/// <summary>A record's header file (<c>.hea</c>).</summary>
/// <param name="RecordName">Name in the record line.</param>
/// <param name="SampleRate">Samples per second and signal.</param>
/// <param name="Length">Samples per signal, or null where the header does not say.</param>
/// <param name="Signals">The signals in the order of their lines.</param>
/// <param name="Comments">Lines after #, without it.</param>
public sealed record WfdbHeader(string RecordName, double SampleRate, long? Length, IReadOnlyList<WfdbSignal> Signals, IReadOnlyList<string> Comments)
{
    const int MaxBytes = 1 << 20;
    const double DefaultSampleRate = 250;
    const double DefaultGain = 200;

    /// <summary>Reads a header file.</summary>
    /// <exception cref="RecordingException">Missing, broken, or using a feature that is not supported (segments, skew, several samples per
    /// frame).</exception>
    public static WfdbHeader Load(string path) => Parse(Encoding.UTF8.GetString(RecordingFile.ReadAll(path, MaxBytes)), path);

    /// <summary>Reads a header's text.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="RecordingException">As for <see cref="Load"/>.</exception>
    public static WfdbHeader Parse(string text, string file)
    {
        var comments = new List<string>();
        var lines = new List<(string[] Fields, long Position)>();
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start);
            if (end < 0) end = text.Length;
            string line = text[start..end].Trim();
            if (line.StartsWith('#')) comments.Add(line[1..].Trim());
            else if (line.Length > 0) lines.Add((line.Split((char[])[' ', '\t'], 9, StringSplitOptions.RemoveEmptyEntries), start));
            start = end + 1;
        }
        if (lines.Count == 0) throw new RecordingException(file, "the header has no record line", 0);

        var record = new Fields(file, lines[0].Fields, lines[0].Position);
        string name = record.Text(0) ?? "";
        if (name.Contains('/')) throw record.Fail("records made of several segments are not supported; read its segments one by one");
        int signalCount = record.Int(1, 1, 1024) ?? throw record.Fail("the number of signals is missing");
        double rate = record.Number(2, "/") ?? DefaultSampleRate;
        if (!(rate > 0 && rate < 1e9)) throw record.Fail($"a sample rate of {rate} Hz is impossible");
        long? length = record.Long(3, 0, long.MaxValue / 4096);
        if (lines.Count < 1 + signalCount) throw record.Fail($"{signalCount} signals are promised, {lines.Count - 1} are described");

        var signals = new WfdbSignal[signalCount];
        for (int i = 0; i < signalCount; i++) signals[i] = ParseSignal(new Fields(file, lines[i + 1].Fields, lines[i + 1].Position));
        return new(name, rate, length is 0 ? null : length, signals, comments);
    }

    static WfdbSignal ParseSignal(Fields fields)
    {
        string fileName = fields.Text(0) ?? "";
        if (fileName is "-" or "~" || Path.GetFileName(fileName) != fileName || fileName.Contains('\\'))
            throw fields.Fail($"signal file '{fileName}' must lie beside the header");

        string formatField = fields.Text(1) ?? throw fields.Fail("the format is missing");
        int digits = formatField.TakeWhile(char.IsAsciiDigit).Count();
        if (!int.TryParse(formatField.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || (WfdbFormat)number is not (WfdbFormat.Bits16 or WfdbFormat.Bits32 or WfdbFormat.Bits8Offset or WfdbFormat.Bits12Packed))
            throw fields.Fail($"format '{formatField}' is not supported (16, 32, 80 and 212 are)");
        long offset = 0;
        for (string rest = formatField[digits..]; rest.Length > 0;)
        {
            int end = rest.AsSpan(1).IndexOfAny("x:+") is var i and >= 0 ? i + 1 : rest.Length;
            if (!long.TryParse(rest.AsSpan(1, end - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long value) || value > long.MaxValue / 2)
                throw fields.Fail($"format '{formatField}' cannot be read");
            if (rest[0] == 'x' && value > 1) throw fields.Fail($"{value} samples per frame are not supported");
            if (rest[0] == ':' && value != 0) throw fields.Fail($"a skew of {value} samples is not supported");
            if (rest[0] == '+') offset = value;
            else if (rest[0] is not ('x' or ':')) throw fields.Fail($"format '{formatField}' cannot be read");
            rest = rest[end..];
        }

        double gain = fields.Number(2, "(/") ?? 0;
        if (!(Math.Abs(gain) < 1e12)) throw fields.Fail("the gain is out of range");
        string gainField = fields.Text(2) ?? "";
        int adcZero = fields.Int(4, int.MinValue, int.MaxValue) ?? 0;
        int baseline = adcZero, open = gainField.IndexOf('('), close = gainField.IndexOf(')');
        if (open >= 0 && (close < open || !int.TryParse(gainField.AsSpan(open + 1, close - open - 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out baseline)))
            throw fields.Fail($"the baseline in '{gainField}' is no integer");
        int slash = gainField.IndexOf('/');
        int? checksum = fields.Int(6, int.MinValue, int.MaxValue);
        return new(fileName, (WfdbFormat)number, gain == 0 ? DefaultGain : gain, baseline, slash >= 0 ? gainField[(slash + 1)..] : "mV", fields.Text(8) ?? "")
        {
            AdcResolution = fields.Int(3, 0, 64) ?? 0,
            AdcZero = adcZero,
            InitialValue = fields.Int(5, int.MinValue, int.MaxValue) ?? adcZero,
            Checksum = checksum is null ? null : unchecked((short)checksum.Value),
            ByteOffset = offset,
        };
    }

    /// <summary>The header as text, in the form <see cref="Parse"/> reads.</summary>
    public string Format()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{RecordName} {Signals.Count} {SampleRate:R}");
        if (Length is { } length) text.Append(CultureInfo.InvariantCulture, $" {length}");
        text.Append('\n');
        foreach (WfdbSignal s in Signals)
        {
            text.Append(CultureInfo.InvariantCulture, $"{s.FileName} {(int)s.Format}{(s.ByteOffset > 0 ? $"+{s.ByteOffset}" : "")} ");
            text.Append(CultureInfo.InvariantCulture, $"{s.Gain:R}({s.Baseline})/{s.Unit} {s.AdcResolution} {s.AdcZero} {s.InitialValue} {s.Checksum ?? 0} 0 {s.Description}\n");
        }
        foreach (string comment in Comments) text.Append("# ").Append(comment).Append('\n');
        return text.ToString();
    }

    /// <summary>The fields of one line; what is absent is null, what cannot be read is an error naming the line's position.</summary>
    readonly record struct Fields(string File, string[] Values, long Position)
    {
        public RecordingException Fail(string reason) => new(File, reason, Position);

        public string? Text(int i) => i < Values.Length ? Values[i] : null;

        public int? Int(int i, int least, int most) => (int?)Long(i, least, most);

        public long? Long(int i, long least, long most)
        {
            if (Text(i) is not { } text) return null;
            if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) || value < least || value > most)
                throw Fail($"'{text}' must be an integer from {least} to {most}");
            return value;
        }

        /// <summary>The number before any of the characters that start an attached part, such as the counter frequency in <c>360/10</c>.</summary>
        public double? Number(int i, string ends)
        {
            if (Text(i) is not { } text) return null;
            int end = text.AsSpan().IndexOfAny(ends);
            if (!double.TryParse(end < 0 ? text : text.AsSpan(0, end), NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                throw Fail($"'{text}' must start with a number");
            return value;
        }
    }
}
