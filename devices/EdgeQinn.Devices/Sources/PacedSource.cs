namespace EdgeQinn.Devices.Sources;

/// <summary>Delivers a recording as if it came from a sensor: no block before its last sample would have been taken.</summary>
public sealed class PacedSource : ISampleSource
{
    readonly ISampleSource _inner;
    readonly double _speed;
    readonly TimeProvider _clock;
    readonly Action<TimeSpan> _wait;
    TimeSpan _firstSample;
    long _start;
    bool _started;

    /// <param name="inner">The recording; closed together with this source. Its sample rate must be known.</param>
    /// <param name="speed">1 is real time, 10 ten times faster, infinity does not wait.</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    /// <param name="wait">How to wait; sleeping when null.</param>
    public PacedSource(ISampleSource inner, double speed, TimeProvider? clock = null, Action<TimeSpan>? wait = null)
    {
        if (!(speed > 0)) throw new ArgumentOutOfRangeException(nameof(speed), speed, "must be above 0");
        _inner = inner;
        _speed = speed;
        _clock = clock ?? TimeProvider.System;
        _wait = wait ?? Thread.Sleep;
    }

    /// <inheritdoc/>
    public SourceInfo Info => _inner.Info;

    /// <summary>Reads a speed as written on the command line: <c>1x</c>, <c>2.5x</c>, <c>max</c>.</summary>
    /// <exception cref="SourceAddressException">It is neither.</exception>
    public static double ParseSpeed(string text)
    {
        if (text == "max") return double.PositiveInfinity;
        if (text.EndsWith('x') && double.TryParse(text.AsSpan(0, text.Length - 1), out double speed) && speed is > 0 and < 1e6) return speed;
        throw new SourceAddressException($"'{text}' is no speed: write 1x, 10x or max");
    }

    /// <inheritdoc/>
    public bool Read(SampleBlock block)
    {
        if (!_inner.Read(block)) return false;
        if (Info.IsLive || double.IsPositiveInfinity(_speed) || double.IsNaN(Info.SampleRate)) return true;
        if (!_started)
        {
            _started = true;
            _start = _clock.GetTimestamp();
            _firstSample = block.Timestamp;
        }
        TimeSpan due = (block.Timestamp - _firstSample + TimeSpan.FromSeconds(block.Count / Info.SampleRate)) / _speed;
        TimeSpan ahead = due - _clock.GetElapsedTime(_start);
        if (ahead > TimeSpan.Zero) _wait(ahead);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();
}
