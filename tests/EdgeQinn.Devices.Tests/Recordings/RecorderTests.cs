using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Tests.Signals;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Devices.Tests.Recordings;

[Collection(AllocationCollection.Name)]
public sealed class RecorderTests : IDisposable
{
    const string Faults = "faults=lost@2+0.3,missing@4,twice@6,late@8,leadoff@10+1,down@12+2";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    sealed record Seen(long First, int Count, long Lost, TimeSpan Time, SampleStatus Status, float[][] Samples, Annotation[] Annotations);

    static List<Seen> ReadBlocks(ISampleSource source, int capacity)
    {
        var block = new SampleBlock(source.Info.Channels.Count, capacity);
        var seen = new List<Seen>();
        while (source.Read(block))
        {
            if (block.Count == 0) continue;
            seen.Add(new(block.FirstSample, block.Count, block.Lost, block.Timestamp, block.Status, [.. Enumerable.Range(0, block.Channels).Select(c => block.Channel(c).ToArray())], [.. block.Annotations]));
        }
        return seen;
    }

    List<Seen> Record(string source, string path, int capacity)
    {
        ISampleSource inner = SourceCatalog.Open(source);
        using var recording = new RecordingSource(inner, Recorder.Create(path, inner.Info));
        return ReadBlocks(recording, capacity);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(36)]
    public void A_CSV_recording_gives_the_same_blocks_to_the_bit(int capacity)
    {
        string path = _folder.File("r.csv");
        List<Seen> live = Record($"synthetic:ecg?seconds=20&{Faults}", path, capacity);
        using ISampleSource replay = SourceCatalog.Open($"csv:{path}");
        Assert.Equal((360.0, "synthetic ECG", new Channel("MLII", "mV")), (replay.Info.SampleRate, replay.Info.Name, replay.Info.Channels[0]));
        List<Seen> again = ReadBlocks(replay, capacity);
        Assert.Equal(live.Count, again.Count);
        foreach ((Seen a, Seen b) in live.Zip(again))
        {
            Assert.Equal((a.First, a.Count, a.Time, a.Status), (b.First, b.Count, b.Time, b.Status));
            Assert.Equal(a.Samples, b.Samples);
            Assert.Equal(a.Annotations, b.Annotations);
        }
        Assert.True(replay.Info.IsAnnotated);
        Assert.InRange(again.Sum(b => b.Annotations.Length), 15, 60);
        Assert.Contains(again, b => b.Lost > 0);
        Assert.Contains(again, b => (b.Status & SampleStatus.LeadOff) != 0);
    }

    /// <summary>The windows of a source: what they rest on, what was lost, their values.</summary>
    static List<(long Sample, long Lost, int Filled, float[] Values)> Windows(ISampleSource source, int capacity, BeatTrigger trigger)
    {
        SignalContract contract = Contracts.Load("ecg-beat.json") with { Continuity = new ContinuityRule().WithGaps("interpolate:max=200ms") };
        Windower windower = Windower.Create(contract, source.Info, trigger);
        var block = new SampleBlock(source.Info.Channels.Count, capacity);
        var seen = new List<(long, long, int, float[])>();
        while (source.Read(block))
        {
            windower.Accept(block);
            while (windower.TryRead(out SignalWindow? w)) seen.Add((w.Sample, w.LostBefore, w.Filled, [.. w.Inputs[0].Values, .. w.Inputs[1].Values]));
        }
        return seen;
    }

    [Theory]
    [InlineData("r.csv", "csv", BeatTrigger.Qrs)]
    [InlineData("a.csv", "csv", BeatTrigger.Annotations)]
    [InlineData("w", "wfdb", BeatTrigger.Qrs)]
    [InlineData("v.hea", "wfdb", BeatTrigger.Annotations)]
    public void A_replay_gives_the_same_windows_to_the_bit(string name, string scheme, BeatTrigger trigger)
    {
        string path = _folder.File(name);
        ISampleSource inner = SourceCatalog.Open($"synthetic:ecg?seconds=40&{Faults}");
        List<(long Sample, long Lost, int Filled, float[] Values)> live, again;
        using (var recording = new RecordingSource(inner, Recorder.Create(path, inner.Info))) live = Windows(recording, 4, trigger);
        using (ISampleSource replay = SourceCatalog.Open($"{scheme}:{path}")) again = Windows(replay, 100, trigger);
        Assert.InRange(live.Count, 20, 60);
        Assert.Equal(live.Select(w => (w.Sample, w.Lost, w.Filled)), again.Select(w => (w.Sample, w.Lost, w.Filled)));
        Assert.Equal(live.Select(w => w.Values), again.Select(w => w.Values));
        Assert.Contains(live, w => w.Lost > 0);
        Assert.Contains(live, w => w.Filled > 0);
    }

