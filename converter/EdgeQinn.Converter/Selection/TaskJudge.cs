using EdgeQinn.Converter.Calibration;
using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>What a network's score is; all in points from 0 to 100.</summary>
public enum TaskMetric
{
    /// <summary>What fits the contract and the labels: macro-F1 of classes, <see cref="Anomaly"/>, agreement of classes without labels, else the output.</summary>
    Auto,

    /// <summary>The mean of the labels' F1.</summary>
    MacroF1,

    /// <summary>Windows decided rightly.</summary>
    Accuracy,

    /// <summary>Windows decided as the network did before.</summary>
    Agreement,

    /// <summary>How often an anomalous window scores above a usual one.</summary>
    AreaUnderCurve,

    /// <summary>The lesser of the area under the curve and macro-F1 at the contract's threshold.</summary>
    Anomaly,

    /// <summary>1 − root mean square change of the output ÷ its standard deviation.</summary>
    Output,
}

/// <summary>
/// Judges a compressed network on windows held out: by its task in points (macro-F1, area under the curve, agreement with the network as it was), which the
/// budget is about, and by how far its results have moved, which adds up over layers and therefore guides the choice.
/// </summary>
public sealed class TaskJudge
{
    readonly CalibrationSet _set;
    readonly Decision? _decision;
    readonly int[] _windows, _probe, _labels;
    readonly string _output;
    readonly float[][] _reference;
    readonly bool _labelled;
    readonly TaskMetric _metric;
    float[][]? _original;

    /// <summary>Runs the network as it is.</summary>
    /// <param name="original">The network.</param>
    /// <param name="decision">What its results mean; null where nothing says so: then the largest of several numbers wins where windows have labels.</param>
    /// <param name="set">The windows.</param>
    /// <param name="heldOut">Those that judge the task.</param>
    /// <param name="probe">Those that measure divergence; a part of <paramref name="heldOut"/>.</param>
    /// <param name="metric">What the score is.</param>
    /// <param name="labels">The labels that macro-F1 is taken over; empty for those with at least ten windows held out.</param>
    public TaskJudge(ModelGraph original, Decision? decision, CalibrationSet set, int[] heldOut, int[] probe, TaskMetric metric, IReadOnlyList<string> labels)
    {
        (_set, _windows, _probe) = (set, heldOut, probe);
        _labelled = heldOut.Any(w => set.Labels[w] >= 0);
        var outputs = original.Outputs.Select(v => original.Values[v]).Where(v => v.Type.Element == ElementType.Float32).ToArray();
        if (outputs.Length == 0) throw new EdgeQinnException("the network has no float32 output to judge it by");
        _decision = decision ?? (_labelled && outputs.Length == 1 && outputs[0].Type.Count > 1
            ? new ClassDecision(outputs[0].Name, [.. Enumerable.Range(0, outputs[0].Type.Count).Select(i => $"{i}")], Logits: true) : null);
        _output = _decision?.Output ?? outputs[0].Name;
        _labels = Labels(labels);
        _metric = Resolve(metric);
        _reference = Run(original, probe);
        Original = Score(original);
    }

    /// <summary>The figure of <see cref="Score"/> in words.</summary>
    public string Metric => _metric switch
    {
        TaskMetric.MacroF1 => $"macro-F1 over {string.Join(' ', _labels.Select(l => _decision!.Labels[l]))}",
        TaskMetric.Accuracy => "accuracy",
        TaskMetric.Agreement => "windows decided as before, %",
        TaskMetric.AreaUnderCurve => "100·area under the ROC curve",
        TaskMetric.Anomaly => "the lesser of 100·area under the ROC curve and macro-F1 at the threshold",
        _ => "match of the output, 100·(1 − relative error)",
    };

    /// <summary>The score of the network as it is.</summary>
    public double Original { get; }

    /// <summary>The windows the score is taken over.</summary>
    public int Windows => _windows.Length;

