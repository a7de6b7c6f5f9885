using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Recordings.Wfdb;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Devices.Tests.Recordings;

[Collection(AllocationCollection.Name)]
public sealed class WfdbTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static readonly Annotation[] Events =
    [
        new(5, AnnotationCode.Rhythm, Text: "(AFIB"),
        new(5, AnnotationCode.Normal, Subtype: -2),
        new(1030, AnnotationCode.VentricularPremature, Channel: 1),
        new(2_000_000, AnnotationCode.AtrialPremature, Channel: 1, Number: 3),
        new(2_000_001, AnnotationCode.Normal, Text: "odd"),
    ];

    [Theory]
    [InlineData(WfdbFormat.Bits16, 1)]
    [InlineData(WfdbFormat.Bits16, 3)]
    [InlineData(WfdbFormat.Bits12Packed, 1)]
    [InlineData(WfdbFormat.Bits12Packed, 2)]
    [InlineData(WfdbFormat.Bits12Packed, 3)]
    [InlineData(WfdbFormat.Bits8Offset, 2)]
    public void What_is_written_is_read_back(WfdbFormat format, int channels)
    {
        const int Length = 777;
        const double Gain = 50;
        var random = new Random(7);
        int range = format == WfdbFormat.Bits8Offset ? 127 : 2047;
        Channel[] info = [.. Enumerable.Range(0, channels).Select(c => new Channel($"lead {c}", "mV"))];
        float[][] samples = [.. info.Select(_ => Enumerable.Range(0, Length).Select(_ => (float)(random.Next(-range, range + 1) / Gain)).ToArray())];
        samples[^1][13] = float.NaN;

        using (var writer = new WfdbWriter(_folder.File("r"), 360, info, format, Gain))
        {
            using var source = new ArraySource(new("r", 360, info), samples);
            var block = new SampleBlock(channels, 100);
            while (source.Read(block)) writer.Write(block);
        }
        using WfdbSource read = WfdbSource.Open(_folder.File("r"));
        Assert.Equal((360, Length), (read.Info.SampleRate, read.Info.Length));
        Assert.Equal(info, read.Info.Channels);
        Assert.Equal(samples, read.ReadAll(64).Channels);
    }

    [Fact]
    public void Annotations_survive_with_every_modifier()
    {
        var stream = new MemoryStream();
        Annotation? previous = null;
        foreach (Annotation a in Events)
        {
            WfdbAnnotations.Write(stream, a, previous);
            previous = a;
        }
        WfdbAnnotations.WriteEnd(stream);
        Assert.Equal(Events, WfdbAnnotations.Parse(stream.ToArray(), "r.atr", 360));
    }

    [Fact]
    public void Annotations_are_delivered_with_the_block_they_fall_in()
    {
        float[] samples = new float[100];
        Annotation[] events = [new(0, AnnotationCode.Normal), new(9, AnnotationCode.Normal), new(10, AnnotationCode.Fusion), new(99, AnnotationCode.Paced)];
        using var source = new ArraySource(new("r", 100, [new("a", "mV")]), [samples], events, new SourcePart("5%", null));
        var block = new SampleBlock(1, 5);
        Assert.True(source.Read(block));
        Assert.Equal((5, 5, TimeSpan.FromSeconds(0.05)), ((int)block.FirstSample, block.Count, block.Timestamp));
        Assert.Equal([events[1]], block.Annotations);
        Assert.True(source.Read(block));
        Assert.Equal([events[2]], block.Annotations);
        Assert.Equal(1, block.Sequence);
    }

    [Fact]
    public void Codes_and_symbols_are_inverse()
    {
        foreach (AnnotationCode code in Enum.GetValues<AnnotationCode>()) Assert.Equal(code, AnnotationCodes.Parse(code.Symbol()));
        Assert.Equal("NLRaVFJASEj/QBejnfr?", string.Concat("NLRaVFJASEj/QBejnfr?".Where(s => AnnotationCodes.Parse(s).IsBeat())));
        Assert.DoesNotContain("~|+![]x^\"", s => AnnotationCodes.Parse(s).IsBeat());
    }

    [Theory]
    [InlineData("100/3 2 360 1000\n", "segments")]
    [InlineData("r 1 360 10\nr.dat 212x4 200\n", "samples per frame")]
    [InlineData("r 1 360 10\nr.dat 212:3 200\n", "skew")]
    [InlineData("r 1 360 10\nr.dat 311 200\n", "format '311'")]
    [InlineData("r 1 360 10\n../r.dat 212 200\n", "beside the header")]
    [InlineData("r 2 360 10\nr.dat 212 200\n", "2 signals are promised")]
    [InlineData("r 99999 360 10\n", "must be an integer")]
    [InlineData("r 1 -5 10\nr.dat 212 200\n", "impossible")]
    [InlineData("# nothing\n", "no record line")]
    public void Headers_that_cannot_be_used_say_why(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<RecordingException>(() => WfdbHeader.Parse(text, "r.hea")).Message);

    [Fact]
    public void Header_defaults_follow_the_specification()
    {
        WfdbHeader header = WfdbHeader.Parse("# first\nr 3 360/360(0) 10 12:00:00\na 16+24 0 12 7\nb 16 100(-5)/uV 12 7 3 -1 0 lead  II\nc 80\n# last", "r.hea");
        Assert.Equal(["first", "last"], header.Comments);
        Assert.Equal(new WfdbSignal("a", WfdbFormat.Bits16, 200, 7, "mV", "") { AdcResolution = 12, AdcZero = 7, InitialValue = 7, ByteOffset = 24 }, header.Signals[0]);
        Assert.Equal((100.0, -5, "uV", "lead  II", (short?)-1), (header.Signals[1].Gain, header.Signals[1].Baseline, header.Signals[1].Unit, header.Signals[1].Description, header.Signals[1].Checksum));
        Assert.Equal((200.0, "mV", (short?)null), (header.Signals[2].Gain, header.Signals[2].Unit, header.Signals[2].Checksum));
    }

    [Fact]
    public void A_signal_file_cut_short_is_delivered_and_then_named()
    {
        _folder.Write("r.hea", "r 1 360 10\nr.dat 16 100\n");
        _folder.Write("r.dat", [1, 0, 2, 0, 3]);
        using WfdbSource source = WfdbSource.Open(_folder.File("r"));
        var block = new SampleBlock(1, 8);
        Assert.True(source.Read(block));
        Assert.Equal([0.01f, 0.02f], block.Channel(0).ToArray());
        Assert.Contains("ends after 2 of the 10 samples", Assert.Throws<RecordingException>(() => source.Read(block)).Message);
    }

    [Fact]
    public void A_recording_that_was_never_finished_is_readable()
    {
        var writer = new WfdbWriter(_folder.File("r"), 100, [new("a", "mV")], WfdbFormat.Bits16);
        string header = File.ReadAllText(_folder.File("r.hea")); // as a power failure would leave it
        writer.Dispose();
        _folder.Write("r.hea", header);
        _folder.Write("r.dat", [1, 0, 2, 0]);
        using WfdbSource source = WfdbSource.Open(_folder.File("r"));
        Assert.Null(source.Info.Length);
        Assert.Equal(2, source.ReadAll().Channels[0].Length);
    }

    [Fact]
    public void Hostile_files_throw_nothing_but_the_declared_error()
    {
        byte[] header = "r 2 360 4 12:00:00\nr.dat 212 200(1024)/mV 11 1024 995 -22131 0 MLII\nr.dat 212 200 11 1024 1011 20052 0 V5\n# x\n"u8.ToArray();
        foreach (byte[] bytes in ByteMutator.Variants(header, 10_000, 1))
        {
            try
            {
                WfdbHeader.Parse(System.Text.Encoding.UTF8.GetString(bytes), "r.hea");
            }
            catch (RecordingException)
            {
                continue;
            }
        }
        var stream = new MemoryStream();
        for (int i = 0; i < Events.Length; i++) WfdbAnnotations.Write(stream, Events[i], i == 0 ? null : Events[i - 1]);
        foreach (byte[] bytes in ByteMutator.Variants(stream.ToArray(), 10_000, 2))
        {
            try
            {
                WfdbAnnotations.Parse(bytes, "r.atr", 360);
            }
            catch (RecordingException)
            {
                continue;
            }
        }
    }

    [SharedTheory]
    [InlineData("100", 2273)]
    [InlineData("114", 1879)]
    [InlineData("207", 1860)]
    public void Real_records_match_their_checksums_and_beat_counts(string record, int beats)
    {
        string stem = SharedData.Path($"data/mitdb/{record}");
        WfdbHeader header = WfdbHeader.Load(stem + ".hea");
        using WfdbSource source = WfdbSource.Open(stem);
        (float[][] channels, Annotation[] annotations) = source.ReadAll();
        for (int c = 0; c < 2; c++)
        {
            WfdbSignal s = header.Signals[c];
            int[] adc = [.. channels[c].Select(v => (int)Math.Round(v * s.Gain + s.Baseline))];
            Assert.Equal(s.InitialValue, adc[0]);
            Assert.Equal(s.Checksum, unchecked((short)adc.Aggregate(0, (sum, v) => sum + v)));
        }
        Assert.Equal(beats, annotations.Count(a => a.Code.IsBeat()));
    }

    [SharedFact]
    public void Reading_allocates_nothing_once_running()
    {
        using WfdbSource source = WfdbSource.Open(SharedData.Path("data/mitdb/100"));
        var block = new SampleBlock(2, 360);
        for (int i = 0; i < 100; i++) source.Read(block);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 500; i++) Assert.True(source.Read(block));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
