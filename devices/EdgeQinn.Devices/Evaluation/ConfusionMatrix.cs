namespace EdgeQinn.Devices.Evaluation;

/// <summary>Counts of true against predicted labels, and the figures made from them.</summary>
public sealed class ConfusionMatrix
{
    readonly long[] _counts; // row = truth, column = prediction

    /// <param name="labels">The labels, in the network's order.</param>
    public ConfusionMatrix(IReadOnlyList<string> labels)
    {
        Labels = labels;
        _counts = new long[labels.Count * labels.Count];
    }

    /// <summary>The labels.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>How often a truth was given a prediction.</summary>
    public long this[int truth, int prediction] => _counts[truth * Labels.Count + prediction];

    /// <summary>Counts one decision.</summary>
    public void Add(int truth, int prediction)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)truth, (uint)Labels.Count, nameof(truth));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)prediction, (uint)Labels.Count, nameof(prediction));
        _counts[truth * Labels.Count + prediction]++;
    }

    /// <summary>Adds another matrix over the same labels.</summary>
    public void Add(ConfusionMatrix other)
    {
        if (!Labels.SequenceEqual(other.Labels)) throw new ArgumentException("the labels differ", nameof(other));
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
    }

    /// <summary>All decisions.</summary>
    public long Total => _counts.Sum();

    /// <summary>The share of right decisions. NaN without decisions.</summary>
    public double Accuracy => (double)Enumerable.Range(0, Labels.Count).Sum(TruePositives) / Total;

    /// <summary>How often a label is the truth.</summary>
    public long Truths(int label) => Enumerable.Range(0, Labels.Count).Sum(p => this[label, p]);

    /// <summary>How often a label is predicted.</summary>
    public long Predictions(int label) => Enumerable.Range(0, Labels.Count).Sum(t => this[t, label]);

    /// <summary>TP / (TP + FN), also called recall. NaN where the label is never the truth.</summary>
    public double Sensitivity(int label) => (double)TruePositives(label) / Truths(label);

    /// <summary>TP / (TP + FP), also called precision. NaN where the label is never predicted.</summary>
    public double PositivePredictivity(int label) => (double)TruePositives(label) / Predictions(label);

    /// <summary>2 TP / (2 TP + FP + FN). NaN where the label is neither truth nor prediction.</summary>
    public double F1(int label) => 2.0 * TruePositives(label) / (Truths(label) + Predictions(label));

    /// <summary>The mean of F1 over some labels; all that occur when none are named.</summary>
    public double MacroF1(params ReadOnlySpan<int> labels)
    {
        int[] chosen = labels.IsEmpty ? [.. Enumerable.Range(0, Labels.Count).Where(l => Truths(l) + Predictions(l) > 0)] : labels.ToArray();
        return chosen.Length == 0 ? double.NaN : chosen.Average(F1);
    }

    long TruePositives(int label) => this[label, label];
}
