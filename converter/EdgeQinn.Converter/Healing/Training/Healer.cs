using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Converter.Healing.Parameters;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Healing.Training;

/// <summary>
/// Brings a compressed network back to what it was compressed from: first each layer's output is matched to the teacher's, then the whole is fine-tuned
/// by distillation (and labels, where there are any), always in the compressed format.
/// </summary>
public static class Healer
{
    const double WarmUp = 0.05;

    /// <summary>Heals <paramref name="student"/>, which is <paramref name="teacher"/> with other encodings of its weights.</summary>
    /// <param name="teacher">The network as it was.</param>
    /// <param name="student">The network to bring back to it.</param>
    /// <param name="data">Windows of real data, with labels where they are known.</param>
    /// <param name="split">Which windows to train on, and which decide when to stop and what to keep.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told each epoch.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="EdgeQinnException">The data does not fit, an operator has no derivative, or training diverged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint, where asked for, lets it go on.</exception>
    public static HealingResult Run(ModelGraph teacher, ModelGraph student, CalibrationSet data, CalibrationSplit split, HealingOptions options,
        IProgress<EpochReport>? progress = null, CancellationToken cancellation = default)
    {
        if (split.Fit.Length < options.BatchSize || split.HeldOut.Length == 0)
            throw new EdgeQinnException($"{split.Fit.Length} windows to train on and {split.HeldOut.Length} held out are too few to heal with; give more, or a batch smaller than {options.BatchSize}");
        var network = new Network(student);
        var trainer = new Trainer(network, new Network(teacher), data, options);
        var leaves = network.Parameters.SelectMany(p => p.Trainable.Leaves).ToArray();
        var pruned = network.Parameters.Where(p => p.Trainable is BlockSparseParameters && options.TargetDensities.ContainsKey(p.Name))
            .Select(p => ((BlockSparseParameters)p.Trainable, options.TargetDensities[p.Name], ((BlockSparseParameters)p.Trainable).Density)).ToArray();

        var checkpoint = Checkpoint.Open(options, leaves, trainer.Adam, data);
        if (checkpoint.Epochs.Count > 0) trainer.Refresh();
        double before = checkpoint.Epochs.Count > 0 ? checkpoint.Before : checkpoint.Start(trainer.Evaluate(split.HeldOut), pruned.Length == 0);
        int epochs = options.MatchingEpochs + options.Epochs, batches = Math.Max(1, split.Fit.Length / options.BatchSize);
        for (int epoch = checkpoint.Epochs.Count; epoch < epochs && !checkpoint.IsExhausted(options.Patience); epoch++)
        {
            bool matching = epoch < options.MatchingEpochs;
            var order = split.Fit.ToArray();
            new Random(unchecked(options.Seed * 7919 + epoch)).Shuffle(order);
            double loss = 0;
            for (int b = 0; b < batches; b++)
            {
                cancellation.ThrowIfCancellationRequested();
                double phase = matching ? (epoch * batches + b) / (double)(options.MatchingEpochs * batches)
                    : ((epoch - options.MatchingEpochs) * batches + b) / (double)(options.Epochs * batches);
                if (!matching)
                    foreach (var (weight, target, start) in pruned) weight.Prune(Density(start, target, phase));
                var batch = order.AsSpan(b * options.BatchSize, Math.Min(options.BatchSize, order.Length - b * options.BatchSize));
                loss += trainer.Step(batch, matching, options.LearningRate * Rate(phase)) / batches;
            }
            bool final = Array.TrueForAll(pruned, p => p.Item1.Density <= p.Item2);
            var report = new EpochReport(epoch + 1, epochs, matching, loss, trainer.Evaluate(split.HeldOut), pruned.Length == 0 ? 1 : pruned.Min(p => p.Item1.Density));
            checkpoint.Add(report, counts: final);
            progress?.Report(report);
        }
        if (!checkpoint.HasBest) return new HealingResult(student, before, before, checkpoint.Epochs);
        checkpoint.RestoreBest();
        return new HealingResult(network.ToGraph(), before, checkpoint.Best, checkpoint.Epochs);
    }

    /// <summary>Rises over the first steps, then half a cosine down to zero (Loshchilov and Hutter 2017, arXiv 1608.03983).</summary>
    static double Rate(double phase) => phase < WarmUp ? (phase + 0.001) / WarmUp : 0.5 * (1 + Math.Cos(Math.PI * (phase - WarmUp) / (1 - WarmUp)));

    /// <summary>Cubic from start to target over the first two thirds (Zhu and Gupta 2017, eq. 1).</summary>
    static double Density(double start, double target, double phase)
    {
        double left = Math.Max(0, 1 - phase * 1.5);
        return target + (start - target) * left * left * left;
    }
}
