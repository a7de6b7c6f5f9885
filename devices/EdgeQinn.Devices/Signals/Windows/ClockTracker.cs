namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>
/// Measures a source's clock by the machine's: a straight line through the blocks' times over their sample numbers, by least squares with weights that fall off
/// exponentially into the past. Steady jitter averages out; a rate that wanders with temperature is followed.
/// </summary>
sealed class ClockTracker(double nominalRate)
{
    const double Memory = 30;         // seconds until a block's weight has fallen to 1/e
    const double Least = 2;           // seconds that a rate must rest on
    const double MostDeviation = 0.03; // a rate further off is no drift

    double _weight, _x, _y, _xx, _xy; // means of sample number and time, and their weighted co-moments
    double _span, _lastTime;
    double _interval = 1 / nominalRate;

    /// <summary>Whether the rate has been measured.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Samples per second by the machine's clock; the nominal rate until it has been measured.</summary>
    public double Rate => 1 / _interval;

    /// <summary>When a sample was taken, by the line, in seconds.</summary>
    public double TimeOf(double sample) => _y + (sample - _x) * _interval;

    /// <summary>Takes note of a block's first sample and its time in seconds.</summary>
    public void Add(double sample, double time)
    {
        if (_weight > 0)
        {
            double passed = Math.Max(0, time - _lastTime), keep = Math.Exp(-passed / Memory);
            (_weight, _xx, _xy) = (_weight * keep, _xx * keep, _xy * keep);
            _span += passed;
        }
        _lastTime = time;
        _weight++;
        double dx = sample - _x, dy = time - _y;
        if (_weight == 1) (_x, _y, dx, dy) = (sample, time, 0, 0);
        _x += dx / _weight;
        _y += dy / _weight;
        _xx += dx * (sample - _x);
        _xy += dx * (time - _y);
        if (_span < Least || _xx <= 0) return;
        _interval = Math.Clamp(_xy / _xx, (1 - MostDeviation) / nominalRate, (1 + MostDeviation) / nominalRate);
        IsReady = true;
    }

    /// <summary>The times that follow have nothing to do with those before; the rate stays until it can be measured anew.</summary>
    public void Restart() => (_weight, _x, _y, _xx, _xy, _span) = (0, 0, 0, 0, 0, 0);
}
