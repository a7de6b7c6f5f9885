using System.Diagnostics;
using EdgeQinn.Benchmarks.Models;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests;

/// <summary>The statistics the reports rest on.</summary>
public class LatencyTests
{
    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(0.991, 100)]
    [InlineData(0, 1)]
    [InlineData(1, 100)]
    public void A_quantile_is_the_least_value_with_that_share_at_or_below_it(double q, double expected)
    {
        double[] oneToHundred = [.. Enumerable.Range(1, 100).Select(i => (double)i)];

        Assert.Equal(expected, Latency.Quantile(oneToHundred, q));
    }

    [Fact]
    public void Times_are_summarised_in_microseconds_whatever_their_order()
    {
        long microsecond = Stopwatch.Frequency / 1_000_000;

        var latency = Latency.Of([9 * microsecond, 1 * microsecond, 5 * microsecond]);

        Assert.Equal(new Latency(3, 5, 9, 9, 1), latency);
    }

    [Fact]
    public void A_disturbed_round_moves_both_sides_of_its_ratio_and_not_the_median()
    {
        long[][] numerator = [[10, 10, 10], [10, 11, 10], [1000, 1000, 1000]];
        long[][] denominator = [[20, 20, 20], [20, 20, 21], [2000, 2000, 2000]];

        var ratio = Ratio.Of(numerator, denominator);

        Assert.Equal(0.5, ratio.Median);
        Assert.Equal(0.5, ratio.Low);
        Assert.Equal(0.5, ratio.High);
    }
}
