using EdgeQinn.Converter.Calibration;
using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>What a network made of one window.</summary>
/// <param name="Truth">Index of its true label, −1 where it is not known; for <see cref="TaskMetric.Agreement"/>, what the network decided as it was.</param>
/// <param name="Decided">Index of the label it was given.</param>
/// <param name="Anomaly">How far its reconstruction is from it.</param>
/// <param name="Moved">‖y − y₀‖², y₀ the output of the network as it was.</param>
/// <param name="Scale">‖y₀ − mean y₀‖².</param>
readonly record struct WindowOutcome(int Truth, int Decided, double Anomaly, double Moved, double Scale);

/// <summary>A metric over windows: from outputs to what they mean window by window, and from any windows' outcomes to points from 0 to 100.</summary>
sealed class TaskScore
{
    readonly Decision? _decision;
    readonly TaskMetric _metric;
    readonly int[] _labels;

    /// <summary>Settles the metric and the labels it is taken over.</summary>
    /// <param name="decision">What the outputs mean.</param>
    /// <param name="truths">The true labels of the windows it will be taken over.</param>
    /// <param name="metric">What the score is.</param>
    /// <param name="labels">The labels of macro-F1; empty for those with at least ten windows.</param>
    /// <exception cref="EdgeQinnException">The metric or a label does not fit.</exception>
    public TaskScore(Decision? decision, IReadOnlyList<int> truths, TaskMetric metric, IReadOnlyList<string> labels)
    {
        _decision = decision;
        _metric = Resolve(metric, truths);
        _labels = Labels(labels, truths);
    }

    /// <summary>The metric in words.</summary>
    public string Name => _metric switch
    {
        TaskMetric.MacroF1 => $"macro-F1 over {string.Join(' ', _labels.Select(l => _decision!.Labels[l]))}",
        TaskMetric.Accuracy => "accuracy",
        TaskMetric.Agreement => "windows decided as before, %",
        TaskMetric.AreaUnderCurve => "100·area under the ROC curve",
        TaskMetric.Anomaly => "the lesser of 100·area under the ROC curve and macro-F1 at the threshold",
        _ => "match of the output, 100·(1 − relative error)",
    };

    /// <summary>Whether it can be near 100 for a good network and still fall on harder windows: those that compare with the network as it was always start at 100.</summary>
    public bool HasTruth => _metric is not (TaskMetric.Agreement or TaskMetric.Output);

    /// <summary>What outputs mean, window by window.</summary>
    /// <param name="results">A network's outputs.</param>
    /// <param name="original">Those of the network as it was.</param>
    /// <param name="set">Where the windows are.</param>
    /// <param name="windows">Which they are.</param>
    public WindowOutcome[] Outcomes(float[][] results, float[][] original, CalibrationSet set, int[] windows)
    {
        var mean = new double[results[0].Length];
        if (_metric == TaskMetric.Output)
            foreach (float[] y in original)
                for (int i = 0; i < mean.Length; i++) mean[i] += y[i] / (double)original.Length;
        int input = _decision is AnomalyDecision anomaly ? set.Names.ToList().IndexOf(anomaly.Input) : 0;
        return [.. windows.Select((w, i) => _metric switch
        {
            TaskMetric.MacroF1 or TaskMetric.Accuracy => new WindowOutcome(set.Labels[w], Best(results[i]), 0, 0, 0),
            TaskMetric.Agreement => new WindowOutcome(Best(original[i]), Best(results[i]), 0, 0, 0),
            TaskMetric.AreaUnderCurve or TaskMetric.Anomaly => Reconstructed(set.Labels[w], results[i], set.Window(input, w)),
            _ => new WindowOutcome(-1, 0, 0, SquaredDistance(results[i], original[i]), original[i].Select((y, j) => Math.Pow(y - mean[j], 2)).Sum()),
        })];
    }

    /// <summary>The score over some windows; a window may be among them more than once. NaN where they cannot be scored.</summary>
    /// <param name="outcomes">Of all windows.</param>
    /// <param name="which">Those to take it over; null for all.</param>
    public double Of(WindowOutcome[] outcomes, int[]? which = null)
    {
        IEnumerable<WindowOutcome> chosen = which is null ? outcomes : which.Select(w => outcomes[w]);
        return _metric switch
        {
            TaskMetric.MacroF1 or TaskMetric.Accuracy or TaskMetric.Agreement => 100 * OfClasses(chosen),
            TaskMetric.AreaUnderCurve or TaskMetric.Anomaly => 100 * OfAnomalies(chosen),
            _ => 100 * Math.Max(0, 1 - Math.Sqrt(chosen.Sum(o => o.Moved) / Math.Max(chosen.Sum(o => o.Scale), double.Epsilon))),
        };
    }

