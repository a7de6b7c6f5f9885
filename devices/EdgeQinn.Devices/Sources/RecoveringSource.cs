using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Sources;

/// <summary>
/// Keeps a live source alive: where it fails it is closed and opened again, first soon, then ever more rarely. Meanwhile
/// reads give empty blocks with <see cref="SampleStatus.Down"/> and the reason, at least twice a second. The samples missed are counted as lost
/// before the first block afterwards, which carries <see cref="SampleStatus.Recovered"/>.
/// </summary>
public sealed class RecoveringSource : ISampleSource
{
    static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(10), LongestWait = TimeSpan.FromSeconds(5), Heartbeat = TimeSpan.FromMilliseconds(500);

    readonly Func<ISampleSource> _open;
    readonly MonotonicClock _clock;
    ISampleSource? _inner;
    TimeSpan _wait = FirstWait, _retryAt, _nextSample, _healthySince;
    string _fault = "";
    long _sequence, _position;
    bool _down, _delivered;

    /// <param name="open">Opens the source; called at once, and again after each fault.</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    /// <exception cref="DeviceException">The first opening failed: that is the user's to mend, not ours to wait for.</exception>
    public RecoveringSource(Func<ISampleSource> open, MonotonicClock? clock = null)
    {
        _open = open;
        _clock = clock ?? MonotonicClock.System;
        _inner = open();
        Info = _inner.Info;
        _healthySince = _clock.Now;
    }

    /// <inheritdoc/>
    public SourceInfo Info { get; }

    /// <summary>Times the source failed after it had been opened.</summary>
    public long Outages { get; private set; }

    /// <inheritdoc/>
    public bool Read(SampleBlock block)
    {
        if (_inner is null && !TryOpen(block)) return true;
        try
        {
            if (!_inner!.Read(block)) return false;
        }
        catch (DeviceException e)
        {
            if (!_down) Outages++;
            // A source that fails again right after it came back waits longer; one that had been well starts over.
            if (_clock.Now - _healthySince > 2 * LongestWait) _wait = FirstWait;
            GoDown(e);
            Report(block);
            return true;
        }
        Renumber(block);
        return true;
    }

    bool TryOpen(SampleBlock block)
    {
        TimeSpan now = _clock.Now;
        if (now < _retryAt)
        {
            _clock.WaitUntil(_retryAt - now > Heartbeat ? now + Heartbeat : _retryAt);
            if (_clock.Now < _retryAt)
            {
                Report(block);
                return false;
            }
        }
        try
        {
            _inner = _open();
            _healthySince = _clock.Now;
            return true;
        }
        catch (DeviceException e)
        {
            GoDown(e);
            Report(block);
            return false;
        }
    }

    void GoDown(DeviceException e)
    {
        _inner?.Dispose();
        _inner = null;
        _down = true;
        _fault = e.Message;
        _retryAt = _clock.Now + _wait;
        _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
    }

    void Report(SampleBlock block) => block.Commit(0, _sequence++, _position, _clock.Now, 0, SampleStatus.Down, _fault);

    void Renumber(SampleBlock block)
    {
        long lost = block.Lost;
        SampleStatus status = block.Status;
        if (_down && block.Count > 0)
        {
            _down = false;
            status |= SampleStatus.Recovered;
            if (_delivered) lost = Math.Max(lost, (long)Math.Round((block.Timestamp - _nextSample).TotalSeconds * Info.SampleRate));
        }
        _position += lost;
        block.Commit(block.Count, _sequence++, _position, block.Timestamp, lost, status, block.Fault);
        _position += block.Count;
        if (block.Count == 0) return;
        _delivered = true;
        _nextSample = block.Timestamp + TimeSpan.FromSeconds(block.Count / Info.SampleRate);
    }

    /// <inheritdoc/>
    public void Dispose() => _inner?.Dispose();
}