    [Fact]
    public void A_recording_cut_off_anywhere_is_read_up_to_its_last_whole_record()
    {
        string whole = _folder.File("whole.csv"), cut = _folder.File("cut.csv"), record = _folder.File("record");
        Record("synthetic:ecg?seconds=2", whole, 10);
        byte[] bytes = File.ReadAllBytes(whole);
        for (int length = bytes.Length - 40; length <= bytes.Length; length++)
        {
            File.WriteAllBytes(cut, bytes[..length]);
            using ISampleSource source = SourceCatalog.Open($"csv:{cut}");
            int lines = System.Text.Encoding.UTF8.GetString(bytes, 0, length).Split('\n')[..^1].Count(l => !l.StartsWith('#')) - 1; // but the columns' names
            Assert.Equal(lines, source.ReadAll().Channels[0].Length);
        }

        ISampleSource inner = SourceCatalog.Open("adxl345:sim?rate=800");
        using (var recorder = Recorder.Create(record, inner.Info))
        {
            var block = new SampleBlock(3, 64);
            for (int blocks = 0; blocks < 3; blocks++)
            {
                inner.Read(block);
                recorder.Take(block);
            }
            // As a killed process leaves it: header without length, no end marks.
            foreach (string extension in new[] { ".hea", ".dat", ".atr" }) File.Copy(record + extension, _folder.File("killed" + extension));
        }
        inner.Dispose();
        File.WriteAllText(_folder.File("killed.hea"), File.ReadAllText(record + ".hea").Replace("record", "killed"));
        string header = File.ReadAllText(_folder.File("killed.hea"));
        File.WriteAllText(_folder.File("killed.hea"), string.Join('\n', header.Split('\n').Select((l, i) => i == 0 ? string.Join(' ', l.Split(' ')[..3]) : l)));
        long frames = new FileInfo(_folder.File("killed.dat")).Length / 12;
        using (FileStream data = File.OpenWrite(_folder.File("killed.dat"))) data.SetLength(frames * 12 - 5);
        using ISampleSource killed = SourceCatalog.Open($"wfdb:{_folder.File("killed")}");
        Assert.True(frames > 10);
        Assert.Equal(frames - 1, killed.ReadAll().Channels[2].Length);
    }

    [Fact]
    public void A_recording_replaces_none_and_hostile_ones_throw_nothing_but_the_declared_error()
    {
        string path = _folder.File("r.csv");
        Record("synthetic:ecg?seconds=1", path, 36);
        Assert.Throws<IOException>(() => Record("synthetic:ecg?seconds=1", path, 36));
        Record("synthetic:ecg?seconds=1", _folder.File("{time}.csv"), 36);
        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(path)!, "*.csv").Length);

        byte[] bytes = File.ReadAllBytes(path)[..600];
        foreach (byte[] hostile in ByteMutator.Variants(bytes, 2000, 3))
        {
            File.WriteAllBytes(path, hostile);
            try
            {
                using ISampleSource source = SourceCatalog.Open($"csv:{path}");
                source.ReadAll();
            }
            catch (Exception e) when (e is RecordingException or SourceAddressException)
            {
                continue;
            }
        }
    }

    [Theory]
    [InlineData("r.csv")]
    [InlineData("r")]
    public void Recording_allocates_nothing_once_running(string name)
    {
        using var source = new EdgeQinn.Devices.Sources.Synthetic.SyntheticBearing(new(Seconds: 2));
        using var recorder = Recorder.Create(_folder.File(name), source.Info);
        var block = new SampleBlock(1, 120);
        for (int i = 0; i < 20; i++)
        {
            source.Read(block);
            recorder.Take(block);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (source.Read(block)) recorder.Take(block);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("boredom@1")]
    [InlineData("lost@x")]
    [InlineData("lost+1@2")]
    [InlineData("lost@1+5/2")]
    public void Plans_that_are_none_are_refused(string plan) => Assert.Throws<SourceAddressException>(() => PlannedFault.Parse(plan));

    [Fact]
    public void A_planned_fault_comes_again_as_often_as_it_says()
    {
        PlannedFault fault = Assert.Single(PlannedFault.Parse("lost@10+0.5/60"));
        Assert.Equal([-1L, 0, -1, 1, 23], new[] { 9.9, 10.2, 10.6, 70.4, 23 * 60 + 10.1 }.Select(fault.Occurrence));
    }
}
