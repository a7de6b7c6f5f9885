using EdgeQinn.Devices.Signals.Filters;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

public sealed class FilterTests
{
    const double Rate = 360;

    /// <summary>Numerator and denominator of the whole cascade, for comparison with published transfer functions.</summary>
    static (double[] B, double[] A) Polynomials(Biquad[] sections)
    {
        double[] b = [1], a = [1];
        foreach (Biquad s in sections)
        {
            b = Multiply(b, [s.B0, s.B1, s.B2]);
            a = Multiply(a, [1, s.A1, s.A2]);
        }
        return (b, a);
    }

    static double[] Multiply(double[] p, double[] q)
    {
        double[] product = new double[p.Length + q.Length - 1];
        for (int i = 0; i < p.Length; i++)
            for (int j = 0; j < q.Length; j++) product[i + j] += p[i] * q[j];
        return product;
    }

    static void Close(double[] expected, double[] actual, double tolerance)
    {
        for (int i = 0; i < actual.Length; i++) Assert.Equal(i < expected.Length ? expected[i] : 0, actual[i], tolerance);
    }

    [Fact]
    public void Designs_match_published_coefficients()
    {
        // butter(2, [0.5/180, 40/180], 'band') of SciPy, the filter of the ECG models.
        (double[] b, double[] a) = Polynomials(Butterworth.Bandpass(2, 0.5, 40, Rate));
        Close([0.07876235329493358, 0.0, -0.15752470658986717, 0.0, 0.07876235329493358], b, 1e-12);
        Close([1.0, -3.0547566497415675, 3.492997409463106, -1.8177403780997303, 0.37952419683859157], a, 1e-12);
        // Half-band low-passes, known in closed form: butter(2, 0.5) and butter(3, 0.5).
        (b, a) = Polynomials(Butterworth.Lowpass(2, 90, Rate));
        double c = 1 / (2 + Math.Sqrt(2));
        Close([c, 2 * c, c], b, 1e-14);
        Close([1, 0, (2 - Math.Sqrt(2)) * c], a, 1e-14);
        (b, a) = Polynomials(Butterworth.Lowpass(3, 90, Rate));
        Close([1 / 6.0, 0.5, 0.5, 1 / 6.0], b, 1e-14);
        Close([1, 0, 1 / 3.0, 0], a, 1e-14);
        // Its mirror image.
        Close([1 / 6.0, -0.5, 0.5, -1 / 6.0], Polynomials(Butterworth.Highpass(3, 90, Rate)).B, 1e-14);
    }

    [Fact]
    public void Magnitudes_follow_the_Butterworth_formula()
    {
        static double W(double f) => Math.Tan(Math.PI * f / Rate);
        for (int order = 1; order <= 8; order++)
        {
            foreach (double f in new[] { 0.3, 1, 5, 12, 30, 60, 150, 179 })
            {
                double width = W(40) - W(5), centre = W(40) * W(5), w = W(f);
                double band = 1 / Math.Sqrt(1 + Math.Pow((w * w - centre) / (w * width), 2 * order));
                double stop = 1 / Math.Sqrt(1 + Math.Pow(w * width / (w * w - centre), 2 * order));
                Assert.Equal(1 / Math.Sqrt(1 + Math.Pow(w / W(20), 2 * order)), Gain(Butterworth.Lowpass(order, 20, Rate), f), 1e-9);
                Assert.Equal(1 / Math.Sqrt(1 + Math.Pow(W(20) / w, 2 * order)), Gain(Butterworth.Highpass(order, 20, Rate), f), 1e-9);
                Assert.Equal(band, Gain(Butterworth.Bandpass(order, 5, 40, Rate), f), 1e-9);
                Assert.Equal(stop, Gain(Butterworth.Bandstop(order, 5, 40, Rate), f), 1e-9);
            }
        }

        static double Gain(Biquad[] sections, double f) => new BiquadCascade(sections).Response(f, Rate).Magnitude;
    }

    [Fact]
    public void A_cascade_does_what_its_response_says()
    {
        var cascade = new BiquadCascade(Butterworth.Bandpass(2, 0.5, 40, Rate));
        const double Frequency = 10;
        double gain = cascade.Response(Frequency, Rate).Magnitude, phase = cascade.Response(Frequency, Rate).Phase;
        for (int n = 0; n < 20_000; n++)
        {
            double y = cascade.Process(Math.Sin(2 * Math.PI * Frequency * n / Rate));
            if (n > 15_000) Assert.Equal(gain * Math.Sin(2 * Math.PI * Frequency * n / Rate + phase), y, 1e-9);
        }
        cascade.Reset();
        Assert.Equal(0, cascade.Process(0));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(60)]
    public void A_notch_takes_out_its_frequency_and_leaves_the_rest(double mains)
    {
        var notch = new BiquadCascade(Notch.Design(mains, 30, Rate));
        Assert.Equal(0, notch.Response(mains, Rate).Magnitude, 1e-10);
        Assert.Equal(1 / Math.Sqrt(2), notch.Response(mains - mains / 60, Rate).Magnitude, 0.01); // half the −3 dB width
        Assert.Equal(1, notch.Response(0, Rate).Magnitude, 1e-12);
        Assert.Equal(1, notch.Response(Rate / 2, Rate).Magnitude, 1e-12);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public void Decimation_keeps_the_passband_in_phase_and_lets_nothing_fold(int factor)
    {
        double nyquist = 0.5 / factor; // of the output, in cycles per input sample
        Assert.Equal(0.001, Amplitude(0.79 * nyquist, inPhase: true), 0.001);   // error of a tone in the passband
        Assert.Equal(0, Amplitude(1.02 * nyquist, inPhase: false), 0.0005);     // a tone that would fold just below the edge
        Assert.Equal(0, Amplitude(1.7 * nyquist, inPhase: false), 0.0005);

        double Amplitude(double frequency, bool inPhase)
        {
            var decimator = new Decimator(factor);
            double worst = 0;
            for (int n = 0, k = 0; n < 4000; n++)
            {
                if (!decimator.Process(Math.Sin(2 * Math.PI * frequency * n), out double y)) continue;
                double expected = inPhase ? Math.Sin(2 * Math.PI * frequency * factor * k) : 0;
                if (k++ > 200) worst = Math.Max(worst, Math.Abs(y - expected));
            }
            return worst;
        }
    }

    [Fact]
    public void Decimation_keeps_a_constant_from_the_first_sample_on()
    {
        var decimator = new Decimator(4);
        int outputs = 0;
        for (int n = 0; n < 400; n++)
        {
            if (!decimator.Process(2.5, out double y)) continue;
            Assert.Equal(2.5, y, 1e-12);
            outputs++;
        }
        Assert.Equal((400 - decimator.Delay + 3) / 4, outputs);
    }

    [Fact]
    public void Impossible_edges_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Butterworth.Lowpass(2, 180, Rate));
        Assert.Throws<ArgumentOutOfRangeException>(() => Butterworth.Highpass(2, 0, Rate));
        Assert.Throws<ArgumentOutOfRangeException>(() => Butterworth.Bandpass(2, 40, 5, Rate));
        Assert.Throws<ArgumentOutOfRangeException>(() => Butterworth.Bandpass(0, 5, 40, Rate));
        Assert.Throws<ArgumentOutOfRangeException>(() => Notch.Design(200, 30, Rate));
    }
}
