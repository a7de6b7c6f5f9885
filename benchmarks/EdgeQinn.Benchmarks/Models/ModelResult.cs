namespace EdgeQinn.Benchmarks.Models;

/// <summary>One model's figures.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Engines">Each engine's figures; the first is EdgeQinn.</param>
sealed record ModelResult(string Model, IReadOnlyList<EngineResult> Engines);

/// <summary>What one engine did with one model.</summary>
/// <param name="Engine">Its name.</param>
/// <param name="MaxDifference">Largest absolute difference of an output from ONNX Runtime's on the model as exported.</param>
/// <param name="LoadMilliseconds">Median time from the file in the page cache to a session ready to run, in this process.</param>
/// <param name="Warm">Latency, data in the caches as the previous inference left it.</param>
/// <param name="Cold">Latency after all caches were filled with other data.</param>
/// <param name="WarmRatio">EdgeQinn's median latency ÷ this one's.</param>
/// <param name="AllocatedBytes">Managed bytes allocated per inference; what native code allocates is not counted.</param>
/// <param name="ColdStart">A fresh process; null where not measured.</param>
sealed record EngineResult(
    string Engine, double MaxDifference, double LoadMilliseconds, Latency Warm, Latency Cold, Ratio WarmRatio, double AllocatedBytes, ColdStart? ColdStart);

/// <summary>A ratio of medians from interleaved blocks.</summary>
/// <param name="Median">The median over rounds of the ratio of that round's block medians.</param>
/// <param name="Low">The 5th percentile over rounds.</param>
/// <param name="High">The 95th percentile over rounds.</param>
sealed record Ratio(double Median, double Low, double High)
{
    /// <summary>Compares two engines round by round, so that what disturbs a round disturbs both sides of its ratio.</summary>
    public static Ratio Of(long[][] numerator, long[][] denominator)
    {
        double[] ratios = [.. numerator.Zip(denominator, (a, b) => Latency.Of(a).P50 / Latency.Of(b).P50).Order()];
        return new(Latency.Quantile(ratios, 0.5), Latency.Quantile(ratios, 0.05), Latency.Quantile(ratios, 0.95));
    }
}
