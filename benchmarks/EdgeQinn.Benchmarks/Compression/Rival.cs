using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>
/// What a compressed network has to beat: the same architecture with fewer channels, dense in int8, of the same bytes, trained from nothing on the same windows
/// by the same loss. It is trained in float32, quantised with calibration, and trained a little more in int8.
/// </summary>
static class Rival
{
    /// <summary>Windows it sees, each as often as that takes: twice as many as healing does, since it starts from nothing.</summary>
    public const int Visits = 200_000;

    /// <summary>Epochs in int8 at the end.</summary>
    public const int Int8Epochs = 3;

    /// <summary>Adam's step size; healing, which must not forget, takes a smaller one.</summary>
    public const double LearningRate = 2e-3;

    /// <summary>The architecture whose int8 file is nearest to <paramref name="bytes"/>.</summary>
    /// <param name="graph">The network to narrow.</param>
    /// <param name="bytes">The size wanted.</param>
    /// <param name="seed">For its weights.</param>
    /// <param name="size">The bytes of the file a network makes.</param>
    public static ModelGraph Narrow(ModelGraph graph, long bytes, int seed, Func<ModelGraph, long> size)
    {
        long Of(double share) => size(LayerFormats.Apply(NarrowNetwork.Build(graph, share, seed), [FormatRequest.Parse("*=int8")], out _));
        double low = 0.001, high = 1;
        for (int step = 0; step < 20; step++)
        {
            double middle = (low + high) / 2;
            if (Of(middle) <= bytes) low = middle;
            else high = middle;
        }
        return NarrowNetwork.Build(graph, Math.Abs(Of(high) - bytes) < Math.Abs(Of(low) - bytes) ? high : low, seed);
    }

    /// <summary>Epochs in float32.</summary>
    public static int Epochs(CalibrationSplit split) => Math.Max(1, Visits / split.Fit.Length);

    /// <summary>Trains and quantises it.</summary>
    /// <param name="teacher">The network as it was.</param>
    /// <param name="rival">What <see cref="Narrow"/> made.</param>
    /// <param name="set">The windows.</param>
    /// <param name="split">Which to train on, and which decide what to keep.</param>
    /// <param name="options">How the compressed network is healed.</param>
    /// <returns>The network, and the loss held out before and after.</returns>
    public static (ModelGraph Graph, double Before, double After) Train(ModelGraph teacher, ModelGraph rival, CalibrationSet set, CalibrationSplit split, HealingOptions options)
    {
        int epochs = Epochs(split);
        var trained = Healer.Run(teacher, rival, set, split, options with { MatchingEpochs = 0, Epochs = epochs, Patience = epochs, LearningRate = LearningRate });
        var quantised = CalibratedFormats.Apply(trained.Graph, set, split.Fit, options.Seed, _ => "int8");
        var result = Healer.Run(teacher, quantised, set, split, options with { MatchingEpochs = 0, Epochs = Int8Epochs, Patience = Int8Epochs });
        return (result.Graph, trained.Before, result.After);
    }
}
