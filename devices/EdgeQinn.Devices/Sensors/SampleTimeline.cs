namespace EdgeQinn.Devices.Sensors;

/// <summary>
/// Tells when samples were taken by a chip's own clock that are seen only when its buffer is emptied: a tracking loop of second order
/// (α-β filter, Kalata, IEEE Trans. AES 20(2), 1984) over the times of the reads. Times never go back; the rate follows the oscillator's drift.
/// </summary>
sealed class SampleTimeline
{
    // Gains: reads jitter by about an interval, oscillators drift over minutes.
    const double Alpha = 0.05, Beta = 0.0005;
    const double MostDeviation = 0.15; // of the nominal interval; the worst datasheet allows 10 %

    readonly double _nominal;
    double _interval;
    TimeSpan _newest;

    /// <param name="rate">Nominal, in Hz.</param>
    /// <param name="start">When the sample before the first was taken.</param>
    public SampleTimeline(double rate, TimeSpan start) => (_nominal, _interval, _newest) = (1 / rate, 1 / rate, start);

    /// <summary>Adds the samples of one read.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="now">When the buffer was emptied.</param>
    /// <param name="overrun">Whether the chip threw samples away before these.</param>
    /// <param name="lost">How many, as the clock has it; at least 1 at an overrun.</param>
    /// <returns>When the first of them was taken.</returns>
    public TimeSpan Add(int count, TimeSpan now, bool overrun, out long lost)
    {
        double behind = (now - _newest).TotalSeconds - (count + 0.5) * _interval; // the newest is half an interval old on average
        lost = overrun ? Math.Max(1, (long)Math.Round(behind / _interval)) : 0;
        if (overrun) behind -= lost * _interval;
        TimeSpan predicted = _newest + TimeSpan.FromSeconds((count + lost) * _interval + Alpha * behind);
        // The loop corrects by less than the samples' own span, so that the first new one still follows the newest old one.
        double step = Math.Max((predicted - _newest).TotalSeconds / (count + lost), 0.5 * _interval);
        _interval = Math.Clamp(_interval + Beta * behind / count, _nominal * (1 - MostDeviation), _nominal * (1 + MostDeviation));
        TimeSpan first = _newest + TimeSpan.FromSeconds((lost + 1) * step);
        _newest += TimeSpan.FromSeconds((count + lost) * step);
        return first;
    }
}
