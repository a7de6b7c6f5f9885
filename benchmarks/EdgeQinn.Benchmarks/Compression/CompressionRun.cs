using System.Diagnostics;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Converter;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>What a run is asked for.</summary>
/// <param name="Data">The folder of recordings.</param>
/// <param name="Files">Where the networks made are kept; latency is measured from there.</param>
/// <param name="Epochs">Epochs of healing; null for the task's.</param>
/// <param name="Again">Whether finished parts are done once more.</param>
sealed record CompressionSettings(string Data, string Files, int? Epochs, bool Again);

/// <summary>Does the parts of the long run that are not finished yet for one model.</summary>
sealed class CompressionRun(ReferenceTask task, CompressionSettings settings, OutcomeFile finished, Action<string> tell)
{
    public const string Results = "results", RivalPart = "rival", LatencyPart = "latency", Techniques = "techniques";

    /// <summary>Healing of a technique: so many windows and epochs, the same for each.</summary>
    const int TechniqueWindows = 8000, TechniqueEpochs = 3;

    const int LatencyRounds = 15, HealingVisits = 100_000, MostRepeats = 40;
    const double NoisyShare = 0.7;
    const string Noise = "noise", Epochs = "epochs", TrainingWindows = "trainingWindows";

    readonly ModelGraph _dense = Conversion.Run(task.Onnx, new ConvertOptions()).Graph;
    TaskData? _data;

    TaskData Data => _data ??= TaskData.Read(task, settings.Data);

    /// <summary>How networks are healed: as the compressor does it, which sees 100,000 windows at least, none more than 40 times, and 0.7 of them under noise where the score says too little.</summary>
    HealingOptions Healing(int seed, CalibrationSplit split, double noise = 0)
    {
        int epochs = settings.Epochs ?? Math.Clamp(HealingVisits / split.Fit.Length, 1, MostRepeats);
        return new()
        {
            Epochs = epochs, Patience = Math.Max(4, epochs / 3), Seed = seed, Outputs = task.ReadContract().Decision is ClassDecision ? OutputKind.Logits : OutputKind.Values,
            NoiseShare = noise > 0 ? NoisyShare : 0, NoiseLevel = 2 * noise,
        };
    }

    CompressOptions Compressing(int seed) => new()
    {
        MaxLoss = task.MaxLoss, Objective = task.Objective, Metric = task.Metric, Labels = task.Labels, Seed = seed, Healing = Healing(seed, Windows(seed).Split),
        Cost = new TableLayerCost(LayerTimes.Load(Path.Combine(Repository.Results, "kernel-table.json")), "kernel-table.json"),
        Progress = line => tell($"  {line}"),
    };

    /// <summary>
    /// Compresses and heals with a seed: the first chooses formats too; every other fits and heals what that chose for each layer anew, since a choice takes longer
    /// than the rest.
    /// </summary>
    public void RunResults(int seed)
    {
        Dense();
        if (seed == 1)
        {
            Do(Results, 1, "", Budget, Choose);
            return;
        }
        if (Find(Results, 1) is not { } first) return;
        Do(Results, seed, "", $"{Budget}, {string.Join(' ', first.Layers.Values)}", () =>
        {
            var (set, split) = Windows(seed);
            var fitted = CalibratedFormats.Apply(_dense, set, split.Fit, seed, site => first.Layers.GetValueOrDefault(site.Name) is { } format and not Candidate.Dense ? format : null);
            var how = Healing(seed, split, first.Figures[Noise]);
            var healed = Healer.Run(_dense, fitted, set, split, how);
            var figures = Write(File("compressed", seed), healed.Graph);
            (figures["lossBefore"], figures["lossAfter"], figures[TrainingWindows], figures[Epochs]) = (healed.Before, healed.After, set.Count, how.Epochs);
            return (figures, first.Layers);
        });
    }

    (SortedDictionary<string, double> Figures, SortedDictionary<string, string> Layers) Choose()
    {
        var (set, split) = Windows(1);
        var compressed = Compressor.Run(_dense, task.ReadContract().Decision, set, Compressing(1));
        var figures = Write(File("compressed", 1), compressed.Graph);
        (figures[TrainingWindows], figures[Epochs], figures[Noise]) = (set.Count, Healing(1, split).Epochs, compressed.Judge.NoiseLevel);
        return (figures, new(compressed.Layers.ToDictionary(l => l.Site.Name, l => l.Chosen.Format)));
    }

    /// <summary>Trains the rival of a seed's compressed network.</summary>
    public void RunRival(int seed)
    {
        if (Find(Results, seed) is not { } compressed) return;
        long bytes = (long)compressed.Figures[NetworkFigures.FileBytes];
        Do(RivalPart, seed, "", $"{Budget}, {Rival.Visits} visits, {bytes} bytes", () =>
        {
            var (set, split) = Windows(seed);
            string file = File("rival", seed);
            var narrow = Rival.Narrow(_dense, bytes, seed, Size);
            var (graph, before, after) = Rival.Train(_dense, narrow, set, split, Healing(seed, split, Find(Results, 1)!.Figures[Noise]));
            var figures = Write(file, graph);
            (figures["lossBefore"], figures["lossAfter"], figures[TrainingWindows], figures[Epochs]) = (before, after, set.Count, Rival.Epochs(split));
            return (figures, new(WeightSite.Find(narrow).ToDictionary(w => w.Name, w => string.Join('×', w.Weight.Type.Shape))));
        });
    }

