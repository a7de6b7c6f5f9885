namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>
/// Samples a signal at times that lie between its samples, one step after the other, each step as long as the caller likes: for rates that are nearly, but not
/// quite, what they should be. A sinc under Kaiser's window, its taps tabled for <see cref="Phases"/> fractions and taken along a straight line between them. Flat to
/// 0.01 dB and free of images below −80 dB up to 0.84 of the Nyquist frequency. At whole samples the output is the input itself. Before the first sample the signal
/// is taken as constant. Exact in any chunking, no allocation.
/// </summary>
public sealed class FractionalResampler
{
    /// <summary>Input samples between a sample and the output that belongs to it.</summary>
    public const int Delay = 16;

    const int Phases = 512, Taps = 2 * Delay;
    const double StopbandDecibel = 80;

    static readonly double[] Table = Design(); // [Phases + 1, Taps], taps from the oldest input to the newest

    readonly double[] _history = new double[2 * Taps]; // the last inputs, twice in a row so that they always lie contiguous
    long _inputs, _whole;
    double _fraction;
    int _at;

    /// <summary>When the next output lies, in input samples since the first.</summary>
    public double Position => _whole + _fraction;

    /// <summary>Takes one sample; read its outputs before the next.</summary>
    public void Write(double x)
    {
        if (_inputs == 0) Array.Fill(_history, x);
        _history[_at] = _history[_at + Taps] = x;
        if (++_at == Taps) _at = 0;
        _inputs++;
    }

    /// <summary>The next output, if the samples it needs are there.</summary>
    /// <param name="step">Input samples from it to the output after it, above 0.</param>
    /// <param name="y">The output.</param>
    public bool TryRead(double step, out double y)
    {
        y = 0;
        if (_whole + Delay >= _inputs) return false;
        ReadOnlySpan<double> window = _history.AsSpan(_at, Taps);
        double at = _fraction * Phases;
        int phase = (int)at;
        double share = at - phase;
        ReadOnlySpan<double> taps = Table.AsSpan(phase * Taps, Taps), next = Table.AsSpan((phase + 1) * Taps, Taps);
        for (int j = 0; j < Taps; j++) y += (taps[j] + share * (next[j] - taps[j])) * window[j];
        double position = _fraction + step;
        long whole = (long)position;
        (_whole, _fraction) = (_whole + whole, position - whole);
        return true;
    }

    /// <summary>Forgets all past samples; the next one is number 0.</summary>
    public void Reset() => (_inputs, _whole, _fraction, _at) = (0, 0, 0, 0);

    static double[] Design()
    {
        double[] table = new double[(Phases + 1) * Taps];
        double beta = KaiserLowpass.Beta(StopbandDecibel);
        for (int phase = 0; phase <= Phases; phase++)
        {
            Span<double> taps = table.AsSpan(phase * Taps, Taps);
            double sum = 0;
            for (int j = 0; j < Taps; j++)
            {
                double t = j - (Delay - 1) - (double)phase / Phases; // from the output to that input
                double sinc = t == 0 ? 1 : t == Math.Floor(t) ? 0 : Math.Sin(Math.PI * t) / (Math.PI * t);
                sum += taps[j] = sinc * KaiserLowpass.Window(Math.Clamp(t / Delay, -1, 1), beta);
            }
            foreach (ref double tap in taps) tap /= sum; // each phase keeps a constant exactly
        }
        return table;
    }
}
