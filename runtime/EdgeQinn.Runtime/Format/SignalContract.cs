namespace EdgeQinn.Runtime.Format;

/// <summary>
/// What stands between a sensor and the network, and between the network and a person: rate, channel, filters, window, features, labels.
/// Stored in the <c>.eqn</c> file as JSON (<see cref="SignalContractJson"/>; FORMAT.md lists the fields), so that a board needs nothing else.
/// </summary>
public sealed record SignalContract
{
    /// <summary>Samples per second at which filters and windows work; sources with another rate are resampled.</summary>
    public required double SampleRate { get; init; }

    /// <summary>Physical unit of the samples, such as <c>mV</c> or <c>g</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>Names of channels in order of preference, a leading * standing for any beginning; where the source has none of them, its first channel is taken.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>Causal filters over the whole stream, in order, from zero state.</summary>
    public IReadOnlyList<FilterStep> Filters { get; init; } = [];

    /// <summary>How the filtered stream is normalised before windows are cut; null where it is not. Beats are found in the stream as it was before.</summary>
    public StreamNormalization? Normalization { get; init; }

    /// <summary>What is made of gaps, jitter, drift and repetition.</summary>
    public ContinuityRule Continuity { get; init; } = new();

    /// <summary>Where windows lie.</summary>
    public required WindowRule Window { get; init; }

    /// <summary>How each input of the network is made from a window.</summary>
    public required IReadOnlyList<InputFeature> Inputs { get; init; }

    /// <summary>What the network's output means.</summary>
    public required Decision Decision { get; init; }

    /// <summary>Annotation codes to labels, for evaluation and annotation triggers; events with other codes are not windows.</summary>
    public IReadOnlyDictionary<string, string> AnnotationLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>Beginnings of recordings' names to labels, for recordings of one class each; the longest that fits counts.</summary>
    public IReadOnlyDictionary<string, string> SourceLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads a contract from UTF-8 JSON. Fields that this version does not know are refused by name: ignoring one would change results silently.</summary>
    /// <exception cref="GraphException">The JSON is broken, or a field is missing, unknown or out of range; the message gives its path.</exception>
    public static SignalContract Parse(ReadOnlyMemory<byte> json) => SignalContractJson.Read(json);

    /// <summary>The contract as UTF-8 JSON.</summary>
    public byte[] ToJson() => SignalContractJson.Write(this);
}

/// <summary>Kinds of <see cref="FilterStep"/>.</summary>
public enum FilterKind
{
    LowPass, HighPass, BandPass, BandStop, Notch,
}

/// <summary>One causal filter.</summary>
/// <param name="Kind">Butterworth low-, high-, band-pass or band-stop, or a second-order notch.</param>
/// <param name="Order">Butterworth order per edge; 2 for a notch.</param>
/// <param name="Low">Lower edge in Hz (high-pass: the edge; notch: the centre).</param>
/// <param name="High">Upper edge in Hz (low-pass: the edge; notch: not used).</param>
/// <param name="Quality">Centre frequency ÷ −3 dB bandwidth; notch only.</param>
public sealed record FilterStep(FilterKind Kind, int Order, double Low, double High, double Quality = 0);

/// <summary>
/// Causal normalisation of the whole stream, in place of that of each window: a sample minus the running mean, divided by (running deviation + epsilon). Overlapping
/// windows then share their samples.
/// </summary>
/// <param name="Seconds">The time constant with which older samples are forgotten; until then all weigh alike.</param>
/// <param name="Epsilon">Added to the deviation, in the contract's unit; positive.</param>
public sealed record StreamNormalization(double Seconds, double Epsilon);

/// <summary>What starts a window.</summary>
public enum WindowTrigger
{
    /// <summary>A heartbeat: the R peak, found in the signal or taken from annotations.</summary>
    Beat,

    /// <summary>Every <see cref="WindowRule.Hop"/> samples.</summary>
    Hop,
}

/// <summary>Where windows lie in the stream.</summary>
/// <param name="Trigger">What starts one.</param>
/// <param name="Length">Samples.</param>
/// <param name="Before">Samples before the beat; the beat itself is sample number <paramref name="Before"/> of the window. Beat only.</param>
/// <param name="Hop">Samples from one window's start to the next. Hop only.</param>
public sealed record WindowRule(WindowTrigger Trigger, int Length, int Before = 0, int Hop = 0);

/// <summary>How one input of the network is made from a window.</summary>
/// <param name="Name">The network's input.</param>
public abstract record InputFeature(string Name);

/// <summary>The window's samples; optionally minus their mean, divided by (population standard deviation + epsilon).</summary>
public sealed record SamplesFeature(string Name, bool Normalize, double Epsilon = 0) : InputFeature(Name);

/// <summary>
/// Four numbers of a beat: RR interval before it, in s; after it, in s; the former ÷ the mean of the up to <paramref name="Average"/> RR
/// intervals that end with it; the latter ÷ the former; each clamped to 0…<paramref name="Limit"/>.
/// </summary>
public sealed record RrFeature(string Name, int Average, double Limit) : InputFeature(Name);

/// <summary>log10(|DFT(x · Hann)| + <paramref name="Floor"/>) of bins <paramref name="FirstBin"/> … <paramref name="FirstBin"/> + <paramref name="Bins"/> − 1; the window is the symmetric Hann.</summary>
public sealed record LogSpectrumFeature(string Name, int FirstBin, int Bins, double Floor) : InputFeature(Name);

/// <summary>What the network's output means.</summary>
/// <param name="Output">The network's output.</param>
/// <param name="Labels">Labels for people.</param>
public abstract record Decision(string Output, IReadOnlyList<string> Labels);

/// <summary>One score per label; the largest wins.</summary>
/// <param name="Output">The network's output.</param>
/// <param name="Labels">One per element.</param>
/// <param name="Logits">Whether scores become probabilities by softmax, outside the network; otherwise they are probabilities.</param>
public sealed record ClassDecision(string Output, IReadOnlyList<string> Labels, bool Logits) : Decision(Output, Labels);

/// <summary>
/// The output reconstructs an input; score = mean over elements of ((output − input) ÷ scale)². At most the threshold is the first label, above it the second.
/// </summary>
/// <param name="Output">The network's output.</param>
/// <param name="Labels">Two: usual, anomalous.</param>
/// <param name="Input">The input that is reconstructed.</param>
/// <param name="Threshold">The highest usual score.</param>
/// <param name="Scale">One per element, or empty for 1.</param>
public sealed record AnomalyDecision(string Output, IReadOnlyList<string> Labels, string Input, double Threshold, IReadOnlyList<float> Scale) : Decision(Output, Labels);
