using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>A run's figures with the machine they belong to, as JSON and as Markdown.</summary>
sealed record Report(Machine Machine, string Date, int Core, IReadOnlyList<ModelResult> Models)
{
    static readonly JsonSerializerOptions _json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public string ToJson() => JsonSerializer.Serialize(this, _json) + "\n";

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Whole models, {Date}

            One thread pinned to core {Core}, batch 1, float32, engines in alternating blocks in one process. Times in µs unless said otherwise.
            Ratio: EdgeQinn's median ÷ that engine's, median over rounds (5th–95th percentile over rounds).

            {Machine.Cpu}, {Machine.Cores} cores, {Machine.Caches}, {Machine.MemoryGiB} GiB; {Machine.System}; {Machine.DotNet}, kernels {Machine.Kernels};
            ONNX Runtime {Machine.OnnxRuntime}; load average at start {Machine.LoadAtStart}.

            | model | engine | p50 | p99 | p99.9 | ratio | caches flushed p50 | load, ms | cold start, ms | peak memory, MB | bytes allocated | largest difference |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            """);
        foreach (var model in Models)
            foreach (var engine in model.Engines)
                text.AppendLine(Row(model.Model, engine));
        if (Models.Count > 0)
        {
            text.AppendLine();
            for (int i = 1; i < Models[0].Engines.Count; i++)
                text.AppendLine(CultureInfo.InvariantCulture, $"Geometric mean of the ratios to {Models[0].Engines[i].Engine}: {GeometricMean(i):F2}.");
        }
        text.AppendLine();
        text.AppendLine("Bytes allocated are managed ones; native allocations inside ONNX Runtime are not counted.");
        return text.ToString();
    }

    double GeometricMean(int engine) => Math.Exp(Models.Average(m => Math.Log(m.Engines[engine].WarmRatio.Median)));

    static string Row(string model, EngineResult e) => string.Create(CultureInfo.InvariantCulture,
        $"| `{model}` | {e.Engine} | {e.Warm.P50:F1} | {e.Warm.P99:F1} | {e.Warm.P999:F1} | {e.WarmRatio.Median:F2} ({e.WarmRatio.Low:F2}–{e.WarmRatio.High:F2}) | {e.Cold.P50:F1} | {e.LoadMilliseconds:F2} | {e.ColdStart?.FirstResult.ToString("F1", CultureInfo.InvariantCulture) ?? "–"} | {e.ColdStart?.PeakMemory.ToString("F1", CultureInfo.InvariantCulture) ?? "–"} | {e.AllocatedBytes:F0} | {e.MaxDifference:E0} |");
}
