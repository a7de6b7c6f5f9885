using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Tests;

static class SourceExtensions
{
    /// <summary>Everything a source delivers, read in blocks of the given capacity.</summary>
    public static (float[][] Channels, Annotation[] Annotations) ReadAll(this ISampleSource source, int capacity = 1000)
    {
        var block = new SampleBlock(source.Info.Channels.Count, capacity);
        List<float>[] channels = [.. source.Info.Channels.Select(_ => new List<float>())];
        var annotations = new List<Annotation>();
        while (source.Read(block))
        {
            for (int c = 0; c < channels.Length; c++) channels[c].AddRange(block.Channel(c));
            annotations.AddRange(block.Annotations);
        }
        return ([.. channels.Select(c => c.ToArray())], [.. annotations]);
    }
}
