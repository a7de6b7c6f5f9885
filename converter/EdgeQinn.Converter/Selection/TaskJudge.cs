using EdgeQinn.Converter.Calibration;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>How a network did on the windows held out, against the network as it was.</summary>
/// <param name="Score">In points.</param>
/// <param name="HardScore">On the windows with noise; NaN where there are none.</param>
/// <param name="Loss">The points lost; with noise, or the windows in % that noise makes it decide wrongly where the network as it was decides rightly, if that is more.</param>
/// <param name="Divergence">How far its results have moved.</param>
public sealed record Verdict(double Score, double HardScore, double Loss, double Divergence);

/// <summary>
/// Judges a compressed network on windows held out: by its task in points (macro-F1, area under the curve, agreement with the network as it was), which the
/// budget is about, and by how far its results have moved, which adds up over layers and therefore guides the choice.
/// </summary>
/// <remarks>
/// Where the network as it was makes next to no errors on the windows held out, as on data it was trained on, these cannot tell a good copy from a bad one. Then
/// noise is added until it is right nine times in ten (<see cref="NoiseLevel"/>), and no more of those windows may be lost than the budget has points: windows that it decides rightly and
/// the copy does not. What the copy gains elsewhere does not count, for healing trains with such noise, and a copy that has become better at noise has not become better at what will differ in
/// new data. The budget is held against the loss itself; <see cref="Interval"/> tells what chance may have made of it.
/// </remarks>
public sealed class TaskJudge
{
    /// <summary>Above this the score says little.</summary>
    const double Saturated = 99.5;

    /// <summary>The score to bring the network as it was to: a tenth of the windows lies beyond its borders, and many near them on either side.</summary>
    const double HardScoreWanted = 90;

    const int HardWindows = 4096, MostDraws = 8;

    readonly CalibrationSet _set;
    readonly Decision? _decision;
    readonly string _output;
    readonly TaskScore _score;
    readonly int _seed;
    readonly (CalibrationSet Set, int[] Windows) _heldOut, _probe;
    readonly (CalibrationSet Set, int[] Windows)? _hard;
    readonly float[][] _heldOutResults, _reference;
    readonly float[][] _hardResults = [];
    readonly WindowOutcome[] _hardBefore = [];

    /// <summary>Runs the network as it is.</summary>
    /// <param name="original">The network.</param>
    /// <param name="decision">What its results mean; null where nothing says so: then the largest of several numbers wins where windows have labels.</param>
    /// <param name="set">The windows.</param>
    /// <param name="heldOut">Those that judge the task.</param>
    /// <param name="probe">Those that measure divergence; a part of <paramref name="heldOut"/>.</param>
    /// <param name="metric">What the score is.</param>
    /// <param name="labels">The labels that macro-F1 is taken over; empty for those with at least ten windows held out.</param>
    /// <param name="hardens">Whether to make windows harder where the score would say little.</param>
    /// <param name="seed">For noise and for the interval of a loss.</param>
    public TaskJudge(ModelGraph original, Decision? decision, CalibrationSet set, int[] heldOut, int[] probe, TaskMetric metric, IReadOnlyList<string> labels, bool hardens = true, int seed = 1)
    {
        (_set, _heldOut, _seed) = (set, (set, heldOut), seed);
        int[] truths = [.. heldOut.Select(w => set.Labels[w])];
        var outputs = original.Outputs.Select(v => original.Values[v]).Where(v => v.Type.Element == ElementType.Float32).ToArray();
        if (outputs.Length == 0) throw new EdgeQinnException("the network has no float32 output to judge it by");
        _decision = decision ?? (truths.Any(t => t >= 0) && outputs.Length == 1 && outputs[0].Type.Count > 1
            ? new ClassDecision(outputs[0].Name, [.. Enumerable.Range(0, outputs[0].Type.Count).Select(i => $"{i}")], Logits: true) : null);
        _output = _decision?.Output ?? outputs[0].Name;
        _score = new TaskScore(_decision, truths, metric, labels);
        _heldOutResults = Run(original, _heldOut);
        Original = Points(_heldOut, _heldOutResults, _heldOutResults);
        if (hardens && Original > Saturated && _score.HasTruth) (_hard, _hardResults, NoiseLevel, OriginalHard) = Harden(original);
        if (_hard is { } noisy) _hardBefore = _score.Outcomes(_hardResults, _hardResults, noisy.Set, noisy.Windows);
        _probe = _hard is { } hard ? (hard.Set, CalibrationSplit.Balanced(hard.Set, hard.Windows, probe.Length, seed)) : (set, probe);
        _reference = Run(original, _probe);
    }

    /// <summary>The score in words.</summary>
    public string Metric => _score.Name;

    /// <summary>The score of the network as it is.</summary>
    public double Original { get; }

    /// <summary>Its score on the windows with noise; NaN where there are none.</summary>
    public double OriginalHard { get; } = double.NaN;

    /// <summary>The noise's standard deviation as a multiple of the window's; 0 where windows are judged as they are alone.</summary>
    public double NoiseLevel { get; }

    /// <summary>The windows the score is taken over.</summary>
    public int Windows => _heldOut.Windows.Length;

    /// <summary>What <see cref="Divergence"/> is.</summary>
    public string DivergenceName => _decision switch
    {
        ClassDecision => "Kullback–Leibler divergence of the class probabilities, nats per window",
        AnomalyDecision => "squared change of the reconstruction ÷ squared residual",
        _ => "squared change of the output ÷ its variance",
    } + (NoiseLevel > 0 ? ", under noise" : "");

    /// <summary>How well a network does its task, in points from 0 to 100.</summary>
    public double Score(ModelGraph graph) => Points(_heldOut, _heldOutResults, Run(graph, _heldOut));