    /// <summary>How far the results over the probe have moved; 0 for none. Its kind is <see cref="DivergenceName"/>.</summary>
    public double Divergence(ModelGraph graph)
    {
        float[][] results = Run(graph, _probe);
        double moved = 0, scale = 0;
        if (_decision is ClassDecision classes && !IsSaturated)
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
            var about = anomaly is null ? default : _set.Window(IndexOf(anomaly.Input), _probe[w]);
            for (int i = 0; i < mean.Length; i++)
            {
                double unit = anomaly is { Scale.Count: > 0 } ? anomaly.Scale[i] : 1;
                moved += Math.Pow((results[w][i] - _reference[w][i]) / unit, 2);
                scale += Math.Pow((_reference[w][i] - (anomaly is null ? mean[i] : about[i])) / unit, 2);
            }
        }
        return moved / Math.Max(scale, double.Epsilon);
    }

    /// <summary>
    /// Whether the score of the network as it was is so near 100 that neither it nor probabilities near 0 and 1 tell much about new data; the
    /// divergence is then that of the outputs themselves. Who asks for the area under the curve asks for the order of scores, which may be perfect.
    /// </summary>
    public bool IsSaturated => Original > 99.5 && _metric is (TaskMetric.MacroF1 or TaskMetric.Accuracy or TaskMetric.Anomaly);

    /// <summary>
    /// The divergence allowed where the score is saturated and nothing else is said: 0.002 of the outputs' variance (of <c>bearing-wdcnn</c>, compressed on
    /// load 0, about a point of accuracy on load 3), or 0.05 of a reconstruction's residual.
    /// </summary>
    public double SaturatedDivergence => _decision is AnomalyDecision ? 0.05 : 0.002;

    /// <summary>What <see cref="Divergence"/> is.</summary>
    public string DivergenceName => _decision switch
    {
        ClassDecision when !IsSaturated => "Kullback–Leibler divergence of the class probabilities, nats per window",
        AnomalyDecision => "squared change of the reconstruction ÷ squared residual",
        _ => "squared change of the output ÷ its variance",
    };

    /// <summary>How well a network does its task, in points from 0 to 100.</summary>
    public double Score(ModelGraph graph)
    {
        float[][] results = Run(graph, _windows);
        _original ??= results;
        return _metric switch
        {
            TaskMetric.MacroF1 => 100 * Confusion(results).MacroF1(_labels),
            TaskMetric.Accuracy => 100 * Confusion(results).Accuracy,
            TaskMetric.Agreement => 100.0 * results.Select((r, w) => Best(r) == Best(_original[w]) ? 1 : 0).Sum() / results.Length,
            TaskMetric.AreaUnderCurve => AnomalyScore(results, decisions: false),
            TaskMetric.Anomaly => AnomalyScore(results, decisions: true),
            _ => 100 * Math.Max(0, 1 - RelativeError(results)),
        };
    }

    /// <summary>The metric wanted, or the one that fits what is known; an error where it does not.</summary>
    TaskMetric Resolve(TaskMetric wanted)
    {
        bool bothTruths = _decision is AnomalyDecision && _windows.Any(w => _set.Labels[w] == 0) && _windows.Any(w => _set.Labels[w] == 1);
        bool fits = wanted switch
        {
            TaskMetric.MacroF1 or TaskMetric.Accuracy => _decision is ClassDecision && _labelled,
            TaskMetric.Agreement => _decision is ClassDecision,
            TaskMetric.AreaUnderCurve or TaskMetric.Anomaly => bothTruths,
            _ => true,
        };
        if (!fits) throw new EdgeQinnException($"the metric {wanted} does not fit: {(_decision is null ? "nothing says what the outputs mean (give a contract)" : "the windows held out lack the labels it needs, or the contract decides otherwise")}");
        if (wanted != TaskMetric.Auto) return wanted;
        return _decision switch
        {
            ClassDecision => _labelled ? TaskMetric.MacroF1 : TaskMetric.Agreement,
            AnomalyDecision when bothTruths => TaskMetric.Anomaly,
            _ => TaskMetric.Output,
        };
    }

    ConfusionMatrix Confusion(float[][] results)
    {
        var matrix = new ConfusionMatrix(_decision!.Labels);
        for (int w = 0; w < results.Length; w++)
            if (_set.Labels[_windows[w]] is var truth and >= 0 && truth < _decision.Labels.Count) matrix.Add(truth, Best(results[w]));
        return matrix;
    }

    /// <summary>The area under the ROC curve, or the lesser of that and macro-F1 at the contract's threshold.</summary>
    double AnomalyScore(float[][] results, bool decisions)
    {
        var anomaly = (AnomalyDecision)_decision!;
        var scores = new AnomalyScores();
        var matrix = new ConfusionMatrix(anomaly.Labels);
        int input = IndexOf(anomaly.Input);
        for (int w = 0; w < results.Length; w++)
        {
            if (_set.Labels[_windows[w]] is not (var truth and (0 or 1))) continue;
            var x = _set.Window(input, _windows[w]);
            double sum = 0;
            for (int i = 0; i < x.Length; i++) sum += Math.Pow((results[w][i] - x[i]) / (anomaly.Scale.Count > 0 ? anomaly.Scale[i] : 1), 2);
            double score = sum / x.Length;
            scores.Add(truth, (float)score);
            matrix.Add(truth, score <= anomaly.Threshold ? 0 : 1);
        }
        return 100 * (decisions ? Math.Min(scores.AreaUnderCurve, matrix.MacroF1()) : scores.AreaUnderCurve);
    }

    double RelativeError(float[][] results)
    {
        double moved = 0, scale = 0;
        int size = results[0].Length;
        for (int i = 0; i < size; i++)
        {
            double mean = _original!.Average(r => (double)r[i]);
            for (int w = 0; w < results.Length; w++)
            {
                moved += Math.Pow(results[w][i] - _original![w][i], 2);
                scale += Math.Pow(_original[w][i] - mean, 2);
            }
        }
        return Math.Sqrt(moved / Math.Max(scale, double.Epsilon));
    }

    float[][] Run(ModelGraph graph, int[] windows)
    {
        using var model = Model.FromGraph(graph);
        using var session = model.CreateSession();
        var output = session.Output(_output);
        var results = new float[windows.Length][];
        for (int w = 0; w < windows.Length; w++)
        {
            for (int i = 0; i < _set.Names.Count; i++) _set.Window(i, windows[w]).CopyTo(session.Input(_set.Names[i]).AsSpan<float>());
            session.Run();
            results[w] = output.AsSpan<float>().ToArray();
        }
        return results;
    }

    int[] Labels(IReadOnlyList<string> wanted)
    {
        if (_decision is not ClassDecision classes || !_labelled) return [];
        if (wanted.Count > 0)
            return [.. wanted.Select(l => classes.Labels.ToList().IndexOf(l) is var i and >= 0 ? i : throw new EdgeQinnException($"'{l}' is no label of the network; it has {string.Join(", ", classes.Labels)}"))];
        const int Enough = 10;
        return [.. Enumerable.Range(0, classes.Labels.Count).Where(l => _windows.Count(w => _set.Labels[w] == l) >= Enough)];
    }

    int IndexOf(string input) => _set.Names.ToList().IndexOf(input);

    static int Best(float[] scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        return best;
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
