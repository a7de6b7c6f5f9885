namespace EdgeQinn.Runtime.Format;

/// <summary>What is done where samples are missing.</summary>
public enum GapAction
{
    /// <summary>Filters, intervals and windows start anew behind the gap: no window reaches over it.</summary>
    Reset,
    /// <summary>The last sample is repeated.</summary>
    Hold,
    /// <summary>A straight line joins the samples on both sides.</summary>
    Interpolate,
}

/// <summary>What is done about blocks whose samples were there before, or were given up as missing.</summary>
public enum RepeatAction
{
    /// <summary>They are dropped.</summary>
    Drop,
    /// <summary>They are dropped, and windows start anew behind them: a source that repeats itself may have lost count.</summary>
    Reset,
}

/// <summary>What is done where the source's clock runs faster or slower than its nominal rate.</summary>
public enum DriftAction
{
    /// <summary>Nothing: a window holds its number of samples, whatever time they took. The drift is measured and told.</summary>
    Report,
    /// <summary>The stream is resampled, so that it has its nominal rate by the machine's clock.</summary>
    Resample,
    /// <summary>Windows start anew where samples and clock have drifted apart by more than <see cref="ContinuityRule.MostDrift"/>.</summary>
    Reset,
}

/// <summary>What is made of a stream that is not what it should be: holes, jitter, drift, repetition. All of it is counted.</summary>
public sealed record ContinuityRule
{
    /// <summary>What is done where samples are lost or missing as values (NaN).</summary>
    public GapAction Gaps { get; init; } = GapAction.Reset;

    /// <summary>Gaps of more seconds start anew, whatever <see cref="Gaps"/> says.</summary>
    public double LongestGap { get; init; } = 0.1;

    /// <summary>A block's time that is more seconds away from where the block before puts it is no jitter: samples are missing, or the clock was set. Starts anew.</summary>
    public double MostJitter { get; init; } = 0.1;

    /// <summary>What is done about blocks that come twice.</summary>
    public RepeatAction Duplicates { get; init; } = RepeatAction.Drop;

    /// <summary>What is done about blocks that come after their samples had been given up.</summary>
    public RepeatAction Late { get; init; } = RepeatAction.Drop;

    /// <summary>What is done about drift.</summary>
    public DriftAction Drift { get; init; } = DriftAction.Report;

    /// <summary>Seconds by which samples and clock may differ where <see cref="Drift"/> starts anew.</summary>
    public double MostDrift { get; init; } = 0.1;
}
