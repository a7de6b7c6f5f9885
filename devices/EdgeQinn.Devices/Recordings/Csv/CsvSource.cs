using System.Text;
using EdgeQinn.Devices.Sources;
using Microsoft.Win32.SafeHandles;

namespace EdgeQinn.Devices.Recordings.Csv;

/// <summary>
/// Streams text with one sample per line and one channel per column, from a file or a pipe. The first line may hold names.
/// A column named time, t, seconds or timestamp is no channel: the first two lines' times give the sample rate unless it is said, and lines whose times are
/// further apart than one interval (by three quarters of it) have lost the samples between.
/// </summary>
public sealed class CsvSource : RecordedSource
{
    const int MaxColumns = 1024;
    static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;
    static readonly string[] TimeNames = ["time", "t", "seconds", "timestamp"];

    readonly CsvLines _lines;
    readonly string _file;
    readonly byte _delimiter;
    readonly int _columns;
    readonly int _timeColumn;
    readonly double[] _row;
    readonly Queue<double[]> _readAhead;
    double _interval = double.NaN, _time = double.NaN; // between lines, as their times count; of the last line that has one
    long _linesSince, _missing;                        // lines since that one; samples missing before the row that is held
    bool _held;                                        // the next row has been read

    CsvSource(SourceInfo info, SourcePart? part, CsvLines lines, string file, byte delimiter, int columns, int timeColumn, Queue<double[]> readAhead)
        : base(info, part: part)
    {
        (_lines, _file, _delimiter, _columns, _timeColumn, _readAhead) = (lines, file, delimiter, columns, timeColumn, readAhead);
        _row = new double[columns];
    }

    /// <summary>Opens a file, or standard input for <c>-</c>.</summary>
    /// <param name="path">The file, a named pipe, or <c>-</c>.</param>
    /// <param name="sampleRate">Samples per second, or NaN to take it from a time column.</param>
    /// <param name="unit">Physical unit of the values.</param>
    /// <param name="part">The part to deliver, or null for everything.</param>
    /// <exception cref="RecordingException">Missing, empty, or a line that is not numbers.</exception>
    public static CsvSource Open(string path, double sampleRate, string unit = "", SourcePart? part = null) =>
        Open(path == "-" ? StandardInput() : RecordingFile.Open(path), path, sampleRate, unit, part);

