using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Recordings.Csv;

/// <summary>A recording as <see cref="CsvRecording"/> describes it. Numbers are the shortest that give the same float again.</summary>
sealed class CsvRecorder : Recorder
{
    readonly FileStream _file;
    readonly LineBuffer _lines = new();

    public CsvRecorder(string path, SourceInfo info) : base(path)
    {
        _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _lines.Add(CsvRecording.Magic).Add("\n"u8).Add(CsvRecording.Rate).Add(info.SampleRate, "R").Add("\n"u8).Add(CsvRecording.Name).Add(info.Name.ReplaceLineEndings(" ")).Add("\n"u8);
        if (info.IsAnnotated) _lines.Add(CsvRecording.Annotated).Add("\n"u8);
        _lines.Add("sample,time,status"u8);
        foreach (Channel channel in info.Channels) _lines.Add(","u8).AddCsv($"{channel.Name} [{channel.Unit}]".Replace(',', ' ').Replace('"', '\''));
        _file.Write(_lines.Add("\n"u8).Bytes);
    }

    private protected override void Write(SampleBlock block)
    {
        _lines.Clear();
        foreach (Annotation a in block.Annotations)
        {
            _lines.Add(CsvRecording.Annotation).Add(a.Sample).Add(","u8).Add((long)a.Code).Add(","u8).Add((long)a.Subtype).Add(","u8).Add((long)a.Channel).Add(","u8).Add((long)a.Number).Add(","u8);
            if (a.Text is not null) _lines.Add(a.Text.ReplaceLineEndings(" "));
            _lines.Add("\n"u8);
        }
        for (int i = 0; i < block.Count; i++)
        {
            _lines.Add(block.FirstSample + i).Add(","u8);
            // Ticks of 100 ns as seconds: seven digits behind the point are exact.
            if (i == 0) _lines.Add(block.Timestamp.Ticks / TimeSpan.TicksPerSecond).Add("."u8).Add(block.Timestamp.Ticks % TimeSpan.TicksPerSecond, "0000000").Add(","u8).Add((long)block.Status);
            else _lines.Add(","u8);
            for (int c = 0; c < block.Channels; c++)
            {
                _lines.Add(","u8);
                if (block.Channel(c)[i] is var x && !float.IsNaN(x)) _lines.AddShortest(x);
            }
            _lines.Add("\n"u8);
        }
        _file.Write(_lines.Bytes);
    }

    private protected override void Flush(bool toDisk)
    {
        if (toDisk) _file.Flush(flushToDisk: true);
    }

    private protected override void Close() => _file.Dispose();
}
