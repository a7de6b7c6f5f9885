namespace EdgeQinn.Devices.Sources;

/// <summary>Takes one sample: a value per channel, in physical units.</summary>
public delegate void SampleReader(Span<float> sample);

/// <summary>
/// A sensor read once per sample interval of the machine's monotonic clock. Sample k is due at k / rate after the first; one that could
/// not be read before its successor was due is counted as lost, never replaced.
/// </summary>
public sealed class PolledSource : ISampleSource
{
    readonly SampleReader _read;
    readonly PollTimer _timer;
    readonly float[] _sample;
    long _sequence;

    /// <param name="info">Channels and sample rate, which must be known.</param>
    /// <param name="read">Reads the sensor; what it throws ends the read that met it and reaches the caller.</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    public PolledSource(SourceInfo info, SampleReader read, MonotonicClock? clock = null)
    {
        if (!(info.SampleRate > 0)) throw new ArgumentException("a polled sensor needs a sample rate", nameof(info));
        Info = info with { IsLive = true };
        _read = read;
        _timer = new(info.SampleRate, clock ?? MonotonicClock.System);
        _sample = new float[info.Channels.Count];
    }

    /// <inheritdoc/>
    public SourceInfo Info { get; }

    /// <summary>Delivers the next sample when it is due: blocks of one sample, so that nothing waits for a block to fill.</summary>
    public bool Read(SampleBlock block)
    {
        TimeSpan time = _timer.WaitForNext(out long lost);
        _read(_sample);
        for (int c = 0; c < _sample.Length; c++) block.Buffer(c)[0] = _sample[c];
        block.Commit(1, _sequence++, _timer.Taken(), time, lost);
        return true;
    }

    /// <summary>Nothing to close: the reader's owner closes the device.</summary>
    public void Dispose() { }
}