    /// <summary>Straight from the file descriptor: <see cref="Console"/> brings the handling of terminals along, 1 % of the board's binary.</summary>
    static Stream StandardInput() => OperatingSystem.IsWindows() ? Console.OpenStandardInput() : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <summary>Reads from a stream, which is closed together with the source.</summary>
    /// <exception cref="RecordingException">As for the other overload.</exception>
    public static CsvSource Open(Stream stream, string file, double sampleRate, string unit = "", SourcePart? part = null)
    {
        var lines = new CsvLines(stream, file);
        try
        {
            ReadOnlySpan<byte> first;
            do
            {
                if (!lines.TryRead(out first)) throw new RecordingException(file, "holds no line with values", 0);
                if (first.StartsWith("# edgeqinn recording"u8)) throw new RecordingException(file, "is a recording of ours, which is read from a file, not from a pipe", 0);
            }
            while (IsBlank(first));
            if (first.StartsWith(ByteOrderMark)) first = first[ByteOrderMark.Length..];
            byte delimiter = FindDelimiter(first);
            int columns = first.Count(delimiter) + 1;
            if (columns > MaxColumns) throw new RecordingException(file, $"has more than {MaxColumns} columns", 0);
            List<string> fields = [];
            for (ReadOnlySpan<byte> rest = first; fields.Count < columns;) fields.Add(Encoding.UTF8.GetString(CsvLines.TakeField(ref rest, delimiter)));

            bool named = !fields.All(f => CsvLines.TryParse(Encoding.UTF8.GetBytes(f), out _));
            var readAhead = new Queue<double[]>();
            if (!named) readAhead.Enqueue(ParseRow(first, fields.Count, delimiter, lines.Position, file));
            int timeColumn = named ? fields.FindIndex(f => TimeNames.Contains(f.ToLowerInvariant())) : -1;
            if (timeColumn >= 0 && fields.Count == 1) timeColumn = -1;
            if (timeColumn >= 0 && double.IsNaN(sampleRate)) sampleRate = RateFromTimes(lines, fields.Count, delimiter, timeColumn, file, readAhead);

            Channel[] channels = [.. fields.Select((f, i) => (Name: named ? f : $"channel {i}", Index: i)).Where(f => f.Index != timeColumn).Select(f => new Channel(f.Name, unit))];
            var info = new SourceInfo(Path.GetFileNameWithoutExtension(file), sampleRate, channels) { TellsLosses = timeColumn >= 0 };
            return new(info, part, lines, file, delimiter, fields.Count, timeColumn, readAhead);
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override long Missing()
    {
        if (_timeColumn < 0) return 0;
        _held = _held || TryReadRow();
        long missing = _missing;
        _missing = 0;
        return missing;
    }

    /// <inheritdoc/>
    protected override int Fill(SampleBlock block, int limit)
    {
        int count = 0;
        while (count < limit)
        {
            if (!_held)
            {
                if (count > 0 && _readAhead.Count == 0 && !_lines.IsReady) break; // wait for one sample, not for a full block
                if (!TryReadRow()) break;
            }
            _held = _missing > 0; // then a block of its own begins there
            if (_held) break;
            Store(_row, block, count++);
        }
        return count;
    }

    /// <summary>Takes the next line's values into the row, and counts what is missing before it.</summary>
    bool TryReadRow()
    {
        if (_readAhead.TryDequeue(out double[]? ahead)) ahead.CopyTo(_row, 0);
        else
        {
            ReadOnlySpan<byte> line;
            do
            {
                if (!_lines.TryRead(out line)) return false;
            }
            while (IsBlank(line));
            ParseRow(line, _row, _delimiter, _lines.Position, _file);
        }
        if (_timeColumn >= 0) _missing = CountMissing(_row[_timeColumn]);
        return true;
    }

    /// <summary>Samples that a time says are missing before it. A time that is no number, or does not grow, says nothing.</summary>
    long CountMissing(double time)
    {
        const double Slack = 0.75, MostLost = 1e12;
        _linesSince++;
        if (!double.IsFinite(time)) return 0;
        double since = time - _time;
        long lines = _linesSince;
        (_time, _linesSince) = (time, 0);
        if (!(since > 0)) return 0;
        if (double.IsNaN(_interval))
        {
            // Times need not count seconds: where the rate does not fit them, the first two lines say what an interval is.
            double samples = since * Info.SampleRate / lines;
            _interval = samples is > 0.5 and < 100 ? 1 / Info.SampleRate : since / lines;
        }
        return (long)Math.Clamp(since / _interval - lines + 1 - Slack, 0, MostLost);
    }

    void Store(double[] row, SampleBlock block, int at)
    {
        for (int column = 0, channel = 0; column < _columns; column++)
        {
            if (column != _timeColumn) block.Buffer(channel++)[at] = (float)row[column];
        }
    }

    static double RateFromTimes(CsvLines lines, int columns, byte delimiter, int timeColumn, string file, Queue<double[]> readAhead)
    {
        while (readAhead.Count < 2 && lines.TryRead(out ReadOnlySpan<byte> line))
        {
            if (!IsBlank(line)) readAhead.Enqueue(ParseRow(line, columns, delimiter, lines.Position, file));
        }
        if (readAhead.Count < 2) return double.NaN;
        double interval = readAhead.Last()[timeColumn] - readAhead.First()[timeColumn];
        return interval is > 1e-9 and < 1e9 ? 1 / interval
            : throw new RecordingException(file, "the first two times do not grow, or lie decades apart; say rate=HZ", lines.Position);
    }

    static double[] ParseRow(ReadOnlySpan<byte> line, int columns, byte delimiter, long position, string file)
    {
        double[] row = new double[columns];
        ParseRow(line, row, delimiter, position, file);
        return row;
    }

    static void ParseRow(ReadOnlySpan<byte> line, double[] row, byte delimiter, long position, string file)
    {
        int values = line.Count(delimiter) + 1;
        if (values != row.Length) throw new RecordingException(file, $"a line has {values} values, the first has {row.Length}", position);
        for (int i = 0; i < row.Length; i++)
        {
            ReadOnlySpan<byte> field = CsvLines.TakeField(ref line, delimiter);
            if (!CsvLines.TryParse(field, out row[i]))
                throw new RecordingException(file, $"'{Encoding.UTF8.GetString(field[..Math.Min(field.Length, 40)])}' in column {i + 1} is no number", position);
        }
    }

    static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(" \t\r"u8).IsEmpty || line[0] == '#';

    static byte FindDelimiter(ReadOnlySpan<byte> line)
    {
        foreach (byte candidate in ",;\t"u8)
        {
            if (line.Contains(candidate)) return candidate;
        }
        return (byte)',';
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _lines.Dispose();
        base.Dispose(disposing);
    }
}
