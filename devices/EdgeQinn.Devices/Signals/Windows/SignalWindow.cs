using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>One input of the network, filled from a window.</summary>
/// <param name="Name">The network's input.</param>
/// <param name="Values">Its elements; written again for every window.</param>
public sealed record WindowInput(string Name, float[] Values);

/// <summary>A window made ready for the network. A windower hands the same object out again and again.</summary>
public sealed class SignalWindow
{
    internal SignalWindow(IReadOnlyList<WindowInput> inputs) => Inputs = inputs;

    /// <summary>The network's inputs, in the contract's order.</summary>
    public IReadOnlyList<WindowInput> Inputs { get; }

    /// <summary>Sample index in the source: the R peak of a beat, the first sample of any other window.</summary>
    public long Sample { get; internal set; }

    /// <summary>When that sample was taken, on the source's clock.</summary>
    public TimeSpan Time { get; internal set; }

    /// <summary>When the last sample the window needed was taken: what comes after is processing time.</summary>
    public TimeSpan Ready { get; internal set; }

    /// <summary>Index in the source of the first sample the window's values rest on.</summary>
    public long First { get; internal set; }

    /// <summary>Index in the source of the last one.</summary>
    public long Last { get; internal set; }

    /// <summary>Which unbroken stretch of signal the window lies in: a number that no other stretch of this process has.</summary>
    public long Stretch { get; internal set; }

    /// <summary>Samples, at the contract's rate, from that stretch's first to the one the window is named by.</summary>
    public long Start { get; internal set; }

    /// <summary>Samples, at the contract's rate, from one window to the next; 0 where they lie at beats.</summary>
    public int Hop { get; internal init; }

    /// <summary>
    /// What is known to be wrong with the samples of the window. None of them is lost: where the policy for gaps fills none, windows do not reach over them.
    /// </summary>
    public SampleStatus Status { get; internal set; }

    /// <summary>How many of the window's values rest on samples that were made up.</summary>
    public int Filled { get; internal set; }

    /// <summary>Samples lost for good since the window before.</summary>
    public long LostBefore { get; internal set; }

    /// <summary>Index of the true label among the contract's labels, or −1 where none is known.</summary>
    public int Label { get; internal set; } = -1;

    /// <summary>The annotation the label comes from, or <see cref="AnnotationCode.None"/>.</summary>
    public AnnotationCode Code { get; internal set; }
}
