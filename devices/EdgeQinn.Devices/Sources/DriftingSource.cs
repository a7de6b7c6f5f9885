namespace EdgeQinn.Devices.Sources;

/// <summary>A recording or synthetic signal as if its clock ran faster or slower than its nominal rate: to try out what becomes of results.</summary>
/// <param name="inner">Closed together with this.</param>
/// <param name="ppm">By how much faster, in millionths.</param>
public sealed class DriftingSource(ISampleSource inner, double ppm) : ISampleSource
{
    /// <inheritdoc/>
    public SourceInfo Info => inner.Info;

    /// <inheritdoc/>
    public bool Read(SampleBlock block)
    {
        if (!inner.Read(block)) return false;
        block.Retime(block.Timestamp / (1 + ppm * 1e-6));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
