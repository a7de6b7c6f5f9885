using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>A layer, what it was tried in and what it became.</summary>
/// <param name="Site">The layer.</param>
/// <param name="Candidates">All that were tried, dense first.</param>
/// <param name="Chosen">What it became.</param>
/// <param name="Spectra">Its cuts' spectra; empty where it was not calibrated.</param>
public sealed record LayerChoice(WeightSite Site, IReadOnlyList<Candidate> Candidates, Candidate Chosen, IReadOnlyList<CutSpectrum> Spectra)
{
    /// <summary>The layer as it was.</summary>
    public Candidate Dense => Candidates[0];
}

/// <summary>How much a network was trained after it had been compressed.</summary>
public enum HealingDepth
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>For a few epochs, to see whether training brings it back.</summary>
    Trial,

    /// <summary>In full.</summary>
    Full,
}

/// <summary>A choice over all layers that was tried on the task.</summary>
/// <param name="Divergence">Of the whole network.</param>
/// <param name="Bytes">Of all weights.</param>
/// <param name="Microseconds">The sum over layers.</param>
/// <param name="Score">On the windows held out.</param>
/// <param name="Loss">The points lost, under noise too where that judges.</param>
/// <param name="Healed">How much it was trained.</param>
public sealed record VerifiedPoint(double Divergence, long Bytes, double Microseconds, double Score, double Loss, HealingDepth Healed);

/// <summary>A compressed network, and everything that explains it.</summary>
public sealed record CompressedNetwork
{
    /// <summary>The network with the chosen weights.</summary>
    public required ModelGraph Graph { get; init; }

    /// <summary>Its layers.</summary>
    public required IReadOnlyList<LayerChoice> Layers { get; init; }

    /// <summary>Judges networks as the choice did: whatever changes the graph further, as fine-tuning does, is measured by the same score.</summary>
    public required TaskJudge Judge { get; init; }

    /// <summary>Which windows fit and which judge.</summary>
    public required CalibrationSplit Split { get; init; }

    /// <summary>What the score is.</summary>
    public string Metric => Judge.Metric;

    /// <summary>What the divergence is.</summary>
    public string DivergenceName => Judge.DivergenceName;

    /// <summary>The score of the network as it was.</summary>
    public double ScoreBefore => Judge.Original;

    /// <summary>The score of the compressed network.</summary>
    public double ScoreAfter => After.Score;

    /// <summary>What the judge says of it.</summary>
    public required Verdict After { get; init; }

    /// <summary>What chance may have made of <see cref="Loss"/>.</summary>
    public required LossInterval Interval { get; init; }

    /// <summary>The windows behind both scores.</summary>
    public int HeldOutWindows => Judge.Windows;

    /// <summary>The windows that weights were fitted on.</summary>
    public required int FitWindows { get; init; }

    /// <summary>How windows were held out.</summary>
    public string SplitRule => Split.Rule;

    /// <summary>The choices that were tried on the task, cheapest first.</summary>
    public required IReadOnlyList<VerifiedPoint> Tried { get; init; }

    /// <summary>The epochs of its healing; none where it was not healed.</summary>
    public required IReadOnlyList<EpochReport> Healing { get; init; }

    /// <summary>The bytes of all constants, before and after.</summary>
    public required (long Before, long After) Bytes { get; init; }

    /// <summary>The numbers that all constants store, before and after.</summary>
    public required (long Before, long After) Parameters { get; init; }

    /// <summary>The median time of an inference on this machine, before and after, in µs.</summary>
    public required (double Before, double After) Microseconds { get; init; }

    /// <summary>Where the layers' times come from.</summary>
    public required string CostSource { get; init; }

    /// <summary>Layers that nothing was tried for, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What the user should know; not empty where a goal was not reached.</summary>
    public required IReadOnlyList<string> Shortfalls { get; init; }

    /// <summary>The points lost, under noise too where that judges.</summary>
    public double Loss => After.Loss;
}
