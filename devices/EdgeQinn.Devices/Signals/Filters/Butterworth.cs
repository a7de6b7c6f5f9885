using System.Numerics;

namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>
/// Butterworth filters as second-order sections: analog prototype, frequency transformation, bilinear transform with prewarped edges
/// (Oppenheim and Schafer, Discrete-Time Signal Processing, ch. 7). The same design as <c>scipy.signal.butter</c>.
/// </summary>
public static class Butterworth
{
    /// <summary>Passes what is below the edge.</summary>
    /// <param name="order">Order of the filter.</param>
    /// <param name="edge">Frequency of −3 dB, in Hz.</param>
    /// <param name="sampleRate">In Hz.</param>
    public static Biquad[] Lowpass(int order, double edge, double sampleRate)
    {
        double w = Prewarp(edge, sampleRate);
        return Sections(order, p => [p * w], new(1, 2, 1), new(1, 1, 0), reference: 0);
    }

    /// <summary>Passes what is above the edge.</summary>
    /// <param name="order">Order of the filter.</param>
    /// <param name="edge">Frequency of −3 dB, in Hz.</param>
    /// <param name="sampleRate">In Hz.</param>
    public static Biquad[] Highpass(int order, double edge, double sampleRate)
    {
        double w = Prewarp(edge, sampleRate);
        return Sections(order, p => [w / p], new(1, -2, 1), new(1, -1, 0), reference: 0.5);
    }

    /// <summary>Passes what is between the edges.</summary>
    /// <param name="order">Order per edge; the filter's own order is twice that.</param>
    /// <param name="low">Lower frequency of −3 dB, in Hz.</param>
    /// <param name="high">Upper frequency of −3 dB, in Hz.</param>
    /// <param name="sampleRate">In Hz.</param>
    public static Biquad[] Bandpass(int order, double low, double high, double sampleRate)
    {
        (double width, double squaredCentre) = Band(low, high, sampleRate);
        return Sections(order, p => Roots(p * width, squaredCentre), new(1, 0, -1), new(1, 0, -1), Math.Atan(Math.Sqrt(squaredCentre)) / Math.PI);
    }

    /// <summary>Stops what is between the edges.</summary>
    /// <param name="order">Order per edge; the filter's own order is twice that.</param>
    /// <param name="low">Lower frequency of −3 dB, in Hz.</param>
    /// <param name="high">Upper frequency of −3 dB, in Hz.</param>
    /// <param name="sampleRate">In Hz.</param>
    public static Biquad[] Bandstop(int order, double low, double high, double sampleRate)
    {
        (double width, double squaredCentre) = Band(low, high, sampleRate);
        double cosine = Math.Cos(2 * Math.Atan(Math.Sqrt(squaredCentre)));
        return Sections(order, p => Roots(width / p, squaredCentre), new(1, -2 * cosine, 1), new(1, -2 * cosine, 1), reference: 0);
    }

    readonly record struct Numerator(double B0, double B1, double B2);

    /// <summary>The analog frequency, in units of twice the sample rate, that the bilinear transform maps to this digital one.</summary>
    static double Prewarp(double frequency, double sampleRate)
    {
        if (!(frequency > 0 && frequency < sampleRate / 2))
            throw new ArgumentOutOfRangeException(nameof(frequency), frequency, $"a filter edge must lie between 0 and half the sample rate, {sampleRate / 2} Hz");
        return Math.Tan(Math.PI * frequency / sampleRate);
    }

    static (double Width, double SquaredCentre) Band(double low, double high, double sampleRate)
    {
        if (!(low < high)) throw new ArgumentOutOfRangeException(nameof(low), low, $"must lie below the upper edge, {high} Hz");
        double l = Prewarp(low, sampleRate), h = Prewarp(high, sampleRate);
        return (h - l, l * h);
    }

    /// <summary>Roots of s² − b s + c: where the band transformation sends a prototype pole.</summary>
    static Complex[] Roots(Complex b, double c)
    {
        Complex d = Complex.Sqrt(b * b / 4 - c);
        return [b / 2 + d, b / 2 - d];
    }

    /// <param name="order">Order of the prototype.</param>
    /// <param name="transform">Sends a prototype pole to its analog poles.</param>
    /// <param name="pair">Zeros of a section with two poles.</param>
    /// <param name="single">Zeros of a section with one pole.</param>
    /// <param name="reference">Frequency of gain 1, in units of the sample rate.</param>
    static Biquad[] Sections(int order, Func<Complex, Complex[]> transform, Numerator pair, Numerator single, double reference)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 32);
        var sections = new List<Biquad>();
        // Prototype poles of the upper half plane stand for their conjugates too; an odd order adds the pole at −1.
        for (int k = 0; k < order / 2; k++)
        {
            Complex prototype = Complex.FromPolarCoordinates(1, Math.PI * (order + 1 + 2 * k) / (2 * order));
            foreach (Complex pole in transform(prototype)) sections.Add(Section(Bilinear(pole), Bilinear(Complex.Conjugate(pole)), pair, reference));
        }
        if (order % 2 != 0)
        {
            Complex[] poles = transform(-1);
            sections.Add(poles.Length == 2 ? Section(Bilinear(poles[0]), Bilinear(poles[1]), pair, reference) : Section(Bilinear(poles[0]), 0, single, reference));
        }
        // Sections that ring least run first, which keeps intermediate values small.
        return [.. sections.OrderBy(s => Math.Abs(s.A2))];
    }

    static Complex Bilinear(Complex s) => (1 + s) / (1 - s);

    static Biquad Section(Complex p, Complex q, Numerator zeros, double reference)
    {
        var raw = new Biquad(zeros.B0, zeros.B1, zeros.B2, -(p + q).Real, (p * q).Real);
        double gain = 1 / raw.Response(reference, 1).Magnitude;
        return raw with { B0 = raw.B0 * gain, B1 = raw.B1 * gain, B2 = raw.B2 * gain };
    }
}
