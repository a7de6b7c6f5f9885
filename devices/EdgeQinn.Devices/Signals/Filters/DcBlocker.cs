namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>
/// Takes the constant part out: a Butterworth high-pass of order 1, y[n] = g (x[n] − x[n−1]) + a y[n−1] with g = (1 + a)/2. Before the first
/// sample the signal is taken as constant, so that no step comes out at the start. Exact in any chunking.
/// </summary>
public sealed class DcBlocker
{
    readonly double _feedback, _gain;
    double _x, _y;
    bool _started;

    /// <param name="edge">Frequency of −3 dB, in Hz.</param>
    /// <param name="sampleRate">In Hz.</param>
    public DcBlocker(double edge, double sampleRate)
    {
        if (!(edge > 0 && edge < sampleRate / 2))
            throw new ArgumentOutOfRangeException(nameof(edge), edge, $"must lie between 0 and half the sample rate, {sampleRate / 2} Hz");
        double w = Math.Tan(Math.PI * edge / sampleRate);
        _feedback = (1 - w) / (1 + w);
        _gain = (1 + _feedback) / 2;
    }

    /// <summary>Filters one sample.</summary>
    public double Process(double x)
    {
        if (!_started) (_started, _x) = (true, x);
        _y = _gain * (x - _x) + _feedback * _y;
        _x = x;
        return _y;
    }

    /// <summary>Filters consecutive samples; input and output may be the same memory.</summary>
    public void Process(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < input.Length; i++) output[i] = (float)Process(input[i]);
    }

    /// <summary>Forgets all past samples.</summary>
    public void Reset() => (_started, _x, _y) = (false, 0, 0);
}
