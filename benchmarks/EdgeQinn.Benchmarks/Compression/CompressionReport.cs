using System.Globalization;
using System.Text;
using EdgeQinn.Converter.Selection;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>The finished parts as a page.</summary>
static class CompressionReport
{
    /// <summary>Markdown.</summary>
    public static string ToMarkdown(OutcomeFile file)
    {
        var text = new StringBuilder();
        var machine = file.Machine;
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Compressed reference models, {file.Date}

                dotnet run -c Release --project benchmarks/EdgeQinn.Benchmarks -- compression

            writes this page and `compression.json`, part by part: an interrupted run goes on where it was, `--again` does parts once more. {machine.Cpu}, {machine.Cores} cores;
            {machine.DotNet}, kernels {machine.Kernels}; load average {machine.LoadAtStart} at the start of the last part: take latencies as ratios, they are of networks timed in turns.

            Calibrated, chosen and healed by `compress --heal` on the 22 records of DS1 or on load 0 (of `Normal_0` the first 70 %), tested on the eleven records of DS2 or on load 3 and the last
            30 % of `Normal_0`, which nothing that trains or chooses has read: the program refuses recordings and windows that are in both. A seed decides which part of the training windows is used
            (column "windows"), how they are parted into windows to fit and to judge, the order in training, and the rival's first weights. Spreads are mean ±
            standard deviation (least–greatest) over the seeds. The formats are chosen with seed 1; the other seeds fit and heal the same formats anew, without looking at the budget. File bytes are those of the whole `.eqn`, contract included. The budget is one point of macro-F1 held out (`bearing-wdcnn`, for the
            smallest file, `--objective size`: of windows under noise; `bearing-autoencoder`: half a point of the area under the curve), the kernel table [kernel-table.json](kernel-table.json).
            """);
        var tasks = ReferenceTask.All.Select(t => new TaskOutcomes(t, file)).Where(t => t.Compressed.Count > 0).ToList();
        text.AppendLine(CultureInfo.InvariantCulture, $"\nSeeds finished (compressed and rival): {string.Join(", ", tasks.Select(t => $"`{t.Task.Model}` {t.Compressed.Count} and {t.Rival.Count}"))}.");
        Goals(text, tasks);
        Rivals(text, [.. tasks.Where(t => t.Pairs.Count > 0)]);
        Formats(text, tasks);
        Techniques(text, file);
        return text.ToString();
    }

    /// <summary>One model's parts.</summary>
    sealed class TaskOutcomes(ReferenceTask task, OutcomeFile file)
    {
        public ReferenceTask Task => task;

        public Outcome? Dense { get; } = file.Outcomes.FirstOrDefault(o => o.Model == task.Model && o.Part == "dense");

        public IReadOnlyList<Outcome> Compressed { get; } = Of(file, task, CompressionRun.Results);

        public IReadOnlyList<Outcome> Rival { get; } = Of(file, task, CompressionRun.RivalPart);

        public IReadOnlyList<Outcome> Latency { get; } = Of(file, task, CompressionRun.LatencyPart);

        /// <summary>A compressed network and its rival, by seed.</summary>
        public IReadOnlyList<(Outcome Compressed, Outcome Rival)> Pairs => [.. from c in Compressed from r in Rival where c.Seed == r.Seed select (c, r)];

        public string Score => NetworkFigures.Key(task.Goal.Score);

        static IReadOnlyList<Outcome> Of(OutcomeFile file, ReferenceTask task, string part) => [.. file.Outcomes.Where(o => o.Model == task.Model && o.Part == part).OrderBy(o => o.Seed)];
    }

    static void Goals(StringBuilder text, List<TaskOutcomes> tasks)
    {
        text.AppendLine("""

            ## Beside the goals

            | model | figure | goal | dense | compressed | seeds that reach it |
            |---|---|--:|--:|--:|--:|
            """);
        foreach (var t in tasks)
        {
            if (t.Dense is not { } dense) continue;
            var goal = t.Task.Goal;
            Row("file bytes", $"−{goal.Bytes:P0}", NetworkFigures.FileBytes, "N0", gone: true, goal.Bytes);
            Row("parameters", double.IsNaN(goal.Parameters) ? "" : $"−{goal.Parameters:P0}", NetworkFigures.Parameters, "N0", gone: true, goal.Parameters);
            Row("multiply-adds", "", NetworkFigures.MultiplyAdds, "N0", gone: true, double.NaN);
            foreach (var score in Enum.GetValues<TaskScore>())
                if (dense.Figures.ContainsKey(NetworkFigures.Key(score)))
                    Row(Name(score, t.Task), score == goal.Score ? string.Create(CultureInfo.InvariantCulture, $"−{goal.Loss} at most") : "", NetworkFigures.Key(score), "F4", gone: false, score == goal.Score ? goal.Loss : double.NaN);
            if (t.Latency.Count > 0)
            {
                var ratios = t.Latency.Select(o => o.Figures["compressedOverDense"]).ToList();
                text.AppendLine(CultureInfo.InvariantCulture, $"| | p50 µs | {(double.IsNaN(goal.Latency) ? "" : $"÷ {1 / goal.Latency:0}")} | {Spread.Of(t.Latency.Select(o => o.Figures["dense"])).Mean:F1} | {Spread.Of(t.Latency.Select(o => o.Figures["compressed"])).ToText("F1")}; ratio {Spread.Of(ratios).ToText("F2")} | {(double.IsNaN(goal.Latency) ? "" : Reached(ratios.Count(r => r <= goal.Latency), ratios.Count))} |");
            }

            void Row(string figure, string wanted, string key, string format, bool gone, double limit)
            {
                double before = dense.Figures[key];
                var values = t.Compressed.Select(o => o.Figures[key]).ToList();
                var spread = Spread.Of(values);
                string change = gone ? $"; −{1 - spread.Mean / before:P1}" : $"; {100 * (spread.Mean - before):+0.00;−0.00} points";
                int reached = values.Count(v => gone ? 1 - v / before >= limit : before - v <= limit);
                string model = key == NetworkFigures.FileBytes ? $"`{t.Task.Model}`" : "";
                text.AppendLine(CultureInfo.InvariantCulture, $"| {model} | {figure} | {wanted} | {before.ToString(format, CultureInfo.InvariantCulture)} | {spread.ToText(format)}{change} | {(double.IsNaN(limit) ? "" : Reached(reached, values.Count))} |");
            }
        }
    }

    static void Rivals(StringBuilder text, List<TaskOutcomes> tasks)
    {
        if (tasks.Count == 0) return;
        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## Against a small dense network of the same bytes

            The rival is the same architecture with fewer channels, so narrow that its int8 file has the compressed file's bytes. It learns from nothing on the same windows by the same loss (the dense
            network's outputs, and labels where there are any), and sees {Rival.Visits:N0} windows where healing sees 100,000, at a step size of {Rival.LearningRate} instead of {new Converter.Healing.Training.HealingOptions().LearningRate}, is quantised with calibration, and trained in int8 for {Rival.Int8Epochs} more. The epoch that is best on the
            windows held out is kept. Differences are taken seed by seed. Compression starts from more than the rival is given: `bearing-wdcnn` was trained on loads 0 to 2, and only load 0 is here.

            | model | windows | epochs healed / rival | score | compressed | rival | compressed − rival, points | seeds that compression wins | file bytes compressed / rival | multiply-adds ÷ dense compressed / rival | p50 ÷ dense compressed / rival |
            |---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|
            """);
        foreach (var t in tasks)
        {
            Spread Compressed(string key) => Spread.Of(t.Pairs.Select(p => p.Compressed.Figures[key]));
            Spread Rivals(string key) => Spread.Of(t.Pairs.Select(p => p.Rival.Figures[key]));
            double products = t.Dense?.Figures[NetworkFigures.MultiplyAdds] ?? double.NaN;
            bool first = true;
            foreach (var score in Enum.GetValues<TaskScore>().OrderBy(s => s != t.Task.Goal.Score))
            {
                string key = NetworkFigures.Key(score);
                if (!t.Pairs[0].Compressed.Figures.ContainsKey(key)) continue;
                var differences = t.Pairs.Select(p => 100 * (p.Compressed.Figures[key] - p.Rival.Figures[key])).ToList();
                string costs = !first ? "| | | |" : string.Create(CultureInfo.InvariantCulture, $"| {Compressed(NetworkFigures.FileBytes).Mean:N0} / {Rivals(NetworkFigures.FileBytes).Mean:N0} | {Compressed(NetworkFigures.MultiplyAdds).Mean / products:F2} / {Rivals(NetworkFigures.MultiplyAdds).Mean / products:F2} | {Ratio("compressedOverDense")} / {Ratio("rivalOverDense")} |");
                text.AppendLine(CultureInfo.InvariantCulture, $"| {(first ? $"`{t.Task.Model}`" : "")} | {(first ? $"{Compressed("trainingWindows").Mean:N0}" : "")} | {(first ? $"{Compressed("epochs").Mean:F0} / {Rivals("epochs").Mean:F0} + {Rival.Int8Epochs}" : "")} | {Name(score, t.Task)} | {Compressed(key).ToText("F4")} | {Rivals(key).ToText("F4")} | {Spread.Of(differences).ToText("F2", signed: true)} | {Wins(differences)} {costs}");
                first = false;
            }

            string Ratio(string key) => t.Latency.Count == 0 ? "–" : Spread.Of(t.Latency.Select(o => o.Figures[key])).Mean.ToString("F2", CultureInfo.InvariantCulture);
        }
    }

    static void Formats(StringBuilder text, List<TaskOutcomes> tasks)
    {
        text.AppendLine("""

            ## What the layers became

            | model | layer | compressed | rival's shape, seed 1 |
            |---|---|---|---|
            """);
        foreach (var t in tasks)
            foreach (var (layer, format) in t.Compressed[0].Layers)
                text.AppendLine(CultureInfo.InvariantCulture, $"| `{t.Task.Model}` | {layer} | {format} | {(t.Rival.Count > 0 ? t.Rival[0].Layers.GetValueOrDefault(layer) : "")} |");
        text.AppendLine("""

            | model | seed | windows | file bytes | score | score of the rival | seconds | seconds of the rival |
            |---|--:|--:|--:|--:|--:|--:|--:|
            """);
        foreach (var t in tasks)
            foreach (var o in t.Compressed)
            {
                var rival = t.Rival.FirstOrDefault(r => r.Seed == o.Seed);
                text.AppendLine(CultureInfo.InvariantCulture, $"| `{t.Task.Model}` | {o.Seed} | {o.Figures["trainingWindows"]:N0} | {o.Figures[NetworkFigures.FileBytes]:N0} | {o.Figures[t.Score]:F4} | {rival?.Figures[t.Score]:F4} | {o.Seconds:F0} | {rival?.Seconds:F0} |");
            }
    }

    static void Techniques(StringBuilder text, OutcomeFile file)
    {
        var outcomes = Technique.All.Select(t => (Technique: t, Outcome: file.Outcomes.FirstOrDefault(o => o.Part == CompressionRun.Techniques && o.Name == t.Name))).Where(p => p.Outcome is not null).ToList();
        if (outcomes.Count == 0) return;
        string model = outcomes[0].Outcome!.Model;
        var dense = file.Outcomes.FirstOrDefault(o => o.Model == model && o.Part == "dense");
        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## Which idea earns its place: `{model}`

            Each idea alone at a few strengths, on every layer of at least 2,000 weights that it fits (three convolutions and `fc1`, 99.6 % of the weights); the other layers stay dense float32. MPS,
            entangled blocks, Hadamard-sparse and the sums are formats of matrices, so `fc1` alone becomes one (84 % of the weights, 9 % of the multiply-adds); Tucker-2 and CP are formats of
            convolutions. Fitted with calibration, seed 1; then the same short healing for each: {outcomes[0].Outcome!.Settings} after one of matching layers. The test holds 150 S beats among
            23,129, so macro-F1 (N S V) moves by points with a few of them, and rises where a network calls fewer normal beats S; the divergence from the dense network on windows held out of DS1 is the
            steadier measure of what was lost (the healing's loss: nats, with labels' share). Latency is the ratio to the dense network, timed in turns.

            | idea | file bytes | ÷ dense | parameters | multiply-adds ÷ dense | p50 ÷ dense | macro-F1 before healing | after | accuracy before | after | loss held out before | after |
            |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
            """);
        if (dense is null) return;
        double bytes = dense.Figures[NetworkFigures.FileBytes], products = dense.Figures[NetworkFigures.MultiplyAdds];
        text.AppendLine(CultureInfo.InvariantCulture, $"| dense float32 | {bytes:N0} | 1 | {dense.Figures[NetworkFigures.Parameters]:N0} | 1 | 1 | {dense.Figures["macroF1"]:F4} | | {dense.Figures["accuracy"]:F4} | | | |");
        foreach (var (technique, outcome) in outcomes)
        {
            var f = outcome!.Figures;
            text.AppendLine(CultureInfo.InvariantCulture, $"| {technique.Name} | {f[NetworkFigures.FileBytes]:N0} | {f[NetworkFigures.FileBytes] / bytes:F3} | {f[NetworkFigures.Parameters]:N0} | {f[NetworkFigures.MultiplyAdds] / products:F2} | {f["overDense"]:F2} | {f["macroF1"]:F4} | {f["healed.macroF1"]:F4} | {f["accuracy"]:F4} | {f["healed.accuracy"]:F4} | {Loss("lossBefore")} | {Loss("lossAfter")} |");

            string Loss(string key) => f.TryGetValue(key, out double loss) ? loss.ToString("F3", CultureInfo.InvariantCulture) : "–";
        }
    }

    static string Name(TaskScore score, ReferenceTask task) => score switch
    {
        TaskScore.Accuracy => task.Metric == TaskMetric.AreaUnderCurve ? "accuracy at the threshold" : "accuracy",
        TaskScore.MacroF1 => task.Labels.Count > 0 ? $"macro-F1 ({string.Join(' ', task.Labels)})" : "macro-F1",
        _ => "area under the curve",
    };

    static string Wins(List<double> differences)
    {
        int even = differences.Count(d => d == 0);
        return even == differences.Count ? "even" : Reached(differences.Count(d => d > 0), differences.Count) + (even > 0 ? $", {even} even" : "");
    }

    static string Reached(int count, int of) => count == of ? $"all {of}" : $"{count} of {of}";
}
