namespace EdgeQinn.Devices.Sources;

/// <summary>One signal of a source.</summary>
/// <param name="Name">Lead, axis or variable, such as <c>MLII</c>.</param>
/// <param name="Unit">Physical unit of the samples, such as <c>mV</c> or <c>g</c>.</param>
public readonly record struct Channel(string Name, string Unit);

/// <summary>What a source delivers.</summary>
/// <param name="Name">Short name for people and for labels taken from file names: record name, file name without extension.</param>
/// <param name="SampleRate">Samples per second and channel; NaN where the source does not know.</param>
/// <param name="Channels">The signals, in the order of <see cref="SampleBlock.Channel"/>.</param>
public sealed record SourceInfo(string Name, double SampleRate, IReadOnlyList<Channel> Channels)
{
    /// <summary>Samples per channel in all, or null where the source does not know or does not end.</summary>
    public long? Length { get; init; }

    /// <summary>Whether blocks carry the events an expert (or the generator) marked.</summary>
    public bool IsAnnotated { get; init; }

    /// <summary>Whether blocks say how many samples are missing. Text without a column of times cannot: what never came leaves no trace.</summary>
    public bool TellsLosses { get; init; } = true;

    /// <summary>Whether samples come as they are taken, so that reading waits for them.</summary>
    public bool IsLive { get; init; }
}
