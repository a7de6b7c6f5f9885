using EdgeQinn.Devices.Signals.Filters;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>
/// Resamples a stream whose clock drifts to its nominal rate by the machine's clock: sample k of the result belongs to k ÷ rate seconds after the first. Remembers
/// which input each of the newest outputs came from, as results are told in the source's samples.
/// </summary>
sealed class DriftCorrector
{
    const double Settling = 1;     // seconds in which a difference from the machine's clock is made up, all but 1/e
    const double MostHurry = 0.01; // beyond the rate's own deviation

    readonly ClockTracker _clock;
    readonly double _rate;
    readonly FractionalResampler _resampler = new();
    readonly double[] _positions; // input time of output k, in samples, at k mod length
    long _outputs, _stretchedBefore;
    double _step = 1;

    /// <param name="clock">The source's clock by the machine's.</param>
    /// <param name="rate">The nominal rate.</param>
    /// <param name="history">Outputs that are looked back at, at most.</param>
    public DriftCorrector(ClockTracker clock, double rate, int history)
    {
        (_clock, _rate) = (clock, rate);
        _positions = new double[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)history)];
    }

    /// <summary>Samples by which the stream has been lengthened; negative where it was shortened.</summary>
    public long Stretched => _stretchedBefore + StretchedNow;

    long StretchedNow => _outputs - (long)Math.Round(_resampler.Position);

    /// <summary>Takes one sample; read its outputs before the next.</summary>
    public void Write(double x) => _resampler.Write(x);

    /// <summary>The next output, if there is one.</summary>
    public bool TryRead(out double y)
    {
        double position = _resampler.Position;
        if (!_resampler.TryRead(_step, out y)) return false;
        _positions[_outputs++ & (_positions.Length - 1)] = position;
        return true;
    }

    /// <summary>A block has told its time: aims at where the output should be.</summary>
    /// <param name="origin">The source's number of the first input.</param>
    /// <param name="start">When that was taken, in seconds.</param>
    public void Steer(long origin, double start)
    {
        if (!_clock.IsReady) return;
        double ahead = _clock.TimeOf(origin + _resampler.Position) - start - _outputs / _rate;
        _step = _clock.Rate / _rate * (1 - Math.Clamp(ahead / Settling, -MostHurry, MostHurry));
    }

    /// <summary>The input an output came from; between two, the nearer.</summary>
    public long ToInput(double output)
    {
        long whole = (long)Math.Floor(output);
        if (whole >= _outputs) return (long)Math.Round(_resampler.Position + (output - _outputs) * _step);
        double first = _positions[Math.Max(whole, 0) & (_positions.Length - 1)];
        return (long)Math.Round(first + (output - whole) * _step);
    }

    /// <summary>The output nearest to an input, which must be one of the newest.</summary>
    public double ToOutput(double input) => _outputs + (input - _resampler.Position) / _step;

    /// <summary>Forgets the past; the next sample is number 0.</summary>
    public void Reset()
    {
        _stretchedBefore += StretchedNow;
        _resampler.Reset();
        _outputs = 0;
    }
}
