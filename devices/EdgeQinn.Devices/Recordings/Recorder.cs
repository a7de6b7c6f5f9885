using EdgeQinn.Devices.Recordings.Csv;
using EdgeQinn.Devices.Recordings.Wfdb;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Recordings;

/// <summary>
/// Keeps what comes in. After each block everything is with the kernel, after each <see cref="SyncInterval"/> on the disk: neither the death of the process nor
/// a power cut costs more than that, and what a reader finds is whole up to the last record. A disk that fails ends the recording, not the stream.
/// </summary>
public abstract class Recorder : IDisposable
{
    /// <summary>What a power cut may cost.</summary>
    public static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(5);

    TimeSpan _synchronised;

    private protected Recorder(string path) => Path = path;

    /// <summary>The file, or the record's path without extension.</summary>
    public string Path { get; }

    /// <summary>Why the recording broke off; null while it goes on.</summary>
    public string? Fault { get; private set; }

    /// <summary>
    /// Creates the recording a path asks for: <c>.csv</c> keeps samples to the bit, losses, times, what was wrong, and annotations; anything else is the path of a WFDB record,
    /// which keeps samples rounded to 2⁻¹⁷ of their unit, losses as missing samples, and annotations. <c>{time}</c> in it becomes the time in UTC.
    /// </summary>
    /// <exception cref="IOException">It exists, or cannot be created.</exception>
    /// <exception cref="EdgeQinnException">The source does not know its rate.</exception>
    public static Recorder Create(string path, SourceInfo info)
    {
        if (double.IsNaN(info.SampleRate)) throw new EdgeQinnException($"{info.Name}: a recording needs to know the sample rate; add rate=HZ");
        path = path.Replace("{time}", DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) return new CsvRecorder(Absent(path), info);
        string stem = path.EndsWith(".hea", StringComparison.Ordinal) ? path[..^4] : path;
        Absent(stem + ".hea");
        return new WfdbRecorder(stem, info);
    }

    static string Absent(string path) => File.Exists(path) ? throw new IOException($"{path}: exists already; a recording does not replace another: choose another name, or put {{time}} into it") : path;

    /// <summary>Keeps a block. What the format cannot hold to the bit is rounded in the block itself, so that what goes on from here is what a replay will give.</summary>
    public void Take(SampleBlock block)
    {
        if (Fault is not null || block.Count == 0) return;
        try
        {
            Write(block);
            TimeSpan now = MonotonicClock.System.Now;
            bool toDisk = now - _synchronised >= SyncInterval;
            Flush(toDisk);
            if (toDisk) _synchronised = now;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fault = $"{Path}: {e.Message}; the recording ends here";
        }
    }

    private protected abstract void Write(SampleBlock block);

    private protected abstract void Flush(bool toDisk);

    private protected abstract void Close();

    /// <summary>Completes the recording.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        try
        {
            if (Fault is null) Flush(toDisk: true);
            Close();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fault ??= $"{Path}: {e.Message}; the recording may lack its end";
        }
    }
}

/// <summary>A source whose blocks are kept on the way.</summary>
/// <param name="inner">Closed together with this, as is the recorder.</param>
/// <param name="recorder">Keeps them.</param>
public sealed class RecordingSource(ISampleSource inner, Recorder recorder) : ISampleSource
{
    /// <summary>What keeps them.</summary>
    public Recorder Recorder { get; } = recorder;

    /// <inheritdoc/>
    public SourceInfo Info => inner.Info;

    /// <inheritdoc/>
    public bool Read(SampleBlock block)
    {
        if (!inner.Read(block)) return false;
        Recorder.Take(block);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        inner.Dispose();
        Recorder.Dispose();
    }
}
