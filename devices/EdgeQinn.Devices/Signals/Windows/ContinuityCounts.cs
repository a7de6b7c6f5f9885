namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>What a stream of blocks was like, and what the policy for gaps made of it.</summary>
public sealed class ContinuityCounts
{
    /// <summary>Samples that never came, and were not made up.</summary>
    public long Lost { get; internal set; }

    /// <summary>Samples that were made up.</summary>
    public long Filled { get; internal set; }

    /// <summary>Gaps that were filled.</summary>
    public long FilledGaps { get; internal set; }

    /// <summary>Times the stream started anew behind a gap: filters, intervals and windows forget what was before.</summary>
    public long Resets { get; internal set; }

    /// <summary>Blocks whose samples had been there before; dropped.</summary>
    public long DuplicateBlocks { get; internal set; }

    /// <summary>Blocks that came after their samples had been given up as missing; dropped.</summary>
    public long LateBlocks { get; internal set; }

    /// <summary>Times the clock jumped although no sample was said to be lost; the stream started anew there.</summary>
    public long TimeJumps { get; internal set; }

    /// <summary>The largest deviation of a block's time from where the block before put it; jumps are not in it.</summary>
    public TimeSpan MostJitter { get; internal set; }

    /// <summary>How much faster than its nominal rate the source ran of late, by the machine's clock, in millionths; 0 until two seconds have been measured.</summary>
    public double DriftPpm { get; internal set; }

    /// <summary>Samples by which the stream was lengthened to make up for drift; negative where it was shortened.</summary>
    public long Stretched { get; internal set; }

    /// <summary>Times the stream started anew because samples and clock had drifted apart; they are among <see cref="Resets"/>.</summary>
    public long DriftResets { get; internal set; }

    /// <summary>Adds the counts of a later stretch.</summary>
    public void Add(ContinuityCounts other)
    {
        Lost += other.Lost;
        Filled += other.Filled;
        FilledGaps += other.FilledGaps;
        Resets += other.Resets;
        DuplicateBlocks += other.DuplicateBlocks;
        LateBlocks += other.LateBlocks;
        TimeJumps += other.TimeJumps;
        Stretched += other.Stretched;
        DriftResets += other.DriftResets;
        if (other.DriftPpm != 0) DriftPpm = other.DriftPpm;
        if (other.MostJitter > MostJitter) MostJitter = other.MostJitter;
    }
}
