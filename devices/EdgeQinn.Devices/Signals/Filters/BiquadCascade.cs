using System.Numerics;

namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>A causal filter of second-order sections with its state, in transposed direct form II. Exact in any chunking.</summary>
public sealed class BiquadCascade
{
    readonly Biquad[] _sections;
    readonly double[] _state; // two values per section

    /// <param name="sections">Sections in the order they run.</param>
    public BiquadCascade(params ReadOnlySpan<Biquad> sections)
    {
        _sections = sections.ToArray();
        _state = new double[2 * sections.Length];
    }

    /// <summary>Filters one sample.</summary>
    public double Process(double x)
    {
        double[] state = _state;
        for (int i = 0; i < _sections.Length; i++)
        {
            Biquad s = _sections[i];
            double y = s.B0 * x + state[2 * i];
            state[2 * i] = s.B1 * x - s.A1 * y + state[2 * i + 1];
            state[2 * i + 1] = s.B2 * x - s.A2 * y;
            x = y;
        }
        return x;
    }

    /// <summary>Filters consecutive samples; input and output may be the same memory.</summary>
    public void Process(ReadOnlySpan<float> input, Span<float> output)
    {
        for (int i = 0; i < input.Length; i++) output[i] = (float)Process(input[i]);
    }

    /// <summary>Forgets all past samples.</summary>
    public void Reset() => Array.Clear(_state);

    /// <summary>The group delay −dφ/dω in samples at a frequency, by a central difference.</summary>
    public double GroupDelay(double frequency, double sampleRate)
    {
        double step = sampleRate * 1e-6;
        Complex below = Response(frequency - step, sampleRate), above = Response(frequency + step, sampleRate);
        return -(above / below).Phase / (2 * Math.PI * 2 * step / sampleRate);
    }

    /// <summary>The complex gain of all sections at a frequency.</summary>
    public Complex Response(double frequency, double sampleRate)
    {
        Complex gain = Complex.One;
        foreach (Biquad section in _sections) gain *= section.Response(frequency, sampleRate);
        return gain;
    }
}
