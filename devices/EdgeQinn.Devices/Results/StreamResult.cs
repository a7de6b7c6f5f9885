using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Results;

/// <summary>What a network made of one window. The stream hands the same object out again and again.</summary>
public sealed class StreamResult
{
    /// <param name="labels">The contract's labels.</param>
    /// <param name="isScore">Whether there is one score instead of a probability per label.</param>
    public StreamResult(IReadOnlyList<string> labels, bool isScore) => (Labels, IsScore) = (labels, isScore);

    /// <summary>The contract's labels.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Whether <see cref="Scores"/> is one anomaly score instead of a probability per label.</summary>
    public bool IsScore { get; }

    /// <summary>Number of this result, from 0: a jump means windows that were skipped to keep up.</summary>
    public long Number { get; set; }

    /// <summary>Index of the label decided on.</summary>
    public int Label { get; set; }

    /// <summary>Index of the true label, or −1 where none is known.</summary>
    public int Truth { get; set; } = -1;

    /// <summary>A probability per label, or the one score; valid until the next result.</summary>
    public ReadOnlyMemory<float> Scores { get; set; }

    /// <summary>Sample the result is named by: the R peak of a beat, the first sample of any other window.</summary>
    public long Sample { get; set; }

    /// <summary>When it was taken, on the source's clock.</summary>
    public TimeSpan Time { get; set; }

    /// <summary>First sample the result rests on.</summary>
    public long First { get; set; }

    /// <summary>Last sample the result rests on.</summary>
    public long Last { get; set; }

    /// <summary>What is known to be wrong with them.</summary>
    public SampleStatus Status { get; set; }

    /// <summary>Values of the window that rest on samples made up for missing ones.</summary>
    public int Filled { get; set; }

    /// <summary>Samples lost for good between the window before and this one.</summary>
    public long LostBefore { get; set; }

    /// <summary>From the sample the result is named by to the last one that had to be waited for.</summary>
    public TimeSpan Span { get; set; }

    /// <summary>From the last sample being there to the result, in ns.</summary>
    public long Latency { get; set; }

    /// <summary>Time of the network alone, in ns.</summary>
    public long Network { get; set; }

    /// <summary>Whether the latency was above the deadline.</summary>
    public bool IsLate { get; set; }

    /// <summary>Takes over what the window says of itself.</summary>
    public void Take(SignalWindow window)
    {
        (Sample, Time, First, Last) = (window.Sample, window.Time, window.First, window.Last);
        (Status, Filled, LostBefore, Span) = (window.Status, window.Filled, window.LostBefore, window.Ready - window.Time);
        Truth = window.Label;
    }
}

/// <summary>Something other than a result that a reader of results must know of.</summary>
/// <param name="Kind">One word: <c>down</c>, <c>up</c>, <c>signal</c>, <c>gap</c>, <c>pieces</c>, <c>skipped</c>, <c>reload</c>, <c>recording</c>, <c>alarm</c>.</param>
/// <param name="Time">When, on the source's clock.</param>
/// <param name="Sample">At which sample.</param>
/// <param name="Text">What happened, for people.</param>
/// <param name="Count">Samples or windows concerned; 0 where that means nothing.</param>
public readonly record struct StreamEvent(string Kind, TimeSpan Time, long Sample, string Text, long Count = 0);
