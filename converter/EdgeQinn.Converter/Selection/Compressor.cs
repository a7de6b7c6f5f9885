using System.Diagnostics;
using System.Security.Cryptography;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Selection;

/// <summary>
/// Chooses every layer's format: candidates per layer (<see cref="CandidateBuilder"/>), the effect of each on the network's results, the best choices over all
/// layers (<see cref="Frontier"/>), and of these the cheapest that keeps its score on windows held out. Where asked, cheaper ones
/// are trained until they keep it too (<see cref="HealingSearch"/>).
/// </summary>
public sealed class Compressor
{
    /// <summary>Windows a full healing sees at least, each as often as that takes, within reason.</summary>
    const int LeastVisits = 100_000, MostRepeats = 40;

    /// <summary>The share of the windows trained on that get noise, where windows with noise judge: as much on average as those, since where all are decided rightly there is little to learn from.</summary>
    const double NoisyShare = 0.7;

    readonly ModelGraph _graph;
    readonly CompressOptions _options;
    readonly CalibrationSet _set;
    readonly Decision? _decision;
    readonly CalibrationSplit _split, _usual;
    readonly int[] _fit;
    readonly List<string> _notes = [], _shortfalls = [];
    readonly List<(WeightSite Site, IReadOnlyList<Candidate> Candidates, IReadOnlyList<CutSpectrum> Spectra)> _layers = [];

    Compressor(ModelGraph graph, Decision? decision, CalibrationSet set, CompressOptions options)
    {
        (_graph, _decision, _set, _options) = (graph, decision, set, options);
        _split = CalibrationSplit.Of(set, options.HeldOutShare, options.Seed);
        if (_split.Fit.Length < CalibrationSet.MinWindows / 2 || _split.HeldOut.Length == 0)
            throw new EdgeQinnException($"{_split.Fit.Length} windows to fit on and {_split.HeldOut.Length} to judge with are too few");
        // A network that reconstructs what is usual is fitted on what is usual.
        bool usualOnly = decision is AnomalyDecision && set.Labels.Any(l => l == 0);
        _usual = _split with { Fit = Usual(_split.Fit), HeldOut = Usual(_split.HeldOut) };
        _fit = CalibrationSplit.Balanced(set, _usual.Fit, options.FitWindows, options.Seed);
        int[] probe = CalibrationSplit.Balanced(set, _usual.HeldOut, options.ProbeWindows, options.Seed);
        Judge = new TaskJudge(graph, decision, set, _split.HeldOut, probe, options.Metric, options.Labels, options.MaxDivergence is null, options.Seed);
        Tell($"{set.Count} windows, {_fit.Length} fit and {_split.HeldOut.Length} judge ({_split.Rule}); {Judge.Metric}: {Judge.Original:0.00}");
        if (Judge.NoiseLevel > 0) Tell($"that says little about new data: noise of {Judge.NoiseLevel:0.00} standard deviations brings it to {Judge.OriginalHard:0.00}, where the budget holds too");
        Calibrate(set, probe);

        int[] Usual(int[] windows) => usualOnly ? [.. windows.Where(w => set.Labels[w] == 0)] : windows;
    }

    TaskJudge Judge { get; }

    /// <summary>Compresses a network.</summary>
    /// <param name="graph">The network, its weights dense.</param>
    /// <param name="decision">What its results mean; null where nothing says so.</param>
    /// <param name="set">The calibration windows.</param>
    /// <param name="options">How.</param>
    /// <exception cref="EdgeQinnException">The windows do not fit, or there are too few.</exception>
    public static CompressedNetwork Run(ModelGraph graph, Decision? decision, CalibrationSet set, CompressOptions options) =>
        new Compressor(graph, decision, set, options).Choose();

