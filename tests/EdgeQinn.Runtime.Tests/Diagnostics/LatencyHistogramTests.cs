using EdgeQinn.Runtime.Diagnostics;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Diagnostics;

[Collection(AllocationCollection.Name)]
public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_within_a_128th_above_the_exact_ones()
    {
        var random = new Random(1);
        long[] values = [.. Enumerable.Range(0, 10_000).Select(_ => (long)Math.Exp(random.NextDouble() * 30))];
        var histogram = new LatencyHistogram();
        foreach (long v in values) histogram.Record(v);
        Array.Sort(values);
        foreach (double p in (double[])[0, 1, 50, 90, 99, 99.9, 100])
        {
            long exact = values[Math.Max(0, (int)Math.Ceiling(p / 100 * values.Length) - 1)];
            Assert.InRange(histogram.Percentile(p), exact, exact + exact / 128 + 1);
        }
        Assert.Equal((values[0], values[^1], values.Length), (histogram.Min, histogram.Max, histogram.Count));
        Assert.Equal(values.Average(), histogram.Mean, values.Average() * 1e-9);
    }

    [Fact]
    public void Small_values_are_exact()
    {
        for (int v = 0; v < 256; v++)
        {
            var histogram = new LatencyHistogram();
            histogram.Record(v);
            histogram.Record(1000);
            Assert.InRange(histogram.Percentile(50), v, v < 128 ? v : v + 1);
        }
    }

    [Fact]
    public void Extremes_are_kept()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal((0, 0), (histogram.Percentile(99), histogram.Max));
        histogram.Record(long.MaxValue);
        histogram.Record(-5);
        Assert.Equal((0, (1L << 62) - 1), (histogram.Min, histogram.Percentile(100)));
        histogram.Clear();
        Assert.Equal((0, 0), (histogram.Count, histogram.Max));
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) histogram.Record(i * 1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
