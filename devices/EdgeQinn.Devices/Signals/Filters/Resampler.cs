namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>
/// Changes the rate by a ratio of whole numbers L/M: polyphase form of "insert L − 1 zeros, low-pass, keep every M-th" (Crochiere and Rabiner,
/// Multirate Digital Signal Processing, sec. 3.3), so that only the taps that meet a sample are computed. Output m belongs to input time m·M/L and comes
/// <see cref="Delay"/> input samples after it. Passband up to 0.8 of the lower Nyquist frequency, stopband of 80 dB from 1.0. Before the first sample
/// the signal is taken as constant. Exact in any chunking, no allocation.
/// </summary>
public sealed class Resampler
{
    const double StopbandDecibel = 80, PassbandEnd = 0.8;
    const int MostTerms = 4096;

    readonly double[] _taps;    // for each of the L phases, the taps of the inputs from oldest to newest
    readonly double[] _history; // the last inputs, twice in a row so that they always lie contiguous
    readonly int _length;       // taps per phase
    long _inputs, _centre;      // centre: whole part of the next output's input time
    int _at, _phase;            // phase: its fraction, in units of 1/L

    /// <param name="up">L, output samples per <paramref name="down"/> input samples.</param>
    /// <param name="down">M.</param>
    public Resampler(int up, int down)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(up, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(down, 1);
        int common = (int)System.Numerics.BigInteger.GreatestCommonDivisor(up, down);
        (Up, Down) = (up / common, down / common);
        if (Up > MostTerms || Down > MostTerms) throw new ArgumentException($"{Up}/{Down} is no simple ratio: both must be at most {MostTerms}");

        double lower = Math.PI / Math.Max(Up, Down); // the lower Nyquist frequency at the common rate
        Delay = Up == 1 && Down == 1 ? 0 : (int)Math.Ceiling(KaiserLowpass.HalfLength(StopbandDecibel, lower * (1 - PassbandEnd)) / Up);
        _length = 2 * Delay + 1;
        _taps = new double[Up * _length];
        _history = new double[2 * _length];
        double[] prototype = Delay == 0 ? [1] : KaiserLowpass.Design(Delay * Up, lower * (1 + PassbandEnd) / 2, KaiserLowpass.Beta(StopbandDecibel));
        for (int phase = 0; phase < Up; phase++)
        {
            Span<double> taps = _taps.AsSpan(phase * _length, _length);
            double sum = 0;
            for (int j = 0; j < _length; j++) // input centre − Delay + j
            {
                int n = phase + (2 * Delay - j) * Up;
                sum += taps[j] = n < prototype.Length ? prototype[n] : 0;
            }
            foreach (ref double tap in taps) tap /= sum; // each phase keeps a constant exactly
        }
    }

    /// <summary>Output samples per <see cref="Down"/> input samples, without common factors.</summary>
    public int Up { get; }

    /// <summary>Input samples per <see cref="Up"/> output samples.</summary>
    public int Down { get; }

    /// <summary>Input samples between a sample and the output that belongs to it.</summary>
    public int Delay { get; }

    /// <summary>The resampler between two rates.</summary>
    /// <exception cref="ArgumentException">The rates are in no simple ratio.</exception>
    public static Resampler Between(double from, double to)
    {
        if (!(from > 0 && to > 0)) throw new ArgumentException("rates must be above 0");
        for (int down = 1; down <= MostTerms; down++)
        {
            double up = to / from * down;
            if (Math.Round(up) is var whole and >= 1 and <= MostTerms && Math.Abs(up / whole - 1) < 1e-9) return new((int)whole, down);
        }
        throw new ArgumentException($"{from} Hz and {to} Hz are in no simple ratio");
    }

    /// <summary>Most outputs of a number of inputs.</summary>
    public int MostOutputs(int inputs) => checked((int)(((long)inputs * Up + Down - 1) / Down));

    /// <summary>Takes one sample; read its outputs before the next.</summary>
    public void Write(double x)
    {
        if (_inputs == 0) Array.Fill(_history, x);
        _history[_at] = _history[_at + _length] = x;
        if (++_at == _length) _at = 0;
        _inputs++;
    }

    /// <summary>The next output, if the samples it needs are there.</summary>
    public bool TryRead(out double y)
    {
        y = 0;
        if (_centre + Delay >= _inputs) return false;
        ReadOnlySpan<double> window = _history.AsSpan(_at, _length), taps = _taps.AsSpan(_phase * _length, _length);
        for (int j = 0; j < taps.Length; j++) y += taps[j] * window[j];
        _phase += Down;
        _centre += _phase / Up;
        _phase %= Up;
        return true;
    }

    /// <summary>Resamples consecutive samples.</summary>
    /// <param name="input">Any number of samples.</param>
    /// <param name="output">Room for <see cref="MostOutputs"/> of them.</param>
    /// <returns>How many outputs there are.</returns>
    public int Process(ReadOnlySpan<float> input, Span<float> output)
    {
        int count = 0;
        foreach (float x in input)
        {
            Write(x);
            while (TryRead(out double y)) output[count++] = (float)y;
        }
        return count;
    }

    /// <summary>Forgets all past samples; the next one is number 0.</summary>
    public void Reset() => (_inputs, _centre, _at, _phase) = (0, 0, 0, 0);
}
