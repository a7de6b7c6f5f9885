using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Examples;

/// <summary>Whatever a source string names, for three seconds. The default is a simulated chip that falls silent and comes back.</summary>
static class AnySource
{
    public static void Run(string text)
    {
        using ISampleSource source = SourceCatalog.Open(text);
        Console.WriteLine($"{source.Info.Name}, {source.Info.SampleRate} Hz: {string.Join(", ", source.Info.Channels.Select(c => $"{c.Name} [{c.Unit}]"))}");
        var block = new SampleBlock(source.Info.Channels.Count, capacity: 256);
        var meter = new RateMeter();
        long read = 0, lost = 0;
        TimeSpan? first = null;
        while (source.Read(block))
        {
            if (block.Fault is { } reason) Console.WriteLine($"{block.Timestamp.TotalSeconds:0.000} s  {reason}");
            else if (block.Status != SampleStatus.None) Console.WriteLine($"{block.Timestamp.TotalSeconds:0.000} s  {block.Status}");
            (read, lost) = (read + block.Count, lost + block.Lost);
            meter.Add(block);
            first ??= block.Timestamp;
            if (block.Timestamp - first > TimeSpan.FromSeconds(3)) break;
        }
        Console.WriteLine($"{read} samples read, {lost} lost; {meter.Rate:0.0} per second by this machine's clock");
    }
}
