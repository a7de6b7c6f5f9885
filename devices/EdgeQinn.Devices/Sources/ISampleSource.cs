using EdgeQinn.Devices.Recordings;

namespace EdgeQinn.Devices.Sources;

/// <summary>Where samples come from: a recording, a generator or a sensor.</summary>
public interface ISampleSource : IDisposable
{
    /// <summary>Rate, channels and units; fixed while the source is open.</summary>
    SourceInfo Info { get; }

    /// <summary>
    /// Waits for at least one sample and fills the block with what is there, up to its capacity. Allocates nothing once running.
    /// A live source that cannot deliver at the moment gives empty blocks, with <see cref="SampleStatus.Down"/> and the reason, again and again.
    /// </summary>
    /// <param name="block">As many channels as <see cref="SourceInfo.Channels"/>.</param>
    /// <returns>False at the end of the source; the block is then empty.</returns>
    /// <exception cref="RecordingException">The recording is broken from here on; everything before was delivered.</exception>
    bool Read(SampleBlock block);
}
