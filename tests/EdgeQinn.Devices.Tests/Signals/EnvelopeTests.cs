using EdgeQinn.Devices.Signals.Filters;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

public sealed class EnvelopeTests
{
    const double Rate = 12_000;

    [Theory]
    [InlineData(500, 20)]
    [InlineData(3000, 100)]
    [InlineData(5500, 100)]
    public void The_envelope_of_a_modulated_carrier_is_its_modulation(double carrier, double modulation)
    {
        var envelope = new HilbertEnvelope(300, Rate);
        double worst = 0;
        for (int n = 0, k = 0; n < 12_000; n++)
        {
            double a = Amplitude(n), x = a * Math.Cos(2 * Math.PI * carrier * n / Rate + 0.4);
            if (!envelope.Process(x, out double y)) continue;
            if (k > 2 * envelope.Delay) worst = Math.Max(worst, Math.Abs(y - Amplitude(k)));
            k++;
        }
        Assert.InRange(worst, 0, 3e-3);

        double Amplitude(int n) => 1 + 0.6 * Math.Cos(2 * Math.PI * modulation * n / Rate);
    }

    [Fact]
    public void The_first_value_belongs_to_sample_0_and_reset_starts_over()
    {
        var envelope = new HilbertEnvelope(500, Rate);
        var random = new Random(1);
        double[] x = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble() - 0.5)];
        List<double> first = Run(), second;
        envelope.Reset();
        second = Run();
        Assert.Equal(first, second);
        Assert.Equal(x.Length - envelope.Delay, first.Count);
        for (int k = 0; k < first.Count; k++) Assert.True(first[k] >= Math.Abs(x[k])); // |analytic signal| ≥ |signal|

        List<double> Run()
        {
            var values = new List<double>();
            foreach (double sample in x)
                if (envelope.Process(sample, out double y)) values.Add(y);
            return values;
        }
    }

    [Fact]
    public void A_DC_blocker_follows_its_closed_form()
    {
        const double Edge = 0.5, SampleRate = 360;
        var blocker = new DcBlocker(Edge, SampleRate);
        for (int n = 0; n < 100; n++) Assert.Equal(0, blocker.Process(1000)); // no step at the start
        // A step of 1 decays as g·aⁿ.
        double w = Math.Tan(Math.PI * Edge / SampleRate), a = (1 - w) / (1 + w);
        for (int n = 0; n < 500; n++) Assert.Equal((1 + a) / 2 * Math.Pow(a, n), blocker.Process(1001), 1e-12);
        // It is the high-pass of order 1 of the filter designer.
        var reference = new BiquadCascade(Butterworth.Highpass(1, Edge, SampleRate));
        blocker.Reset();
        Assert.Equal(0, blocker.Process(0));
        reference.Process(0);
        var random = new Random(2);
        for (int n = 0; n < 1000; n++)
        {
            double x = random.NextDouble();
            Assert.Equal(reference.Process(x), blocker.Process(x), 1e-12);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new DcBlocker(180, 360));
    }
}
