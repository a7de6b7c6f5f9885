using System.Diagnostics;
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
    readonly ModelGraph _graph;
    readonly CompressOptions _options;
    readonly CalibrationSet _set;
    readonly Decision? _decision;
    readonly CalibrationSplit _split, _usual;
    readonly int[] _fit;
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
        Judge = new TaskJudge(graph, decision, set, _split.HeldOut, probe, options.Metric, options.Labels);
        Tell($"{set.Count} windows, {_fit.Length} fit and {_split.HeldOut.Length} judge ({_split.Rule}); {Judge.Metric}: {Judge.Original:0.00}");
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
        var builder = new CandidateBuilder(_graph, _options.Cost);
        for (int i = 0; i < sites.Count; i++)
        {
            var watch = Stopwatch.StartNew();
            var site = sites[i];
            if (inputs[i] is not { } known)
            {
                Tell($"[{i + 1}/{sites.Count}] {site.Name}: stays dense, its groups do not share their inputs");
                continue;
            }
            var candidates = builder.Build(site, known, CandidateFormats.For(site, _options.Formats));
            candidates = [.. candidates.Select(c => c.State == CandidateState.Competes && !c.IsDense ? c with { Divergence = Judge.Divergence(WeightReplacement.Apply(_graph, [Replacement(site, c)])) } : c)];
            GC.Collect(); // a large layer's factorisations are hundreds of MB, and the next one's come on top
            var spectra = CutSpectrum.OfLayer(site.Weight with { Inputs = known });
            _layers.Add((site, candidates, spectra));
            Tell($"[{i + 1}/{sites.Count}] {site.Name}: {candidates.Count(c => c.State == CandidateState.Competes)} of {candidates.Count} candidates compete, {watch.Elapsed.TotalSeconds:0.0} s");
        }
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

        double mostDivergence = _options.MaxDivergence ?? (Judge.IsSaturated ? Judge.SaturatedDivergence : double.PositiveInfinity);
        if (Judge.IsSaturated) Tell($"a score of {Judge.Original:0.00} says little about new data: results may diverge by {mostDivergence} at most ({Judge.DivergenceName})");
        var tried = new SortedDictionary<int, VerifiedPoint>();
        ModelGraph Of(int point) => Apply(Chosen(options, frontier[point]));
        bool Keeps(int point, ModelGraph graph)
        {
            var chosen = Chosen(options, frontier[point]);
            double score = Judge.Score(graph), divergence = Judge.Divergence(graph);
            tried[point] = new VerifiedPoint(divergence, chosen.Sum(c => c.Bytes), chosen.Sum(c => c.Microseconds), score);
            Tell($"tried {tried[point].Bytes:N0} bytes, {tried[point].Microseconds:0.0} µs: {score:0.00}, {Judge.Original - score:0.00} lost, divergence {divergence:0.0000}");
            return Judge.Original - score <= _options.MaxLoss && divergence <= mostDivergence;
        }
        // Cheapest first; the last is the network as it was, which loses nothing.
        int low = 0, high = frontier.Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Keeps(middle, Of(middle))) high = middle;
            else low = middle + 1;
        }
        Keeps(high, Of(high));
        if (_options.Healing is not { } healing) return Finish(Chosen(options, frontier[high]), Of(high), [.. tried.Values]);
        // Probabilities that come out of a softmax are numbers to match; logits are probabilities to be.
        var kind = _decision is ClassDecision { Logits: true } || (_decision is null && _set.HasLabels) ? OutputKind.Logits : OutputKind.Values;
        var search = new HealingSearch(_graph, _set, _usual, healing with { Outputs = kind, Seed = _options.Seed }, Keeps, Tell);
        var (point, healed) = search.Run(high, Of);
        return Finish(Chosen(options, frontier[point]), healed, [.. tried.Values]);
    }

    CompressedNetwork Finish(Candidate[] chosen, ModelGraph graph, IReadOnlyList<VerifiedPoint> tried)
    {
        double score = Judge.Score(graph);
        var shortfalls = new List<string>();
        if (Array.TrueForAll(chosen, c => c.IsDense)) shortfalls.Add($"no layer could be compressed within {_options.MaxLoss} points: the network is as it was");
        var bytes = (Before: Bytes(_graph), After: Bytes(graph));
        if (_options.MaxBytes is { } most && bytes.After > most) shortfalls.Add($"{bytes.After:N0} bytes are the fewest found within {_options.MaxLoss} points; {most:N0} were asked for");
        return new CompressedNetwork
        {
            Graph = graph,
            Layers = [.. _layers.Select((l, i) => new LayerChoice(l.Site, l.Candidates, chosen[i], l.Spectra))],
            Judge = Judge, Split = _split, ScoreAfter = score, FitWindows = _fit.Length, Tried = tried, CostSource = _options.Cost.Source,
            Bytes = bytes, Parameters = (Parameters(_graph), Parameters(graph)), Microseconds = Race(_graph, graph), Shortfalls = shortfalls,
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
