namespace EdgeQinn.Devices.Signals.Spectra;

/// <summary>log₁₀(|X[k]| + floor) for a run of bins, with X the Fourier transform of the samples under a symmetric Hann window.</summary>
public sealed class LogSpectrum
{
    readonly RealFft _fft;
    readonly double[] _window, _samples, _re, _im;
    readonly double _floor;
    readonly int _firstBin;

    /// <param name="length">Samples per window, a power of two.</param>
    /// <param name="firstBin">First bin kept; 0 is the constant part.</param>
    /// <param name="bins">Bins kept.</param>
    /// <param name="floor">Added to the magnitude, so that silence has a logarithm.</param>
    public LogSpectrum(int length, int firstBin, int bins, double floor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstBin);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)firstBin + bins, length / 2 + 1);
        _fft = new(length);
        _samples = new double[length];
        _re = new double[length / 2 + 1];
        _im = new double[length / 2 + 1];
        _window = new double[length];
        for (int n = 0; n < length; n++) _window[n] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / (length - 1));
        Bins = bins;
        _floor = floor;
        _firstBin = firstBin;
    }

    /// <summary>Number of values.</summary>
    public int Bins { get; }

    /// <summary>Computes the values of one window.</summary>
    /// <param name="samples">As many as the window's length, in physical units.</param>
    /// <param name="values">As many as <see cref="Bins"/>.</param>
    public void Compute(ReadOnlySpan<float> samples, Span<float> values)
    {
        for (int n = 0; n < _samples.Length; n++) _samples[n] = samples[n] * _window[n];
        _fft.Transform(_samples, _re, _im);
        for (int i = 0; i < Bins; i++)
        {
            double re = _re[_firstBin + i], im = _im[_firstBin + i];
            values[i] = (float)Math.Log10(Math.Sqrt(re * re + im * im) + _floor);
        }
    }
}