    void Calibrate(CalibrationSet set, int[] probe)
    {
        var sites = WeightSite.Find(_graph);
        var inputs = LayerInputsCollector.Collect(_graph, sites, set, _fit, probe, _options.Seed);
        if (_options.Checkpoint is { } folder) Directory.CreateDirectory(folder);
        var times = new LayerTimesMemory(_options.Checkpoint is null ? null : Path.Combine(_options.Checkpoint, "times.json"), _options.Checkpoint is null ? "" : Origin());
        var builder = new CandidateBuilder(_graph, _options.Cost, times);
        for (int i = 0; i < sites.Count; i++)
        {
            var watch = Stopwatch.StartNew();
            var site = sites[i];
            if (inputs[i] is not { } known)
            {
                _notes.Add($"{site.Name} stays dense: its groups do not share their inputs");
                Tell($"[{i + 1}/{sites.Count}] {_notes[^1]}");
                continue;
            }
            var formats = CandidateFormats.For(site, _options.Formats);
            if (formats.Count == 0) _notes.Add($"{site.Name} stays dense: no format of {string.Join(", ", _options.Formats)} fits {site.Weight.Type}");
            var candidates = builder.Build(site, known, formats);
            candidates = [.. candidates.Select(c => c.State == CandidateState.Competes && !c.IsDense ? c with { Divergence = Judge.Divergence(WeightReplacement.Apply(_graph, [Replacement(site, c)])) } : c)];
            times.Save();
            GC.Collect(); // a large layer's factorisations are hundreds of MB, and the next one's come on top
            var spectra = CutSpectrum.OfLayer(site.Weight with { Inputs = known });
            _layers.Add((site, candidates, spectra));
            Tell($"[{i + 1}/{sites.Count}] {site.Name}: {candidates.Count(c => c.State == CandidateState.Competes)} of {candidates.Count} candidates compete, {watch.Elapsed.TotalSeconds:0.0} s");
        }
    }

