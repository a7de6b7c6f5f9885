using EdgeQinn.Converter.Calibration;
using Xunit;

namespace EdgeQinn.Converter.Tests.Calibration;

/// <summary>Noise on windows.</summary>
public class WindowNoiseTests
{
    static readonly CalibrationSet Set = new(["x", "y"], [[.. Enumerable.Range(0, 64 * 1000).Select(i => 3 + MathF.Sin(0.1f * i))], new float[64]], 64, [.. Enumerable.Range(0, 64)], new int[64], []);

    [Theory]
    [InlineData(0.25), InlineData(1.0), InlineData(4.0)]
    public void Mean_and_spread_stay_and_the_signal_fades(double level)
    {
        var noisy = WindowNoise.Added(Set, [5], 40, level, 1);
        var clean = Set.Window(0, 5).ToArray();
        double mean = clean.Average(v => (double)v), variance = clean.Average(v => Math.Pow(v - mean, 2));
        double[] x = [.. Enumerable.Range(0, 40).SelectMany(d => noisy.Window(0, d).ToArray().Select(v => (double)v))];
        Assert.Equal(mean, x.Average(), 0.03);
        Assert.Equal(variance, x.Average(v => Math.Pow(v - mean, 2)), 0.02 * variance);
        double shared = x.Select((v, i) => (v - mean) * (clean[i % 1000] - mean)).Average();
        Assert.Equal(1 / Math.Sqrt(1 + level * level), shared / variance, 0.03);
        Assert.Equal(0, noisy.Window(1, 0)[0]); // a constant has no spread to measure noise by
    }

    [Fact]
    public void The_same_seed_gives_the_same_noise_and_labels_stay()
    {
        int[] windows = [.. Enumerable.Range(3, 40)];
        CalibrationSet a = WindowNoise.Added(Set, windows, 2, 0.5, 7), b = WindowNoise.Added(Set, windows, 2, 0.5, 7), c = WindowNoise.Added(Set, windows, 2, 0.5, 8);
        Assert.Equal(a.Hash(), b.Hash());
        Assert.NotEqual(a.Hash(), c.Hash());
        Assert.Equal(windows.SelectMany(w => new[] { w, w }), a.Labels);
        Assert.False(a.Window(0, 0).SequenceEqual(a.Window(0, 1)));
    }
}
