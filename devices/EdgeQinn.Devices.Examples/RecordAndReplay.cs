using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Examples;

/// <summary>Ten seconds of a source that loses samples on the way, kept in a file; then the file again: the same samples, the same losses.</summary>
static class RecordAndReplay
{
    public static void Run()
    {
        string path = Path.Combine(Path.GetTempPath(), $"example-{Environment.ProcessId}.csv");
        ISampleSource live = SourceCatalog.Open("synthetic:ecg?seconds=10&faults=lost@3+0.5,leadoff@6+1");
        using (var recording = new RecordingSource(live, Recorder.Create(path, live.Info))) Console.WriteLine($"live:   {Sum(recording)}");
        using (ISampleSource replay = SourceCatalog.Open($"csv:{path}")) Console.WriteLine($"replay: {Sum(replay)}");
        File.Delete(path);
    }

    static string Sum(ISampleSource source)
    {
        var block = new SampleBlock(source.Info.Channels.Count, 36);
        double sum = 0;
        long count = 0, lost = 0, leadOff = 0;
        while (source.Read(block))
        {
            foreach (float x in block.Channel(0)) sum += x;
            (count, lost) = (count + block.Count, lost + block.Lost);
            if ((block.Status & SampleStatus.LeadOff) != 0) leadOff += block.Count;
        }
        return $"{count} samples, {lost} lost, {leadOff} without electrode, sum {sum:R}";
    }
}
