using System.Globalization;
using System.Text;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Recordings.Csv;

/// <summary>Replays a recording of <see cref="CsvRecorder"/>: the same blocks with the same samples, times, losses and flags. A last line that was cut off is left out.</summary>
sealed class CsvRecordingSource : ISampleSource
{
    readonly CsvLines _lines;
    readonly string _file;
    readonly float[] _values;
    readonly long _start, _end;
    long _sequence, _next = -1;
    long _sample, _blockStart; // of the line last read, and of the first line of its block
    TimeSpan _blockTime;
    SampleStatus _status;
    readonly List<Annotation> _annotations = []; // read, of samples that are not yet delivered
    int _ahead;                // of them, those that stand before the line last read
    bool _held, _startsBlock;  // held: the line has been read, and begins the next block

    CsvRecordingSource(string file, CsvLines lines, SourceInfo info, SourcePart? part)
    {
        (_file, _lines, Info, _values) = (file, lines, info, new float[info.Channels.Count]);
        (_start, _end) = part?.Resolve(info) ?? (0, long.MaxValue);
    }

    /// <inheritdoc/>
    public SourceInfo Info { get; }

    /// <exception cref="RecordingException">The file is missing or broken.</exception>
    public static CsvRecordingSource Open(string path, SourcePart? part)
    {
        var lines = new CsvLines(RecordingFile.Open(path), path, wholeLinesOnly: true);
        try
        {
            double rate = double.NaN;
            string name = Path.GetFileNameWithoutExtension(path);
            bool annotated = false;
            while (lines.TryRead(out ReadOnlySpan<byte> line))
            {
                string text = Encoding.UTF8.GetString(line);
                if (text.StartsWith(CsvRecording.Rate, StringComparison.Ordinal)) _ = double.TryParse(text.AsSpan(CsvRecording.Rate.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out rate);
                if (text.StartsWith(CsvRecording.Name, StringComparison.Ordinal)) name = text[CsvRecording.Name.Length..];
                annotated |= text == CsvRecording.Annotated;
                if (text.StartsWith('#')) continue;
                string[] columns = text.Split(',');
                if (columns.Length <= CsvRecording.FixedColumns) break;
                if (!(rate is > 1e-6 and < 1e9)) throw new RecordingException(path, "the sample rate is missing", lines.Position);
                return new(path, lines, new(name, rate, [.. columns.Skip(CsvRecording.FixedColumns).Select(ToChannel)]) { IsAnnotated = annotated }, part);
            }
            throw new RecordingException(path, "the line with the columns' names is missing", lines.Position);
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    static Channel ToChannel(string column)
    {
        int bracket = column.LastIndexOf(" [", StringComparison.Ordinal);
        return bracket >= 0 && column.EndsWith(']') ? new(column[..bracket], column[(bracket + 2)..^1]) : new(column, "");
    }

    /// <inheritdoc/>
    public bool Read(SampleBlock block)
    {
        int count = 0;
        long first = 0;
        TimeSpan time = default;
        SampleStatus status = SampleStatus.None;
        while (count < block.Capacity && (_held || TryRead()))
        {
            _held = count > 0 && (_startsBlock || _sample != first + count);
            if (_held || _sample >= _end) break;
            if (_sample < _start) continue;
            if (count == 0)
                (first, status, time) = (_sample, _status, _blockTime + TimeSpan.FromSeconds((_sample - _blockStart) / Info.SampleRate));
            for (int c = 0; c < _values.Length; c++) block.Buffer(c)[count] = _values[c];
            count++;
        }
        block.Commit(count, _sequence++, first, time, _next >= 0 && count > 0 ? Math.Max(0, first - _next) : 0, status);
        int due = 0, known = _annotations.Count - (_held ? _ahead : 0); // what stands before a line that is held belongs to its block
        for (; due < known && _annotations[due].Sample < first + count; due++)
            if (_annotations[due].Sample >= first) block.Annotations.Add(_annotations[due]);
        _annotations.RemoveRange(0, due);
        if (count > 0) _next = Math.Max(_next, first + count); // a block that came twice or late does not set it back
        return count > 0;
    }

    bool TryRead()
    {
        ReadOnlySpan<byte> line;
        int before = _annotations.Count;
        do
        {
            if (!_lines.TryRead(out line)) return false;
        }
        while (IsComment(line));
        _ahead = _annotations.Count - before;
        bool valid = TryNumber(CsvLines.TakeField(ref line, (byte)','), out _sample);
        ReadOnlySpan<byte> time = CsvLines.TakeField(ref line, (byte)','), status = CsvLines.TakeField(ref line, (byte)',');
        _startsBlock = !time.IsEmpty;
        if (_startsBlock)
        {
            int point = time.IndexOf((byte)'.');
            long seconds = 0, ticks = 0, flags = 0;
            valid &= point > 0 && point == time.Length - 8 && TryNumber(time[..point], out seconds) && seconds < 900_000_000_000
                && TryNumber(time[(point + 1)..], out ticks) && TryNumber(status, out flags) && flags <= int.MaxValue;
            if (valid) (_blockStart, _blockTime, _status) = (_sample, TimeSpan.FromTicks(seconds * TimeSpan.TicksPerSecond + ticks), (SampleStatus)flags);
        }
        for (int c = 0; c < _values.Length && valid; c++)
        {
            ReadOnlySpan<byte> field = CsvLines.TakeField(ref line, (byte)',');
            _values[c] = float.NaN;
            valid = field.IsEmpty || float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _values[c]);
        }
        return valid ? true : throw new RecordingException(_file, "is no line of a recording", _lines.Position);
    }

    /// <summary>Takes note of an annotation; other comments say nothing.</summary>
    bool IsComment(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] != '#') return false;
        string text = Encoding.UTF8.GetString(line);
        if (!text.StartsWith(CsvRecording.Annotation, StringComparison.Ordinal)) return true;
        string[] fields = text[CsvRecording.Annotation.Length..].Split(',', 6);
        if (fields.Length != 6 || !long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out long sample) || !byte.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out byte code)
            || !sbyte.TryParse(fields[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out sbyte subtype) || !byte.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out byte channel)
            || !sbyte.TryParse(fields[4], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out sbyte number))
            throw new RecordingException(_file, "is no annotation of a recording", _lines.Position);
        _annotations.Add(new(sample, (AnnotationCode)code, subtype, channel, number, fields[5].Length > 0 ? fields[5] : null));
        return true;
    }

    static bool TryNumber(ReadOnlySpan<byte> digits, out long value) => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();
}
