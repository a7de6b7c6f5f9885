namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>
/// Keeps every q-th sample behind a linear-phase anti-alias filter (windowed sinc, Kaiser window, 80 dB). Output k belongs to
/// input sample k·q and comes <see cref="Delay"/> input samples after it. Before the first sample the signal is taken as constant.
/// </summary>
public sealed class Decimator
{
    const double StopbandDecibel = 80;
    // Passband up to 0.8, stopband from 1.0 of the new Nyquist frequency: nothing folds back.
    const double PassbandEnd = 0.8;

    readonly double[] _taps;
    readonly double[] _history; // the last inputs, twice in a row so that they always lie contiguous
    int _at;
    long _inputs;

    /// <param name="factor">Input samples per output sample, at least 1.</param>
    public Decimator(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(factor, 1000);
        Factor = factor;
        _taps = factor == 1 ? [1] : Design(factor);
        _history = new double[2 * _taps.Length];
    }

    /// <summary>Input samples per output sample.</summary>
    public int Factor { get; }

    /// <summary>Input samples between a sample and the output that belongs to it.</summary>
    public int Delay => _taps.Length / 2;

    /// <summary>Takes one sample; every <see cref="Factor"/>-th gives an output.</summary>
    public bool Process(double x, out double y)
    {
        if (_inputs == 0) Array.Fill(_history, x);
        _history[_at] = _history[_at + _taps.Length] = x;
        if (++_at == _taps.Length) _at = 0;
        long centre = _inputs++ - Delay;
        y = 0;
        if (centre < 0 || centre % Factor != 0) return false;
        ReadOnlySpan<double> window = _history.AsSpan(_at, _taps.Length);
        for (int i = 0; i < window.Length; i++) y += _taps[i] * window[i];
        return true;
    }

    /// <summary>Forgets all past samples; the next one is number 0.</summary>
    public void Reset() => (_at, _inputs) = (0, 0);

    static double[] Design(int factor)
    {
        double width = Math.PI * (1 - PassbandEnd) / factor, cutoff = Math.PI * (1 + PassbandEnd) / 2 / factor;
        int half = (int)Math.Ceiling(KaiserLowpass.HalfLength(StopbandDecibel, width) / factor) * factor; // a multiple of the factor: a whole delay
        return KaiserLowpass.Design(half, cutoff, KaiserLowpass.Beta(StopbandDecibel));
    }
}
