using EdgeQinn.Converter.Calibration;

namespace EdgeQinn.Converter.Healing.Training;

/// <summary>What the network's outputs are, and so what "the same" means for them.</summary>
public enum OutputKind
{
    /// <summary>Numbers: the squared error counts, in units of each output's variance.</summary>
    Values,

    /// <summary>Logits of classes along the last axis: the divergence of the class probabilities counts.</summary>
    Logits,
}

/// <summary>How to heal.</summary>
public sealed record HealingOptions
{
    /// <summary>What the outputs are.</summary>
    public OutputKind Outputs { get; init; } = OutputKind.Values;

    /// <summary>Epochs of matching each layer's output to the teacher's, without labels.</summary>
    public int MatchingEpochs { get; init; } = 2;

    /// <summary>Epochs of fine-tuning end to end.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>Windows per step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Adam's step size at its highest.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>Softens both networks' probabilities (Hinton et al. 2015, arXiv 1503.02531).</summary>
    public double Temperature { get; init; } = 2;

    /// <summary>The share of the labels in the loss, where there are labels; the rest is the teacher's.</summary>
    public double LabelShare { get; init; } = 0.1;

    /// <summary>The share of the windows trained on that get noise (<see cref="WindowNoise"/>): more for the student to imitate its teacher on than recordings hold.</summary>
    public double NoiseShare { get; init; }

    /// <summary>The most noise; each window's is drawn between none and that.</summary>
    public double NoiseLevel { get; init; } = 0.5;

    /// <summary>Epochs without improvement until it stops.</summary>
    public int Patience { get; init; } = 4;

    /// <summary>Densities to prune block-sparse constants to, by name, while fine-tuning (Zhu and Gupta 2017, arXiv 1710.01878).</summary>
    public IReadOnlyDictionary<string, double> TargetDensities { get; init; } = new Dictionary<string, double>();

    /// <summary>Decides the order of the windows.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads; the result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Where to keep what is needed to go on after an interruption; null for nowhere.</summary>
    public string? Checkpoint { get; init; }
}

/// <summary>One epoch.</summary>
/// <param name="Epoch">From 1; matching epochs come first.</param>
/// <param name="Epochs">Of how many.</param>
/// <param name="Matching">Whether layers were matched rather than the whole network trained.</param>
/// <param name="Loss">Mean over the windows trained on.</param>
/// <param name="HeldOut">Mean over the windows held out, of the end-to-end loss.</param>
/// <param name="Density">The least density among the weights that are being pruned; 1 where there are none.</param>
public sealed record EpochReport(int Epoch, int Epochs, bool Matching, double Loss, double HeldOut, double Density);

/// <summary>What healing did.</summary>
/// <param name="Graph">The healed network; the one given where nothing was better.</param>
/// <param name="Before">The held-out loss before.</param>
/// <param name="After">The held-out loss of <paramref name="Graph"/>.</param>
/// <param name="Epochs">Every epoch run.</param>
public sealed record HealingResult(Runtime.Format.ModelGraph Graph, double Before, double After, IReadOnlyList<EpochReport> Epochs);
