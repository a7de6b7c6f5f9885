using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals;

/// <summary>
/// Normalisation of a stream, causal: each sample minus the mean, divided by the deviation, of the samples up to it, older ones weighing exponentially less; at the
/// start all weigh alike. A sample's result never changes, so that overlapping windows share it.
/// </summary>
/// <remarks>
/// With a = max(1/n, 1 − exp(−1 ÷ (seconds · rate))) for sample n = 1, 2, …: d = x − m; m += a·d; v = (1 − a)·(v + a·d²); y = (x − m) ÷ (√v + epsilon)
/// (Finch 2009, Incremental calculation of weighted mean and variance, section 9).
/// </remarks>
public sealed class StreamNormalizer(StreamNormalization normalization, double sampleRate)
{
    readonly double _least = 1 - Math.Exp(-1 / (normalization.Seconds * sampleRate));
    double _mean, _variance;
    long _count;

    /// <summary>The next sample, normalised.</summary>
    public double Process(double sample)
    {
        double share = Math.Max(1.0 / ++_count, _least), difference = sample - _mean;
        _mean += share * difference;
        _variance = (1 - share) * (_variance + share * difference * difference);
        return (sample - _mean) / (Math.Sqrt(_variance) + normalization.Epsilon);
    }

    /// <summary>Starts anew.</summary>
    public void Reset() => (_mean, _variance, _count) = (0, 0, 0);
}