    /// <summary>Times a seed's compressed network beside the dense one and the rival.</summary>
    public void RunLatency(int seed)
    {
        Dense();
        if (!System.IO.File.Exists(File("compressed", seed)) || !System.IO.File.Exists(File("rival", seed))) return;
        Do(LatencyPart, seed, "", $"{Find(Results, seed)?.Settings}; {Find(RivalPart, seed)?.Settings}", () =>
        {
            var (times, ratios) = Race(File("dense", 0), File("compressed", seed), File("rival", seed));
            return (new() { ["dense"] = times[0], ["compressed"] = times[1], ["rival"] = times[2], ["compressedOverDense"] = ratios[1], ["rivalOverDense"] = ratios[2] }, []);
        });
    }

    /// <summary>Each idea alone, before and after a short healing.</summary>
    public void RunTechniques()
    {
        Dense();
        foreach (var technique in Technique.All)
            Do(Techniques, 1, technique.Name, $"{TechniqueWindows} windows, {TechniqueEpochs} epochs", () =>
            {
                var set = TaskData.Draw(Data.Training, TechniqueWindows / (double)Data.Training.Count, 1);
                var split = CalibrationSplit.Of(set, new CompressOptions().HeldOutShare, 1);
                var graph = CalibratedFormats.Apply(_dense, set, split.Fit, 1, technique.Of);
                string before = File("technique-before", 1), after = File("technique", 1);
                var figures = Write(before, graph);
                var healed = Healer.Run(_dense, graph, set, split, Healing(1, split) with { MatchingEpochs = 1, Epochs = TechniqueEpochs });
                foreach (var (key, value) in Write(after, healed.Graph)) figures[$"healed.{key}"] = value;
                var (times, ratios) = Race(File("dense", 0), after);
                (figures["p50"], figures["overDense"], figures["lossBefore"], figures["lossAfter"]) = (times[1], ratios[1], healed.Before, healed.After);
                return (figures, new(WeightSite.Find(_dense).Where(s => technique.Of(s) is not null).ToDictionary(s => s.Name, s => technique.Of(s)!)));
            });
    }

    /// <summary>The network as it was, once.</summary>
    void Dense() => Do("dense", 0, "", "float32", () => (Write(File("dense", 0), _dense), []), System.IO.File.Exists(File("dense", 0)));

    string Budget => $"{task.Share:P0} of the training windows, {(settings.Epochs is { } epochs ? $"{epochs} epochs" : $"{HealingVisits} visits")}{(task.Objective == Objective.Balanced ? "" : $", {task.Objective}")}";

    string File(string what, int seed) => Path.Combine(settings.Files, seed == 0 ? $"{task.Model}-{what}.eqn" : $"{task.Model}-{what}-{seed}.eqn");

    Outcome? Find(string part, int seed) => finished.Outcomes.FirstOrDefault(o => o.Model == task.Model && o.Part == part && o.Seed == seed);

    void Do(string part, int seed, string name, string with, Func<(SortedDictionary<string, double> Figures, SortedDictionary<string, string> Layers)> work, bool hasFiles = true)
    {
        if (hasFiles && !(settings.Again && part != "dense") && finished.Find(task.Model, part, seed, name, with) is not null) return;
        tell($"{task.Model} {part} {(name.Length > 0 ? name : $"seed {seed}")}: {with}");
        var watch = Stopwatch.StartNew();
        var (figures, layers) = work();
        finished.Add(new Outcome(task.Model, part, seed, name, with, figures, layers, watch.Elapsed.TotalSeconds));
        tell($"{task.Model} {part} {(name.Length > 0 ? name : $"seed {seed}")}: {string.Join(", ", figures.Select(f => $"{f.Key} {f.Value:0.####}"))} in {watch.Elapsed.TotalSeconds:0} s");
    }

    SortedDictionary<string, double> Write(string file, ModelGraph graph)
    {
        Write(file, graph, task.ReadContract());
        return NetworkFigures.Of(file, graph, task, Data.Test);
    }

    static void Write(string file, ModelGraph graph, SignalContract contract) => EqnWriter.Write(file, new EqnContents(graph) { Contract = contract });

    long Size(ModelGraph graph)
    {
        string file = Path.Combine(settings.Files, $"{task.Model}-size.eqn");
        Write(file, graph, task.ReadContract());
        return new FileInfo(file).Length;
    }

    /// <summary>The windows a seed draws, and which of them train and which decide what to keep; as the compressor parts them, whose judging windows stay unused.</summary>
    (CalibrationSet Set, CalibrationSplit Split) Windows(int seed)
    {
        var set = TaskData.Draw(Data.Training, task.Share, seed);
        double share = new CompressOptions().HeldOutShare;
        return (set, Usual(set, CalibrationSplit.Of(set, share, seed)).Again(set, share / 2, seed));
    }

    /// <summary>A network that reconstructs what is usual learns from what is usual.</summary>
    CalibrationSplit Usual(CalibrationSet set, CalibrationSplit split) => task.ReadContract().Decision is not AnomalyDecision ? split
        : split with { Fit = [.. split.Fit.Where(w => set.Labels[w] == 0)], HeldOut = [.. split.HeldOut.Where(w => set.Labels[w] == 0)] };

    /// <summary>Medians in µs of networks timed in turns, and their ratios to the first.</summary>
    static (double[] Times, double[] Ratios) Race(params string[] files)
    {
        Engine[] engines = [.. files.Select(f => new EdgeQinnEngine(Path.GetFileName(f), f))];
        var random = new Random(1);
        foreach (var (input, length) in engines[0].Inputs)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => 2 * random.NextSingle() - 1)];
            foreach (var engine in engines) values.CopyTo(engine.Input(input));
        }
        long[][][] blocks = Interleaved.Warm(engines, LatencyRounds);
        foreach (var engine in engines) engine.Dispose();
        return ([.. blocks.Select(b => Latency.Of(b.SelectMany(x => x)).P50)], [.. blocks.Select(b => Ratio.Of(b, blocks[0]).Median)]);
    }
}
