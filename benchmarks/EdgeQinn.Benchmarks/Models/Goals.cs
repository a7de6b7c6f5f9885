using System.Globalization;
using System.Text;
using EdgeQinn.Benchmarks.Kernels;
using EdgeQinn.OnnxRuntime;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>
/// The verb <c>goals</c>: every speed this project promises, measured in one run of a minute or two. Each figure is a ratio of things timed in turns, so that
/// what disturbs the machine disturbs both; figures of layers are from the least times, those of models from medians.
/// </summary>
static class Goals
{
    /// <param name="What">What is promised.</param>
    /// <param name="Goal">In words.</param>
    /// <param name="Measured">The figure that decides.</param>
    /// <param name="IsMet">Whether it does what was promised.</param>
    /// <param name="Details">What it is made of.</param>
    /// <param name="Verb">The verb that tells more.</param>
    sealed record Row(string What, string Goal, string Measured, bool IsMet, string Details, string Verb)
    {
        /// <summary>Of the layers that fall short: where their time goes.</summary>
        public IReadOnlyList<LayerLimits.Limit> Limits { get; init; } = [];
    }

    static readonly Isa[] _best = [Cpu.Allowed()[0]];

    /// <summary>Prints a Markdown table. Argument: a file to write it to as well.</summary>
    public static int Run(string[] args)
    {
        if (!OrtLibrary.IsAvailable) throw new OrtException(OrtLibrary.HowToGet);
        int core = Environment.ProcessorCount - 1;
        ProcessorAffinity.Pin(core);
        var machine = Machine.Describe();
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"""
            # Goals, {DateTime.UtcNow:yyyy-MM-dd}

            `dotnet run -c Release --project benchmarks/EdgeQinn.Benchmarks -- goals benchmarks/results/goals.md` writes this page. One thread pinned to core {core}, batch 1,
            float32 unless int8 is said; each figure is a ratio of things timed in turns in one process.

            {machine.Cpu}, {machine.Cores} cores, {machine.Caches}; {machine.DotNet}, kernels {machine.Kernels}; ONNX Runtime {machine.OnnxRuntime}; load average at start {machine.LoadAtStart}.

            | what | goal | measured | met | made of | more by |
            |---|---|--:|---|---|---|

            """));
        var limits = new StringBuilder();
        foreach (var measure in (Func<Row>[])[DenseModels, DirectKernels, MinimalFiltering, SparseEcg, SparseAutoencoder, Int8Ecg, .. SparseLinear(), .. SparseConvolution(), TensorTrain, LargeGemm, Entangled, Overhead])
        {
            var row = measure();
            Console.Error.WriteLine($"{row.What}: {row.Measured}");
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.What} | {row.Goal} | {row.Measured} | {(row.IsMet ? "yes" : "**no**")} | {row.Details} | `{row.Verb}` |");
            foreach (var limit in row.Limits) limits.AppendLine(limit.Row);
        }
        if (limits.Length > 0) text.Append(LimitsText).AppendLine(LayerLimits.Head).Append(limits);
        Console.Write(text);
        if (args.Length > 0) File.WriteAllText(args[0], text.ToString());
        return 0;
    }

    const string LimitsText = """

        ## What limits the layers that fall short

        The bound is what a layer's stored multiply-adds (in minimal filtering, its products) take at this machine's measured peak, or reading its weights, if that is longer.
        Where the rest of its time goes is measured on layers of the same kind with half or twice the inputs, the outputs and both: what grows with their product is the
        sums, with either what is done per input and per output, and what is left is done per run. Of a recurrence, on one register of units with one input.


        """;

    static Row DenseModels()
    {
        string[] models = ["ecg-beat-cnn", "bearing-wdcnn", "bearing-autoencoder", "ecg-beat-gru"];
        double[] ratios = [.. models.Select(m => CompressedModels.Measure(m, "*=dense", 12).OverOnnxRuntime)];
        double mean = Math.Exp(ratios.Average(Math.Log));
        return new("dense reference models ÷ ONNX Runtime at its best, geometric mean", "≤ 0.75, none above 1", Two(mean), mean <= 0.75 && ratios.Max() <= 1, Join(models.Zip(ratios, (m, r) => $"{m} {Two(r)}")), "models");
    }

    /// <summary>
    /// The best direct kernel of each convolution, and each linear layer and recurrence, that takes longer than a microsecond. A depthwise convolution is no
    /// dense layer: it has one multiply-add per load.
    /// </summary>
    static Row DirectKernels()
    {
        var shares = new List<(string Layer, double Share, Func<LayerLimits.Limit> Limit)>();
        foreach (var layer in BenchmarkLayer.All.Where(l => l is { Operator: "Conv", Formats: [], Group: 1 }))
        {
            var (times, peak) = ConvSpeed.Measure(layer, _best, ["time", "channel"], 40);
            var (algorithm, _, us) = times.MinBy(t => t.Microseconds);
            if (us > 1) shares.Add((layer.Title, layer.MultiplyAdds / us / 1000 / peak, () => LayerLimits.Of(layer, "dense", algorithm)));
        }
        foreach (var layer in LinearSpeed.Cases())
        {
            var (times, bound, _, _) = LinearSpeed.Measure(layer, _best, 60);
            if (times[0].Best > 1) shares.Add((layer.Name, bound / times[0].Best, () => layer.Layer is { Operator: "Linear" } linear ? LayerLimits.Of(linear, "dense") : LayerLimits.Recurrent(layer.Layer!, bound)));
        }
        var below = shares.Where(s => s.Share < 0.85).OrderBy(s => s.Share).ToList();
        int reached = shares.Count - below.Count;
        return new("dense direct kernels: share of the arithmetic or bandwidth bound, layers over 1 µs", "≥ 85 %", $"{reached} of {shares.Count}", reached == shares.Count,
            $"below: {Join(below.Select(s => $"{s.Layer} {s.Share:P0}"))}", "conv, linear") { Limits = [.. below.Select(s => s.Limit())] };
    }

    static Row MinimalFiltering()
    {
        var ratios = new List<(string Layer, double Ratio)>();
        var limits = new List<LayerLimits.Limit>();
        foreach (string name in (string[])["k3, 64 channels", "ecg-beat-cnn 3", "k7, 64 channels", "k9, 64 channels"])
        {
            var layer = BenchmarkLayer.All.Single(l => l.Name == name);
            var (times, _) = ConvSpeed.Measure(layer, _best, ["time", "channel", "winograd"], 40);
            double ratio = times.Single(t => t.Algorithm == "winograd").Microseconds / times.Where(t => t.Algorithm != "winograd").Min(t => t.Microseconds);
            ratios.Add(($"k {layer.Weight[2]}", ratio));
            if (ratio > 0.65) limits.Add(LayerLimits.Of(layer, "dense", "winograd"));
        }
        double worst = ratios.Max(r => r.Ratio);
        return new("minimal-filtering convolution (k = 3, 5, 7, 9) ÷ own direct", "≤ 0.65", Two(worst), worst <= 0.65, Join(ratios.Select(r => $"{r.Layer}: {Two(r.Ratio)}")), "conv") { Limits = limits };
    }

    static Row SparseEcg() => Compressed("`ecg-beat-cnn` with every layer at 90 % zeros", "ecg-beat-cnn", "*=bcsr:density=0.1", 0.17, overDense: false);

    static Row SparseAutoencoder() => Compressed("`bearing-autoencoder` at 90 % zeros in V×1 blocks", "bearing-autoencoder", "*=bcsr:density=0.1", 0.15, overDense: false);

    static Row Int8Ecg() => Compressed("`ecg-beat-cnn` in int8", "ecg-beat-cnn", "*=int8", 0.50, overDense: true);

    static Row Compressed(string what, string model, string format, double goal, bool overDense)
    {
        var outcome = CompressedModels.Measure(model, format, 20);
        double ratio = overDense ? outcome.OverDense : outcome.OverOnnxRuntime;
        return new($"{what} ÷ {(overDense ? "own float32 dense" : "ONNX Runtime dense at its best")}", $"≤ {Two(goal)}", Two(ratio), ratio <= goal,
            string.Create(CultureInfo.InvariantCulture, $"{outcome.Compressed:F1} µs, dense {outcome.Dense:F1}, ONNX Runtime {outcome.OnnxRuntime:F1}"), "compressed");
    }

    static IEnumerable<Func<Row>> SparseLinear()
    {
        foreach (var (density, goal) in ((double, double)[])[(0.2, 4), (0.1, 8), (0.05, 14)])
            yield return () => SpeedUps($"V×1 linear layer at {1 - density:P0} zeros, N = 256…2048: speed-up over own dense", goal, "bcsr:v=16", density, l => l.Operator == "Linear" && l.Weight[0] >= 256, beside: false);
    }

    /// <summary>Beside the direct dense kernel, as promised, and (in brackets) what is chosen, which can be minimal filtering.</summary>
    static IEnumerable<Func<Row>> SparseConvolution()
    {
        foreach (var (density, goal) in ((double, double)[])[(0.3, 2.2), (0.2, 3.5), (0.1, 7)])
            yield return () => SpeedUps($"sparse convolution at {1 - density:P0} zeros, at least 32 time steps: speed-up over own direct dense", goal, "bcsr:v=4", density, l => l.Operator == "Conv" && l.Weight[1] > 1, beside: true);
    }

    static Row SpeedUps(string what, double goal, string blocks, double density, Func<BenchmarkLayer, bool> wanted, bool beside)
    {
        string format = string.Create(CultureInfo.InvariantCulture, $"{blocks},density={density}");
        var outcomes = BenchmarkLayer.All.Where(l => wanted(l) && l.Formats.Contains(format)).Select(l => (Layer: l, l.Title, Outcome: FormatSpeed.Measure(l, format))).ToList();
        double worst = outcomes.Min(o => o.Outcome.SpeedUp);
        return new(what, string.Create(CultureInfo.InvariantCulture, $"≥ {goal}"), Two(worst), worst >= goal,
            Join(outcomes.Select(o => $"{o.Title}: {Two(o.Outcome.SpeedUp)}{(beside ? $" ({Two(o.Outcome.SpeedUpOverBest)} over what is chosen)" : "")}")), "formats")
        {
            Limits = [.. outcomes.Where(o => o.Outcome.SpeedUp < goal).Select(o => LayerLimits.Of(o.Layer, format))],
        };
    }

    static Row TensorTrain()
    {
        var outcomes = Outcomes(["mps:bond=2", "mps:bond=4", "mps:bond=8"], l => l.Weight[0] >= 256);
        double worst = outcomes.Min(o => o.Outcome.RateOverDense);
        return new("MPS-2 linear layer, N ≥ 256: rate of multiply-adds ÷ own dense", "≥ 0.9", Two(worst), worst >= 0.9, Join(outcomes.Select(o => $"{o.Name} {Two(o.Outcome.RateOverDense)}")), "formats");
    }

    static Row Entangled()
    {
        var outcomes = Outcomes(["entangled:groups=16,rank=32", "entangled:kind=rotation,groups=16,rank=32", "entangled:kind=coupled,groups=16,rank=32"], _ => true);
        double worst = outcomes.Min(o => o.Outcome.RateOverDense);
        return new("entangled block, r = 32: rate of multiply-adds ÷ own dense", "≥ 0.9", Two(worst), worst >= 0.9, Join(outcomes.Select(o => $"{o.Name} {Two(o.Outcome.RateOverDense)}")), "formats");
    }

    static List<(string Name, FormatSpeed.Outcome Outcome)> Outcomes(string[] formats, Func<BenchmarkLayer, bool> wanted) =>
        [.. from layer in BenchmarkLayer.All where wanted(layer) from format in layer.Formats where formats.Contains(format) select ($"{layer.Title} {format}", FormatSpeed.Measure(layer, format))];

    static Row LargeGemm()
    {
        var rows = SingleGemm.Measure(4096, 8);
        return new("4096 × 4096, χ = 8 (two cores) ÷ ONNX Runtime dense", "≤ 0.10", rows[0].Ratio.ToString("F3", CultureInfo.InvariantCulture), rows[0].Ratio <= 0.10,
            Join(rows.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Engine} {r.P50:F0} µs"))), "gemm");
    }

    static Row Overhead()
    {
        var (run, bare) = StepOverhead.Measure();
        double overhead = StepOverhead.Overhead(run, bare);
        return new("overhead per plan step beyond the kernel", $"≤ {StepOverhead.Goal} ns", string.Create(CultureInfo.InvariantCulture, $"{overhead:F1} ns"), overhead <= StepOverhead.Goal, "slope over the number of steps, of sessions and of bare calls", "overhead");
    }

    static string Two(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    static string Join(IEnumerable<string> parts) => parts.DefaultIfEmpty("none").Aggregate((a, b) => $"{a}; {b}");
}
