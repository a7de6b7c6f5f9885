using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Healing.Training;

/// <summary>How far a student's values are from a teacher's, and the gradient of that. Both networks are the same graph but for their weights.</summary>
sealed class Loss
{
    readonly HealingOptions _options;
    readonly int[] _outputs, _layers;
    readonly int _classes;
    readonly double[] _variances;

    /// <summary>Starts for networks like <paramref name="graph"/>; <paramref name="variances"/> are those of the teacher's values, by value.</summary>
    public Loss(ModelGraph graph, HealingOptions options, double[] variances)
    {
        (_options, _variances) = (options, variances);
        _outputs = [.. graph.Outputs];
        _layers = [.. graph.Nodes.Where(n => n.Operator is "Linear" or "Conv" or "GRU" or "LSTM").SelectMany(n => n.Outputs).Where(v => v >= 0).Distinct()];
        _classes = options.Outputs == OutputKind.Logits ? graph.Values[_outputs[0]].Type.Shape[^1] : 0;
    }

    /// <summary>Σ over layers of ‖a − b‖² / (size · variance of b), summed over the samples; adds <paramref name="scale"/> times its gradient to the student's.</summary>
    public double MatchLayers(Tape student, Tape teacher, double scale)
    {
        double total = 0;
        foreach (int v in _layers) total += Squared(student, teacher, v, scale / _layers.Length) / _layers.Length;
        return total;
    }

    /// <summary>The end-to-end loss, summed over the samples; adds <paramref name="scale"/> times its gradient to the student's, unless that is 0.</summary>
    /// <param name="student">Values and gradients of the network in training.</param>
    /// <param name="teacher">Values of the one to imitate.</param>
    /// <param name="labels">A class per sample, −1 where it is not known.</param>
    /// <param name="scale">What the gradient is multiplied by.</param>
    public double EndToEnd(Tape student, Tape teacher, ReadOnlySpan<int> labels, double scale)
    {
        double total = 0;
        foreach (int v in _outputs)
            total += _options.Outputs == OutputKind.Logits ? Divergence(student, teacher, v, labels, scale) : Squared(student, teacher, v, scale);
        return total;
    }

    double Squared(Tape student, Tape teacher, int value, double scale)
    {
        ReadOnlySpan<float> a = student.Value(value), b = teacher.Value(value);
        double per = student.Samples / (Math.Max(_variances[value], 1e-12) * a.Length), sum = 0;
        Span<float> gradient = scale == 0 ? default : student.Gradient(value);
        for (int i = 0; i < a.Length; i++)
        {
            double error = a[i] - b[i];
            sum += error * error;
            if (scale != 0) gradient[i] += (float)(2 * scale * per * error);
        }
        return sum * per;
    }

    /// <summary>
    /// (1 − λ) T² KL(softmax(b/T) ‖ softmax(a/T)) + λ cross-entropy(label, softmax(a)) (Hinton et al. 2015); by a: (1 − λ) T (q − p) + λ (softmax(a) − onehot).
    /// </summary>
    double Divergence(Tape student, Tape teacher, int value, ReadOnlySpan<int> labels, double scale)
    {
        ReadOnlySpan<float> a = student.Value(value), b = teacher.Value(value);
        double t = _options.Temperature, total = 0;
        Span<float> gradient = scale == 0 ? default : student.Gradient(value);
        Span<double> q = stackalloc double[_classes], p = stackalloc double[_classes], hard = stackalloc double[_classes];
        int rows = a.Length / _classes / student.Samples;
        for (int row = 0, at = 0; at < a.Length; row++, at += _classes)
        {
            double logQ = Probabilities(a.Slice(at, _classes), t, q), logP = Probabilities(b.Slice(at, _classes), t, p), logHard = Probabilities(a.Slice(at, _classes), 1, hard);
            double divergence = 0;
            for (int c = 0; c < _classes; c++) divergence += p[c] * (b[at + c] / t - logP - a[at + c] / t + logQ);
            int truth = labels[row / rows];
            double label = truth < 0 ? 0 : _options.LabelShare;
            total += ((1 - label) * t * t * divergence + (truth < 0 ? 0 : label * (logHard - a[at + truth]))) / rows;
            if (scale == 0) continue;
            for (int c = 0; c < _classes; c++)
                gradient[at + c] += (float)(scale / rows * ((1 - label) * t * (q[c] - p[c]) + (truth < 0 ? 0 : label * (hard[c] - (c == truth ? 1 : 0)))));
        }
        return total;
    }

    /// <summary>softmax(x/t), and log Σ exp(x/t).</summary>
    static double Probabilities(ReadOnlySpan<float> x, double t, Span<double> p)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float v in x) largest = Math.Max(largest, v / t);
        for (int c = 0; c < x.Length; c++) sum += p[c] = Math.Exp(x[c] / t - largest);
        for (int c = 0; c < x.Length; c++) p[c] /= sum;
        return largest + Math.Log(sum);
    }
}
