namespace EdgeQinn.Devices.Sources;

/// <summary>The moments start + k / rate at which a sensor without a clock of its own is read.</summary>
sealed class PollTimer(double rate, MonotonicClock clock)
{
    TimeSpan _start;
    long _position;
    bool _started;

    /// <summary>Waits until the next sample is due.</summary>
    /// <param name="lost">Samples that were due before and whose successor is due already.</param>
    /// <returns>When the sample is due.</returns>
    public TimeSpan WaitForNext(out long lost)
    {
        TimeSpan now = clock.Now;
        if (!_started) (_started, _start) = (true, now);
        lost = Math.Max(0, (long)Math.Floor((now - _start).TotalSeconds * rate + 1e-6) - _position);
        _position += lost;
        TimeSpan due = _start + TimeSpan.FromSeconds(_position / rate);
        if (due > now) clock.WaitUntil(due);
        return due;
    }

    /// <summary>The sample that was due has been taken.</summary>
    /// <returns>Its index; lost samples count.</returns>
    public long Taken() => _position++;
}
