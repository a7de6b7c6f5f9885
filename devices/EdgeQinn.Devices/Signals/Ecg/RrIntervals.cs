namespace EdgeQinn.Devices.Signals.Ecg;

/// <summary>
/// The four rhythm features of a beat: RR interval before it in s, after it in s, the former ÷ the mean of the last intervals ending with it,
/// the latter ÷ the former; each clamped. A beat's features are known when the next beat is.
/// </summary>
public sealed class RrIntervals
{
    /// <summary>How many features a beat has.</summary>
    public const int FeatureCount = 4;

    readonly double[] _last;
    readonly double _limit;
    int _count, _next;
    double _preceding = double.NaN;

    /// <param name="average">Intervals in the mean.</param>
    /// <param name="limit">Features lie in 0 … limit.</param>
    public RrIntervals(int average, double limit)
    {
        _last = new double[average];
        _limit = limit;
    }

    /// <summary>Takes the interval that follows a beat and gives that beat's features.</summary>
    /// <param name="following">Interval from the beat to the next, in s.</param>
    /// <param name="features">Four values; untouched where the beat has none.</param>
    /// <returns>False for the first beat, which no interval precedes.</returns>
    public bool Add(double following, Span<float> features)
    {
        bool known = !double.IsNaN(_preceding);
        if (known)
        {
            double mean = 0;
            for (int i = 0; i < _count; i++) mean += _last[i];
            mean /= _count;
            features[0] = Clamp(_preceding);
            features[1] = Clamp(following);
            features[2] = Clamp(_preceding / mean);
            features[3] = Clamp(following / _preceding);
        }
        _preceding = _last[_next] = following;
        _next = (_next + 1) % _last.Length;
        _count = Math.Min(_count + 1, _last.Length);
        return known;
    }

    /// <summary>Forgets all beats.</summary>
    public void Reset() => (_count, _next, _preceding) = (0, 0, double.NaN);

    float Clamp(double value) => (float)Math.Clamp(value, 0, _limit);
}
