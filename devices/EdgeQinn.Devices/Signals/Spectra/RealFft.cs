namespace EdgeQinn.Devices.Signals.Spectra;

/// <summary>
/// Discrete Fourier transform X[k] = Σ x[n] e^(−2πi kn/N) of N real samples, N a power of two: one complex transform of N/2 points
/// (radix 2, iterative, tables), then the even and odd samples' spectra are parted and joined.
/// </summary>
public sealed class RealFft
{
    readonly int[] _reversed;
    readonly double[] _cosine, _sine; // of 2πk/N
    readonly double[] _re, _im;

    /// <param name="length">N, a power of two from 4.</param>
    public RealFft(int length)
    {
        if (length < 4 || (length & (length - 1)) != 0)
            throw new ArgumentOutOfRangeException(nameof(length), length, "must be a power of two from 4");
        Length = length;
        int half = length / 2;
        _re = new double[half];
        _im = new double[half];
        _cosine = new double[half];
        _sine = new double[half];
        _reversed = new int[half];
        for (int k = 0; k < half; k++)
        {
            (_sine[k], _cosine[k]) = Math.SinCos(2 * Math.PI * k / length);
            _reversed[k] = _reversed[k >> 1] >> 1 | (k & 1) * (half >> 1);
        }
    }

    /// <summary>N.</summary>
    public int Length { get; }

    /// <summary>Transforms N samples to the bins 0 … N/2.</summary>
    /// <param name="samples">N samples.</param>
    /// <param name="re">Real parts, N/2 + 1.</param>
    /// <param name="im">Imaginary parts, N/2 + 1.</param>
    public void Transform(ReadOnlySpan<double> samples, Span<double> re, Span<double> im)
    {
        int half = Length / 2;
        if (samples.Length != Length || re.Length != half + 1 || im.Length != half + 1)
            throw new ArgumentException($"{Length} samples give {half + 1} bins");
        for (int n = 0; n < half; n++)
        {
            int to = _reversed[n];
            _re[to] = samples[2 * n];
            _im[to] = samples[2 * n + 1];
        }
        Butterflies();

        // With Z the transform of the pairs: even = (Z[k] + Z*[N/2−k])/2, odd = (Z[k] − Z*[N/2−k])/2i, X[k] = even + e^(−2πik/N)·odd.
        re[0] = _re[0] + _im[0];
        re[half] = _re[0] - _im[0];
        im[0] = im[half] = 0;
        for (int k = 1; k < half; k++)
        {
            int m = half - k;
            double evenRe = (_re[k] + _re[m]) / 2, evenIm = (_im[k] - _im[m]) / 2;
            double oddRe = (_im[k] + _im[m]) / 2, oddIm = (_re[m] - _re[k]) / 2;
            re[k] = evenRe + _cosine[k] * oddRe + _sine[k] * oddIm;
            im[k] = evenIm + _cosine[k] * oddIm - _sine[k] * oddRe;
        }
    }

    void Butterflies()
    {
        int half = Length / 2;
        for (int size = 2; size <= half; size *= 2)
        {
            int step = Length / size; // of the twiddle table, which is laid out for N
            for (int start = 0; start < half; start += size)
            {
                for (int j = 0; j < size / 2; j++)
                {
                    int a = start + j, b = a + size / 2;
                    double c = _cosine[j * step], s = _sine[j * step];
                    double re = c * _re[b] + s * _im[b], im = c * _im[b] - s * _re[b];
                    (_re[b], _im[b]) = (_re[a] - re, _im[a] - im);
                    (_re[a], _im[a]) = (_re[a] + re, _im[a] + im);
                }
            }
        }
    }
}
