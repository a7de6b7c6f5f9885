using System.Diagnostics;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>Quantiles of single-inference times.</summary>
/// <param name="Samples">How many inferences were timed.</param>
/// <param name="P50">Median, µs.</param>
/// <param name="P99">99th percentile, µs.</param>
/// <param name="P999">99.9th percentile, µs.</param>
/// <param name="Min">Least, µs.</param>
sealed record Latency(int Samples, double P50, double P99, double P999, double Min)
{
    /// <summary>Summarises times in <see cref="Stopwatch"/> ticks.</summary>
    public static Latency Of(IEnumerable<long> ticks)
    {
        double[] sorted = [.. ticks.Select(Microseconds).Order()];
        return new(sorted.Length, Quantile(sorted, 0.5), Quantile(sorted, 0.99), Quantile(sorted, 0.999), sorted[0]);
    }

    /// <summary>The value at <paramref name="q"/> of sorted values: the least value with at least that share at or below it; exact, never interpolated.</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double q) => sorted[Math.Max(0, (int)Math.Ceiling(q * sorted.Length) - 1)];

    public static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    public static double Milliseconds(long ticks) => ticks * 1e3 / Stopwatch.Frequency;
}
