using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Examples;

/// <summary>Whatever a source string names, for three seconds. The default is a simulated chip that falls silent and comes back.</summary>
static class AnySource
{
    public static void Run(string text)
    {
        using ISampleSource source = SourceCatalog.Open(text);
        string channels = string.Join(", ", source.Info.Channels.Select(c => $"{c.Name} [{c.Unit}]"));
        Console.WriteLine($"{source.Info.Name}, {source.Info.SampleRate} Hz: {channels}");
        var block = new SampleBlock(source.Info.Channels.Count, capacity: 256);
        var meter = new RateMeter();
        long read = 0, lost = 0;
        TimeSpan? first = null;
        SampleStatus status = SampleStatus.None;
        while (source.Read(block))
        {
            if (block.Status != status) Console.WriteLine($"{block.Timestamp.TotalSeconds:0.000} s  {block.Fault ?? block.Status.ToString()}");
            status = block.Status;
            (read, lost) = (read + block.Count, lost + block.Lost);
            meter.Add(block);
            first ??= block.Timestamp;
            if (block.Timestamp - first > TimeSpan.FromSeconds(3)) break;
        }
        Console.WriteLine($"{read} samples read, {lost} lost; {meter.Rate:0.0} per second by this machine's clock");
    }
}
