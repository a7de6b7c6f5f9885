using EdgeQinn.Converter.Healing.Training;

namespace EdgeQinn.Converter.Selection;

/// <summary>What a compressed network should have little of.</summary>
public enum Objective
{
    /// <summary>Bytes and time, each relative to the dense network's.</summary>
    Balanced,

    /// <summary>Bytes of the file's weights.</summary>
    Size,

    /// <summary>Time of an inference.</summary>
    Latency,
}

/// <summary>How to compress.</summary>
public sealed record CompressOptions
{
    /// <summary>The points of the task's score that may be lost (<see cref="TaskJudge.Score"/>).</summary>
    public double MaxLoss { get; init; } = 1;

    /// <summary>The divergence allowed beside <see cref="MaxLoss"/>, in place of the windows with noise that <see cref="TaskJudge"/> adds where the score says little; null for none.</summary>
    public double? MaxDivergence { get; init; }

    /// <summary>What to have little of.</summary>
    public Objective Objective { get; init; }

    /// <summary>The most bytes the weights may take; what cannot be had within <see cref="MaxLoss"/> is told.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>The formats to choose from, by name; empty for all.</summary>
    public IReadOnlyList<string> Formats { get; init; } = [];

    /// <summary>What the score is.</summary>
    public TaskMetric Metric { get; init; }

    /// <summary>The labels that macro-F1 is taken over; empty for those with windows enough.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The most windows to take second moments from, equally many of each label as far as there are.</summary>
    public int FitWindows { get; init; } = 2048;

    /// <summary>The most windows to measure each candidate's effect on the results with.</summary>
    public int ProbeWindows { get; init; } = 256;

    /// <summary>The share of the calibration windows that is held out to judge.</summary>
    public double HeldOutShare { get; init; } = 0.25;

    /// <summary>For all that is drawn.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How to train the network in its compressed formats, so that cheaper ones keep the score; null for not at all.</summary>
    public HealingOptions? Healing { get; init; }

    /// <summary>
    /// A folder for what an interrupted run needs to go on as if it had not been: the layers' times, and each healing after every epoch; null for none. One that
    /// was made with other options, or for another network or other windows, is refused.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>Where times come from.</summary>
    public ILayerCost Cost { get; init; } = new MeasuredLayerCost();

    /// <summary>Told what is being done, a line at a time.</summary>
    public Action<string>? Progress { get; init; }
}
