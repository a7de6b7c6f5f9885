using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Cli.Streams;

/// <summary>What a stream has done so far.</summary>
sealed class StreamFigures(int labels)
{
    /// <summary>From the last sample being there to the result being handed out, in ns.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Times of the network alone, in ns.</summary>
    public LatencyHistogram Network { get; } = new();

    /// <summary>Results per label.</summary>
    public long[] Counts { get; } = new long[labels];

    /// <summary>Samples per channel read.</summary>
    public long Samples { get; set; }

    /// <summary>Results later than the deadline.</summary>
    public long DeadlineMisses { get; set; }

    /// <summary>Windows skipped to keep up.</summary>
    public long Skipped { get; set; }

    /// <summary>Times the source was down.</summary>
    public long Outages { get; set; }

    /// <summary>Times the model was read again.</summary>
    public long Reloads { get; set; }

    /// <summary>Bytes allocated between taking a block and having handed out its results, after the first result.</summary>
    public long Allocated { get; set; }

    /// <summary>The rate as the clock sees it.</summary>
    public RateMeter Rate { get; } = new();

    /// <summary>What is known to be wrong with the signal now.</summary>
    public SampleStatus Status { get; set; }

    /// <summary>Why the source does not deliver; null where it does.</summary>
    public string? Fault { get; set; }

    /// <summary>Continuity of windowers that were replaced when the contract changed.</summary>
    public ContinuityCounts Before { get; } = new();
}
