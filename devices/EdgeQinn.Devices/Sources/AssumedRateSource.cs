namespace EdgeQinn.Devices.Sources;

/// <summary>A recording that does not know its sample rate, taken to have the one the model wants, so that times and paces mean something.</summary>
public sealed class AssumedRateSource(ISampleSource inner, double sampleRate) : ISampleSource
{
    /// <inheritdoc/>
    public SourceInfo Info { get; } = inner.Info with { SampleRate = sampleRate };

    /// <summary>The source itself where it knows its rate.</summary>
    public static ISampleSource Wrap(ISampleSource source, double sampleRate) =>
        double.IsNaN(source.Info.SampleRate) ? new AssumedRateSource(source, sampleRate) : source;

    /// <inheritdoc/>
    public bool Read(SampleBlock block)
    {
        if (!inner.Read(block)) return false;
        block.Commit(block.Count, block.Sequence, block.FirstSample, TimeSpan.FromSeconds(block.FirstSample / sampleRate), block.Lost);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