    /// <summary>What a checkpoint has to have been made for.</summary>
    string Origin()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(EqnWriter.ToArray(new EqnContents(_graph)));
        return $"{Convert.ToHexStringLower(hash.GetHashAndReset())} {_set.Hash()} {_options.Cost.Source} {_options.FitWindows} {_options.ProbeWindows} {_options.HeldOutShare} {_options.Seed}";
    }

    /// <summary>The cheapest choice that keeps its score.</summary>
    CompressedNetwork Choose()
    {
        Candidate[][] options = [.. _layers.Select(l => l.Candidates.Where(c => c.State == CandidateState.Competes && !double.IsNaN(c.Divergence)).ToArray())];
        double allBytes = Math.Max(1, _layers.Sum(l => l.Candidates[0].Bytes)), allTime = Math.Max(1e-3, _layers.Sum(l => l.Candidates[0].Microseconds));
        double Cost(Candidate c) => _options.Objective switch
        {
            Objective.Size => c.Bytes / allBytes + 0.01 * c.Microseconds / allTime,
            Objective.Latency => c.Microseconds / allTime + 0.01 * c.Bytes / allBytes,
            _ => c.Bytes / allBytes + c.Microseconds / allTime,
        };
        var frontier = Frontier.Of([.. options.Select(o => (IReadOnlyList<(double, double)>)[.. o.Select(c => (c.Divergence, Cost(c)))])]);

        var tried = new List<VerifiedPoint>();
        ModelGraph Of(int point) => Apply(Chosen(options, frontier[point]));
        double Strain(int point, ModelGraph graph, HealingDepth healed)
        {
            var chosen = Chosen(options, frontier[point]);
            var verdict = Judge.Of(graph);
            var entry = new VerifiedPoint(verdict.Divergence, chosen.Sum(c => c.Bytes), chosen.Sum(c => c.Microseconds), verdict.Score, verdict.Loss, healed);
            tried.Add(entry);
            Tell($"tried {entry.Bytes:N0} bytes, {entry.Microseconds:0.0} µs: {verdict.Score:0.00}{(double.IsNaN(verdict.HardScore) ? "" : $", {verdict.HardScore:0.00} under noise")}, {verdict.Loss:0.00} lost, divergence {verdict.Divergence:0.0000}");
            return Math.Max(Share(verdict.Loss, _options.MaxLoss), Share(verdict.Divergence, _options.MaxDivergence ?? double.PositiveInfinity));

            static double Share(double used, double allowed) => used <= allowed ? Math.Max(0, used) / Math.Max(allowed, double.Epsilon) : used / allowed;
        }
        // Cheapest first; the last is the network as it was, which loses nothing.
        int low = 0, high = frontier.Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Strain(middle, Of(middle), HealingDepth.None) <= 1) high = middle;
            else low = middle + 1;
        }
        if (_options.Healing is not { } healing) return Finish(Chosen(options, frontier[high]), Of(high), tried, []);
        // Probabilities that come out of a softmax are numbers to match; logits are probabilities to be.
        var kind = _decision is ClassDecision { Logits: true } || (_decision is null && _set.HasLabels) ? OutputKind.Logits : OutputKind.Values;
        // What says when to stop is none of what judges: else training would choose what judges best by chance.
        var training = _usual.Again(_set, _options.HeldOutShare / 2, _options.Seed);
        if (Unhealable(training, healing) is { } why)
        {
            _shortfalls.Add($"not healed: {why}; this is the best without");
            return Finish(Chosen(options, frontier[high]), Of(high), tried, []);
        }
        int epochs = Math.Max(healing.Epochs, Math.Min(MostRepeats, LeastVisits / Math.Max(1, training.Fit.Length)));
        var how = healing with
        {
            Outputs = kind, Seed = _options.Seed, Epochs = epochs, Patience = Math.Max(healing.Patience, epochs / 3),
            NoiseShare = Judge.NoiseLevel > 0 ? NoisyShare : healing.NoiseShare, NoiseLevel = Judge.NoiseLevel > 0 ? 2 * Judge.NoiseLevel : healing.NoiseLevel,
        };
        var search = new HealingSearch(_graph, _set, training, how, _options.Checkpoint, Strain, Tell);
        var (point, healed, curve) = search.Run(high, Of);
        return Finish(Chosen(options, frontier[point]), healed, tried, curve);
    }

    /// <summary>What stands against training; null for nothing.</summary>
    string? Unhealable(CalibrationSplit training, HealingOptions healing)
    {
        if (training.Fit.Length < healing.BatchSize || training.HeldOut.Length == 0) return $"{training.Fit.Length} windows to train on and {training.HeldOut.Length} to stop by are too few";
        try
        {
            _ = new Healing.Differentiation.Network(_graph);
            return null;
        }
        catch (EdgeQinnException e)
        {
            return e.Message;
        }
    }

    CompressedNetwork Finish(Candidate[] chosen, ModelGraph graph, IReadOnlyList<VerifiedPoint> tried, IReadOnlyList<EpochReport> epochs)
    {
        List<string> shortfalls = [.. _shortfalls];
        if (_layers.Count == 0) shortfalls.Add("the network has no weight that could be compressed: it is as it was");
        else if (_layers.TrueForAll(l => l.Candidates.Count == 1)) shortfalls.Add($"no format of {string.Join(", ", _options.Formats)} fits any layer: the network is as it was");
        else if (Array.TrueForAll(chosen, c => c.IsDense)) shortfalls.Add($"no layer could be compressed within {_options.MaxLoss} points: the network is as it was");
        var bytes = (Before: Bytes(_graph), After: Bytes(graph));
        if (_options.MaxBytes is { } most && bytes.After > most) shortfalls.Add($"{bytes.After:N0} bytes are the fewest found within {_options.MaxLoss} points; {most:N0} were asked for");
        return new CompressedNetwork
        {
            Graph = graph,
            Layers = [.. _layers.Select((l, i) => new LayerChoice(l.Site, l.Candidates, chosen[i], l.Spectra))],
            Judge = Judge, Split = _split, After = Judge.Of(graph), Interval = Judge.Interval(graph), FitWindows = _fit.Length, Tried = [.. tried.OrderBy(p => p.Bytes)], Healing = epochs, CostSource = _options.Cost.Source,
            Bytes = bytes, Parameters = (Parameters(_graph), Parameters(graph)), Microseconds = Race(_graph, graph), Shortfalls = shortfalls, Notes = _notes,
        };
    }

    static Candidate[] Chosen(Candidate[][] options, FrontierPoint point) => [.. point.Choice.Select((c, i) => options[i][c])];

    ModelGraph Apply(Candidate[] chosen) =>
        WeightReplacement.Apply(_graph, chosen.Select((c, i) => (c, i)).Where(p => !p.c.IsDense).Select(p => Replacement(_layers[p.i].Site, p.c)));

    static WeightReplacement Replacement(WeightSite site, Candidate candidate) => new(site, candidate.Weight!.Encode(), candidate.BiasShift);

    static long Bytes(ModelGraph graph) => graph.Values.Sum(v => v.Constant is { } constant ? LayerFormats.Bytes(constant) : 0);

    static long Parameters(ModelGraph graph) =>
        graph.Values.Sum(v => v.Constant is not { } constant ? 0 : constant.IsDense ? v.Type.Count : WeightEncodings.Read(constant).Parameters);

    /// <summary>Median times of both networks, which take turns.</summary>
    static (double, double) Race(ModelGraph before, ModelGraph after)
    {
        const int Rounds = 400;
        using var first = Model.FromGraph(before);
        using var second = Model.FromGraph(after);
        using var a = first.CreateSession();
        using var b = second.CreateSession();
        var times = new double[2][];
        times[0] = new double[Rounds];
        times[1] = new double[Rounds];
        for (int r = -Rounds / 4; r < Rounds; r++)
            for (int s = 0; s < 2; s++)
            {
                long started = Stopwatch.GetTimestamp();
                (s == 0 ? a : b).Run();
                if (r >= 0) times[s][r] = Clock.Nanoseconds(started) / 1e3;
            }
        return (times[0].Order().ElementAt(Rounds / 2), times[1].Order().ElementAt(Rounds / 2));
    }

    void Tell(string what) => _options.Progress?.Invoke(what);
}
