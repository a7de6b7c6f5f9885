using System.Text.Json;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Cli.Verbs;

/// <summary>What bench and profile share.</summary>
static class Timing
{
    /// <summary>Runs until caches, branch predictors and the JIT have settled, and finds how many runs take about a second.</summary>
    public static int WarmUp(Session session)
    {
        const int Rounds = 3;
        const double RoundSeconds = 0.1;
        int runs = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            for (runs = 0; System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds < RoundSeconds; runs++) session.Run();
        }
        return (int)Math.Clamp(runs / RoundSeconds, 100, 1_000_000);
    }

    /// <summary>One line of percentiles.</summary>
    public static string Line(LatencyHistogram h) =>
        $"p50 {Units.Time(h.Percentile(50))}  p99 {Units.Time(h.Percentile(99))}  p99.9 {Units.Time(h.Percentile(99.9))}  min {Units.Time(h.Min)}  max {Units.Time(h.Max)}";

    /// <summary>The same as JSON members, in µs.</summary>
    public static void Write(Utf8JsonWriter json, string name, LatencyHistogram h)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", h.Count);
        json.WriteRounded("p50", h.Percentile(50) / 1e3);
        json.WriteRounded("p99", h.Percentile(99) / 1e3);
        json.WriteRounded("p999", h.Percentile(99.9) / 1e3);
        json.WriteRounded("min", h.Min / 1e3);
        json.WriteRounded("max", h.Max / 1e3);
        json.WriteRounded("mean", h.Mean / 1e3);
        json.WriteEndObject();
    }
}
