namespace EdgeQinn.Devices.Sources;

/// <summary>
/// Samples per second as the machine's clock sees them, lost ones included: a chip's oscillator may be some percent off its nominal rate.
/// </summary>
public sealed class RateMeter
{
    static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    TimeSpan _firstTime, _lastTime;
    long _firstSample, _lastSample;
    bool _started;

    /// <summary>The rate; NaN until two seconds have passed.</summary>
    public double Rate => _lastTime - _firstTime >= Least ? (_lastSample - _firstSample) / (_lastTime - _firstTime).TotalSeconds : double.NaN;

    /// <summary>Takes note of a block. After an outage, whose samples are counted by the nominal rate, the measurement begins anew.</summary>
    public void Add(SampleBlock block)
    {
        if (block.Count == 0) return;
        if (!_started || (block.Status & SampleStatus.Recovered) != 0) (_started, _firstTime, _firstSample) = (true, block.Timestamp, block.FirstSample);
        (_lastTime, _lastSample) = (block.Timestamp, block.FirstSample);
    }
}
