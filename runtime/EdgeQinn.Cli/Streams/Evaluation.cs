using EdgeQinn.Devices.Evaluation;

namespace EdgeQinn.Cli.Streams;

/// <summary>What came out of one recording, or of all.</summary>
sealed class Evaluation(string name, IReadOnlyList<string> labels)
{
    /// <summary>The recording.</summary>
    public string Name => name;

    /// <summary>Truth against decision.</summary>
    public ConfusionMatrix Matrix { get; } = new(labels);

    /// <summary>Windows whose truth is not known.</summary>
    public long Unknown { get; set; }

    /// <summary>The detector's figures; null where beats are not detected.</summary>
    public BeatMatcher? Detection { get; set; }
}