    /// <summary>Scores, loss and divergence.</summary>
    public Verdict Of(ModelGraph graph)
    {
        double score = Score(graph), lost = Original - score;
        if (_hard is not { } hard) return new Verdict(score, double.NaN, lost, Divergence(graph));
        var after = Outcomes(graph, hard, _hardResults);
        return new Verdict(score, _score.Of(after), Math.Max(lost, _score.NewlyWrong(_hardBefore, after)), Divergence(graph));
    }

    /// <summary>What chance may have made of the loss: of that on the windows with noise, where there are any.</summary>
    public LossInterval Interval(ModelGraph graph)
    {
        if (_hard is { } hard)
        {
            var noisy = Outcomes(graph, hard, _hardResults);
            return LossInterval.Of(which => _score.NewlyWrong(_hardBefore, noisy, which), hard.Set, hard.Windows, _seed);
        }
        WindowOutcome[] before = _score.Outcomes(_heldOutResults, _heldOutResults, _heldOut.Set, _heldOut.Windows), after = Outcomes(graph, _heldOut, _heldOutResults);
        return LossInterval.Of(which => _score.Of(before, which) - _score.Of(after, which), _heldOut.Set, _heldOut.Windows, _seed);
    }

    /// <summary>How far the results over the probe have moved; 0 for none. Its kind is <see cref="DivergenceName"/>.</summary>
    public double Divergence(ModelGraph graph)
    {
        float[][] results = Run(graph, _probe);
        double moved = 0, scale = 0;
        if (_decision is ClassDecision classes)
        {
            for (int w = 0; w < results.Length; w++) moved += KullbackLeibler(_reference[w], results[w], classes.Logits);
            return moved / results.Length;
        }
        var anomaly = _decision as AnomalyDecision; // else the output itself, in units of its spread
        double[] mean = new double[results[0].Length];
        foreach (float[] r in _reference)
            for (int i = 0; i < mean.Length; i++) mean[i] += r[i] / (double)_reference.Length;
        for (int w = 0; w < results.Length; w++)
        {
            var about = anomaly is null ? default : _probe.Set.Window(_set.Names.ToList().IndexOf(anomaly.Input), _probe.Windows[w]);
            for (int i = 0; i < mean.Length; i++)
            {
                double unit = anomaly is { Scale.Count: > 0 } ? anomaly.Scale[i] : 1;
                moved += Math.Pow((results[w][i] - _reference[w][i]) / unit, 2);
                scale += Math.Pow((_reference[w][i] - (anomaly is null ? mean[i] : about[i])) / unit, 2);
            }
        }
        return moved / Math.Max(scale, double.Epsilon);
    }

    /// <summary>Windows with the noise that brings the network as it was to <see cref="HardScoreWanted"/>; none where no noise does.</summary>
    ((CalibrationSet, int[])?, float[][], double Level, double Score) Harden(ModelGraph original)
    {
        int[] windows = CalibrationSplit.Balanced(_set, _heldOut.Windows, HardWindows, _seed);
        int draws = Math.Clamp(HardWindows / windows.Length, 1, MostDraws);
        (CalibrationSet Set, int[] Windows) At(double level) => (WindowNoise.Added(_set, windows, draws, level, _seed), [.. Enumerable.Range(0, windows.Length * draws)]);
        double ScoreAt(double level)
        {
            var noisy = At(level);
            var results = Run(original, noisy);
            return Points(noisy, results, results);
        }
        const double Most = 8;
        double low = 0, high = 1.0 / 16;
        while (ScoreAt(high) > HardScoreWanted && high < Most) (low, high) = (high, 2 * high);
        if (high >= Most) return (null, [], 0, double.NaN);
        for (int step = 0; step < 6; step++)
            if (ScoreAt((low + high) / 2) > HardScoreWanted) low = (low + high) / 2;
            else high = (low + high) / 2;
        var chosen = At(high);
        var before = Run(original, chosen);
        return (chosen, before, high, Points(chosen, before, before));
    }

    WindowOutcome[] Outcomes(ModelGraph graph, (CalibrationSet Set, int[] Windows) where, float[][] before) => _score.Outcomes(Run(graph, where), before, where.Set, where.Windows);

    double Points((CalibrationSet Set, int[] Windows) where, float[][] before, float[][] after) => _score.Of(_score.Outcomes(after, before, where.Set, where.Windows));

    float[][] Run(ModelGraph graph, (CalibrationSet Set, int[] Windows) where)
    {
        using var model = Model.FromGraph(graph);
        using var session = model.CreateSession();
        var output = session.Output(_output);
        var results = new float[where.Windows.Length][];
        for (int w = 0; w < results.Length; w++)
        {
            for (int i = 0; i < _set.Names.Count; i++) where.Set.Window(i, where.Windows[w]).CopyTo(session.Input(_set.Names[i]).AsSpan<float>());
            session.Run();
            results[w] = output.AsSpan<float>().ToArray();
        }
        return results;
    }

    static double KullbackLeibler(float[] expected, float[] actual, bool logits)
    {
        double[] p = Probabilities(expected, logits), q = Probabilities(actual, logits);
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
            if (p[i] > 0) sum += p[i] * Math.Log(p[i] / Math.Max(q[i], 1e-12));
        return Math.Max(0, sum);
    }

    static double[] Probabilities(float[] scores, bool logits)
    {
        if (!logits) return Array.ConvertAll(scores, s => (double)s);
        double most = scores.Max();
        double[] e = Array.ConvertAll(scores, s => Math.Exp(s - most));
        double sum = e.Sum();
        return Array.ConvertAll(e, v => v / sum);
    }
}
