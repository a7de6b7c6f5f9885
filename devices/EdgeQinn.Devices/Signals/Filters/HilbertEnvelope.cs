namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>
/// The envelope |x + i·H{x}| of a band-limited signal, with the Hilbert transform by a linear-phase FIR filter under Kaiser's window (type III, taps
/// 2/(πn) at odd n; Oppenheim and Schafer, sec. 12.4). The value comes <see cref="Delay"/> samples after the sample it belongs to. Before the first
/// sample the signal is 0. Exact in any chunking.
/// </summary>
public sealed class HilbertEnvelope
{
    const double Decibel = 60;

    readonly double[] _taps;    // at odd distances 1, 3, …; the others are 0 and the negative ones mirrored
    readonly double[] _history; // the last inputs, twice in a row
    readonly int _length;
    int _at;
    long _inputs;

    /// <param name="lowest">Lowest frequency the signal holds, in Hz; the same distance is kept to half the sample rate. Ripple is 0.1 %.</param>
    /// <param name="sampleRate">In Hz.</param>
    public HilbertEnvelope(double lowest, double sampleRate)
    {
        if (!(lowest > 0 && lowest < sampleRate / 4))
        {
            throw new ArgumentOutOfRangeException(nameof(lowest), lowest,
                $"must lie between 0 and a quarter of the sample rate, {sampleRate / 4} Hz");
        }
        // The transfer function steps from −i to i at 0 Hz: half the transition lies on each side.
        Delay = (int)Math.Ceiling(KaiserLowpass.HalfLength(Decibel, 2 * 2 * Math.PI * lowest / sampleRate)) | 1; // odd: the outermost taps are not 0
        _length = 2 * Delay + 1;
        _history = new double[2 * _length];
        _taps = new double[Delay / 2 + 1];
        for (int k = 0; k < _taps.Length; k++)
        {
            int n = 2 * k + 1;
            _taps[k] = 2 / (Math.PI * n) * KaiserLowpass.Window((double)n / (Delay + 1), KaiserLowpass.Beta(Decibel));
        }
    }

    /// <summary>Samples between a sample and its envelope.</summary>
    public int Delay { get; }

    /// <summary>Takes one sample; from the sample <see cref="Delay"/> on each gives the next envelope value.</summary>
    public bool Process(double x, out double envelope)
    {
        _history[_at] = _history[_at + _length] = x;
        if (++_at == _length) _at = 0;
        envelope = 0;
        if (_inputs++ < Delay) return false;
        ReadOnlySpan<double> window = _history.AsSpan(_at, _length);
        double quadrature = 0;
        for (int k = 0; k < _taps.Length; k++) quadrature += _taps[k] * (window[Delay - 2 * k - 1] - window[Delay + 2 * k + 1]);
        envelope = Math.Sqrt(window[Delay] * window[Delay] + quadrature * quadrature);
        return true;
    }

    /// <summary>Forgets all past samples; the next one is number 0.</summary>
    public void Reset()
    {
        Array.Clear(_history);
        (_at, _inputs) = (0, 0);
    }
}