    /// <summary>The windows, in %, that were decided rightly before and are no longer, whatever else may be decided rightly now.</summary>
    /// <param name="before">Outcomes of the network as it was.</param>
    /// <param name="after">Those of another.</param>
    /// <param name="which">The windows to take it over; null for all.</param>
    public double NewlyWrong(WindowOutcome[] before, WindowOutcome[] after, int[]? which = null)
    {
        int wrong = 0, all = which?.Length ?? before.Length;
        for (int i = 0; i < all; i++)
        {
            int w = which is null ? i : which[i];
            if (IsRight(before[w]) && !IsRight(after[w])) wrong++;
        }
        return 100.0 * wrong / all;
    }

    bool IsRight(WindowOutcome o) => _decision is AnomalyDecision anomaly ? o.Truth == (o.Anomaly <= anomaly.Threshold ? 0 : 1) : o.Truth == o.Decided;

    double OfClasses(IEnumerable<WindowOutcome> outcomes)
    {
        var matrix = new ConfusionMatrix(_decision!.Labels);
        foreach (var o in outcomes)
            if (o.Truth >= 0 && o.Truth < _decision.Labels.Count) matrix.Add(o.Truth, o.Decided);
        if (_metric != TaskMetric.MacroF1) return matrix.Accuracy;
        // Labels that some windows, drawn by chance, lack say nothing there.
        int[] present = [.. _labels.Where(l => matrix.Truths(l) > 0)];
        return present.Length == 0 ? double.NaN : matrix.MacroF1(present);
    }

    double OfAnomalies(IEnumerable<WindowOutcome> outcomes)
    {
        var anomaly = (AnomalyDecision)_decision!;
        var scores = new AnomalyScores();
        var matrix = new ConfusionMatrix(anomaly.Labels);
        foreach (var o in outcomes)
        {
            if (o.Truth is not (0 or 1)) continue;
            scores.Add(o.Truth, (float)o.Anomaly);
            matrix.Add(o.Truth, o.Anomaly <= anomaly.Threshold ? 0 : 1);
        }
        return _metric == TaskMetric.Anomaly ? Math.Min(scores.AreaUnderCurve, matrix.MacroF1()) : scores.AreaUnderCurve;
    }

    /// <summary>The metric wanted, or the one that fits what is known; an error where it does not.</summary>
    TaskMetric Resolve(TaskMetric wanted, IReadOnlyList<int> truths)
    {
        bool labelled = truths.Any(l => l >= 0), bothTruths = _decision is AnomalyDecision && truths.Contains(0) && truths.Contains(1);
        bool fits = wanted switch
        {
            TaskMetric.MacroF1 or TaskMetric.Accuracy => _decision is ClassDecision && labelled,
            TaskMetric.Agreement => _decision is ClassDecision,
            TaskMetric.AreaUnderCurve or TaskMetric.Anomaly => bothTruths,
            _ => true,
        };
        if (!fits) throw new EdgeQinnException($"the metric {wanted} does not fit: {(_decision is null ? "nothing says what the outputs mean (give a contract)" : "the windows held out lack the labels it needs, or the contract decides otherwise")}");
        if (wanted != TaskMetric.Auto) return wanted;
        return _decision switch
        {
            ClassDecision => labelled ? TaskMetric.MacroF1 : TaskMetric.Agreement,
            AnomalyDecision when bothTruths => TaskMetric.Anomaly,
            _ => TaskMetric.Output,
        };
    }

    int[] Labels(IReadOnlyList<string> wanted, IReadOnlyList<int> truths)
    {
        if (_decision is not ClassDecision classes || !truths.Any(l => l >= 0)) return [];
        if (wanted.Count > 0)
            return [.. wanted.Select(l => classes.Labels.ToList().IndexOf(l) is var i and >= 0 ? i : throw new EdgeQinnException($"'{l}' is no label of the network; it has {string.Join(", ", classes.Labels)}"))];
        const int Enough = 10;
        return [.. Enumerable.Range(0, classes.Labels.Count).Where(l => truths.Count(t => t == l) >= Enough)];
    }

    WindowOutcome Reconstructed(int truth, float[] result, ReadOnlySpan<float> x)
    {
        var anomaly = (AnomalyDecision)_decision!;
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += Math.Pow((result[i] - x[i]) / (anomaly.Scale.Count > 0 ? anomaly.Scale[i] : 1), 2);
        return new WindowOutcome(truth, 0, sum / x.Length, 0, 0);
    }

    static double SquaredDistance(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += Math.Pow((double)a[i] - b[i], 2);
        return sum;
    }

    static int Best(float[] scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        return best;
    }
}
