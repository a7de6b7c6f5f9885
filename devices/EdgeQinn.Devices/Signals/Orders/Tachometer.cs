namespace EdgeQinn.Devices.Signals.Orders;

/// <summary>Finds a tachometer's pulses in a sampled channel: rising crossings of a level, placed between samples by a straight line.</summary>
public sealed class Tachometer
{
    readonly double _level, _rearm;
    double _last;
    long _samples;
    bool _armed;

    /// <param name="level">The level to cross.</param>
    /// <param name="hysteresis">How far below it the signal must fall before the next pulse counts.</param>
    public Tachometer(double level, double hysteresis)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hysteresis);
        (_level, _rearm) = (level, level - hysteresis);
    }

    /// <summary>Takes one sample.</summary>
    /// <param name="x">The channel's value.</param>
    /// <param name="position">Where the pulse is, in samples since the first: between the last sample and this one.</param>
    /// <returns>Whether there is one.</returns>
    public bool Process(double x, out double position)
    {
        position = 0;
        bool pulse = _armed && x >= _level;
        if (pulse) position = _samples - (x - _level) / (x - _last);
        _armed = x < _rearm || _armed && !pulse;
        _last = x;
        _samples++;
        return pulse;
    }

    /// <summary>Forgets all past samples; the next one is number 0.</summary>
    public void Reset() => (_samples, _armed) = (0, false);
}
