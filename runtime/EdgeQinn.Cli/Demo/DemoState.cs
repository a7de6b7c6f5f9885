using EdgeQinn.Cli.Streams;
using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Cli.Demo;

/// <summary>A beat on the screen.</summary>
/// <param name="Sample">Its R peak.</param>
/// <param name="Label">The network's label.</param>
/// <param name="Truth">The generator's; −1 where it made no beat there.</param>
/// <param name="Latency">From the last sample it needed to the label, in ns.</param>
sealed record LabelledBeat(long Sample, int Label, int Truth, long Latency);

/// <summary>What the demo has seen so far; the views read it.</summary>
sealed class DemoState(StreamClassifier classifier, double sampleRate)
{
    const int HistorySeconds = 40;

    readonly float[] _samples = new float[(int)(HistorySeconds * sampleRate)];

    /// <summary>Labels in the network's order.</summary>
    public IReadOnlyList<string> Labels => classifier.Contract.Decision.Labels;

    /// <summary>Samples per second.</summary>
    public double SampleRate => sampleRate;

    /// <summary>Samples seen.</summary>
    public long Count { get; private set; }

    /// <summary>Beats labelled, oldest first.</summary>
    public List<LabelledBeat> Beats { get; } = [];

    /// <summary>Generator's truth against the network's labels.</summary>
    public ConfusionMatrix Matrix { get; } = new(classifier.Contract.Decision.Labels);

    /// <summary>From the last sample a beat needed to its label.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>The network alone.</summary>
    public LatencyHistogram Network => classifier.Inference;

    /// <summary>Beats labelled as the generator made them.</summary>
    public long Agreeing => Beats.Count(b => b.Label == b.Truth);

    /// <summary>The sample at <paramref name="index"/>; NaN outside what is kept.</summary>
    public float this[long index] => index >= 0 && index < Count && index >= Count - _samples.Length ? _samples[index % _samples.Length] : float.NaN;

    public void Add(SampleBlock block)
    {
        foreach (float sample in block.Channel(0)) _samples[Count++ % _samples.Length] = sample;
    }

    public void Add(Result result)
    {
        Beats.Add(new LabelledBeat(result.Window.Sample, result.Label, result.Window.Label, result.Latency));
        if (result.Window.Label >= 0) Matrix.Add(result.Window.Label, result.Label);
        Latency.Record(result.Latency);
    }
}
