using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Fuzz.Targets;

/// <summary>Reads a source to its end.</summary>
static class RecordingReader
{
    /// <summary>Blocks are small, so that short inputs take several.</summary>
    const int BlockSamples = 64;

    public static void ReadToEnd(ISampleSource source)
    {
        var block = new SampleBlock(source.Info.Channels.Count, BlockSamples);
        while (source.Read(block)) { }
    }
}
