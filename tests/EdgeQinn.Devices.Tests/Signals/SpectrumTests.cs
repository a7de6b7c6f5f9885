using System.Numerics;
using EdgeQinn.Devices.Signals;
using EdgeQinn.Devices.Signals.Spectra;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

public sealed class SpectrumTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(64)]
    [InlineData(1024)]
    public void The_transform_equals_its_definition(int length)
    {
        var random = new Random(length);
        double[] x = [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)];
        double[] re = new double[length / 2 + 1], im = new double[length / 2 + 1];
        new RealFft(length).Transform(x, re, im);
        for (int k = 0; k <= length / 2; k++)
        {
            Complex expected = 0;
            for (int n = 0; n < length; n++) expected += x[n] * Complex.FromPolarCoordinates(1, -2 * Math.PI * (long)k * n / length);
            Assert.Equal(expected.Real, re[k], 1e-11);
            Assert.Equal(expected.Imaginary, im[k], 1e-11);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(100)]
    public void Only_powers_of_two_are_transformed(int length) => Assert.Throws<ArgumentOutOfRangeException>(() => new RealFft(length));

    [Fact]
    public void A_log_spectrum_shows_a_tone_at_its_bin_and_silence_at_the_floor()
    {
        var spectrum = new LogSpectrum(256, 1, 100, 1e-3);
        float[] values = new float[100];
        spectrum.Compute([.. Enumerable.Range(0, 256).Select(n => (float)Math.Sin(2 * Math.PI * 20 * n / 256))], values);
        Assert.Equal(20, 1 + Array.IndexOf(values, values.Max()));
        Assert.Equal(Math.Log10(63.75), values[19], 0.01); // N/4 for a Hann window
        spectrum.Compute(new float[256], values);
        Assert.All(values, v => Assert.Equal(-3, v, 1e-6));
    }

    [Fact]
    public void Z_scores_have_mean_0_and_deviation_1()
    {
        float[] z = new float[4];
        Normalization.ZScore([1, 2, 3, 4], z, 0);
        Assert.Equal(-1.3416408f, z[0], 6);
        Assert.Equal(0, z.Sum(), 1e-6);
        Normalization.ZScore([5, 5, 5, 5], z, 1e-6);
        Assert.All(z, v => Assert.Equal(0, v));
    }

    [Fact]
    public void The_median_is_over_the_last_values_only()
    {
        var median = new MedianOfLast(3);
        Assert.Equal(0, median.Value);
        median.Add(5);
        Assert.Equal(5, median.Value);
        median.Add(1);
        Assert.Equal(3, median.Value);
        median.Add(9);
        median.Add(9);
        Assert.Equal((9.0, 3), (median.Value, median.Count));
    }
}
