using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Sources.Synthetic;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

[Collection(AllocationCollection.Name)]
public sealed class WindowerTests
{
    static readonly SignalContract Ecg = Contracts.Load("ecg-beat.json"), Bearing = Contracts.Load("bearing.json"), Spectrum = Contracts.Load("bearing-spectrum.json");

    sealed record Result(long Sample, TimeSpan Time, TimeSpan Ready, int Label, float[][] Inputs);

    /// <summary>All windows of a source read in blocks of the given sizes, one after the other.</summary>
    static List<Result> Run(SignalContract contract, ISampleSource source, BeatTrigger trigger, Func<int> blockSize, int? hop = null)
    {
        var results = new List<Result>();
        Windower windower = Windower.Create(contract, source.Info, trigger, hop);
        void Drain()
        {
            while (windower.TryRead(out SignalWindow? w)) results.Add(new(w.Sample, w.Time, w.Ready, w.Label, [.. w.Inputs.Select(i => (float[])i.Values.Clone())]));
        }
        SampleBlock block;
        while (source.Read(block = new(source.Info.Channels.Count, blockSize())))
        {
            windower.Accept(block);
            Drain();
        }
        windower.Finish();
        Drain();
        return results;
    }

    public static TheoryData<string, BeatTrigger> Streams => new()
    {
        { "ecg", BeatTrigger.Qrs }, { "ecg", BeatTrigger.Annotations }, { "bearing", BeatTrigger.Qrs }, { "spectrum", BeatTrigger.Qrs }, { "decimated", BeatTrigger.Qrs },
        { "resampled", BeatTrigger.Qrs },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Any_chunking_gives_the_same_windows(string stream, BeatTrigger trigger)
    {
        (SignalContract contract, Func<ISampleSource> open) = stream switch
        {
            "ecg" => (Ecg, (Func<ISampleSource>)(() => new SyntheticEcg(new(Seconds: 60)))),
            "spectrum" => (Spectrum, () => new SyntheticBearing(new(BearingFault.Inner, Seconds: 1))),
            "decimated" => (Bearing with { SampleRate = 3000 }, () => new SyntheticBearing(new(BearingFault.Inner, Seconds: 3))),
            "resampled" => (Bearing with { SampleRate = 10_500 }, () => new SyntheticBearing(new(BearingFault.Inner, Seconds: 1))),
            _ => (Bearing, () => new SyntheticBearing(new(BearingFault.Ball, Seconds: 1))),
        };
        List<Result> whole = Run(contract, open(), trigger, () => 100_000);
        Assert.True(whole.Count >= 5);
        for (int seed = 0; seed < 4; seed++)
        {
            var random = new Random(seed);
            List<Result> chunked = Run(contract, open(), trigger, () => random.Next(3) == 0 ? 1 : random.Next(1, 3000));
            Assert.Equal(whole.Count, chunked.Count);
            foreach ((Result a, Result b) in whole.Zip(chunked))
            {
                Assert.Equal((a.Sample, a.Label), (b.Sample, b.Label));
                Assert.Equal(a.Ready.TotalSeconds, b.Ready.TotalSeconds, 1e-6);
                Assert.Equal(a.Inputs, b.Inputs);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_running_stream_allocates_nothing(string stream, BeatTrigger trigger)
    {
        (SignalContract contract, ISampleSource source) = stream switch
        {
            "ecg" => (Ecg, (ISampleSource)new SyntheticEcg(new(Seconds: 120))),
            "spectrum" => (Spectrum, new SyntheticBearing(new(BearingFault.Inner, Seconds: 4))),
            "decimated" => (Bearing with { SampleRate = 3000 }, new SyntheticBearing(new(BearingFault.Inner, Seconds: 8))),
            "resampled" => (Bearing with { SampleRate = 10_500 }, new SyntheticBearing(new(BearingFault.Inner, Seconds: 4))),
            _ => (Bearing, new SyntheticBearing(new(BearingFault.Ball, Seconds: 4))),
        };
        Windower windower = Windower.Create(contract, source.Info, trigger);
        var block = new SampleBlock(1, 250);
        long start = 0, windows = 0;
        for (long samples = 0; source.Read(block); samples += block.Count)
        {
            if (start == 0 && samples > source.Info.Length / 2)
            {
                start = GC.GetAllocatedBytesForCurrentThread();
                windows = 0;
            }
            windower.Accept(block);
            while (windower.TryRead(out _)) windows++;
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - start);
        Assert.True(windows >= 3);
    }

    [Fact]
    public void A_beat_window_holds_the_R_peak_where_the_contract_says_and_its_intervals()
    {
        // Peaks as narrow as a sample, one second apart, then one early: filters off, so that the window shows them as they are.
        SignalContract plain = Ecg with { Filters = [], Inputs = [new SamplesFeature("waveform", false), new RrFeature("rr", 10, 4)] };
        long[] peaks = [360, 720, 1080, 1260, 1620];
        float[] signal = new float[2200];
        foreach (long p in peaks) signal[p] = 1;
        Annotation[] events = [new(50, AnnotationCode.Rhythm), .. peaks.Select(p => new Annotation(p, p == 1260 ? AnnotationCode.VentricularPremature : AnnotationCode.Normal))];
        List<Result> results = Run(plain, new ArraySource(new("r", 360, [new("MLII", "mV")]), [signal], events), BeatTrigger.Annotations, () => 100);

        Assert.Equal([720L, 1080, 1260], results.Select(r => r.Sample)); // neither the first nor the last
        Assert.Equal([0, 0, 2], results.Select(r => r.Label));
        Assert.All(results, r => Assert.Equal(1, r.Inputs[0][96]));
        Assert.Equal([1, 1, 1, 1], results[0].Inputs[1]);
        Assert.Equal([1, 0.5f, 1, 0.5f], results[1].Inputs[1]);
        Assert.Equal([0.5f, 1, 0.5f / (2.5f / 3), 2], results[2].Inputs[1]);
        Assert.Equal(TimeSpan.FromSeconds(2), results[0].Time);
        Assert.Equal(1080 / 360.0, results[0].Ready.TotalSeconds, 1e-6); // the next beat was the last thing missing
    }

    [Fact]
    public void The_preferred_channel_is_found_and_its_unit_converted()
    {
        SignalContract plain = Bearing with { Inputs = [new SamplesFeature("x", false)], Window = new(WindowTrigger.Hop, 4, Hop: 4) };
        var info = new SourceInfo("OR007@6_3", 12000, [new("X1_FE_time", "g"), new("X1_DE_time", "m/s2")]);
        Result first = Run(plain, new ArraySource(info, [[9, 9, 9, 9], [9.80665f, 0, -9.80665f, 0]]), BeatTrigger.Qrs, () => 10)[0];
        Assert.Equal([1f, 0, -1, 0], first.Inputs[0]);
        Assert.Equal(Bearing.Decision.Labels.ToList().IndexOf("OR007@6"), first.Label);

        var volts = new SourceInfo("r", 12000, [new("a", "V")]);
        Assert.Contains("the model wants g", Assert.Throws<EdgeQinnException>(() => Windower.Create(plain, volts)).Message);
        Assert.Contains("no simple ratio", Assert.Throws<EdgeQinnException>(() => Windower.Create(plain, volts with { SampleRate = 20011.3, Channels = [new("a", "g")] })).Message);
        Assert.Contains("no annotations", Assert.Throws<EdgeQinnException>(() => Windower.Create(Ecg, new("r", 360, [new("a", "mV")]), BeatTrigger.Annotations)).Message);
    }

    [Fact]
    public void No_window_spans_a_gap()
    {
        SignalContract plain = Bearing with { Inputs = [new SamplesFeature("x", false)], Window = new(WindowTrigger.Hop, 10, Hop: 5) };
        Windower windower = Windower.Create(plain, new("r", 12000, [new("a", "g")]));
        var block = new SampleBlock(1, 14);
        var starts = new List<long>();
        foreach ((long first, long lost) in new[] { (0L, 0L), (20L, 6L), (34L, 0L) })
        {
            for (int i = 0; i < 14; i++) block.Buffer(0)[i] = first + i;
            block.Commit(14, 0, first, TimeSpan.FromSeconds(first / 12000.0), lost);
            windower.Accept(block);
            while (windower.TryRead(out SignalWindow? w))
            {
                Assert.Equal(w.Sample, w.Inputs[0].Values[0]);
                Assert.Equal(w.Sample + 9, w.Inputs[0].Values[9]);
                starts.Add(w.Sample);
            }
        }
        Assert.Equal([0L, 20, 25, 30, 35], starts);
        Assert.Equal(1, windower.Continuity.Resets);
        block.Commit(14, 0, 48, TimeSpan.FromSeconds(48 / 12000.0));
        windower.Accept(block);
        Assert.Throws<InvalidOperationException>(() => windower.Accept(block)); // its windows have not been read
    }

    [SharedFact]
    public void Beats_of_record_100_are_those_the_models_were_checked_with()
    {
        NpzFile reference = NpzFile.Load(SharedData.Path("models/ecg-beat-cnn/reference.npz"));
        float[] waveforms = reference["waveform"].ToSingles(), intervals = reference["rr"].ToSingles();
        long[] labels = reference["label"].ToInt64s();
        using ISampleSource source = SourceCatalog.Open($"wfdb:{SharedData.Path("data/mitdb/100")}?to=120");
        List<Result> results = Run(Ecg, source, BeatTrigger.Annotations, () => 777);
        for (int b = 0; b < 32; b++)
        {
            for (int i = 0; i < 256; i++) Assert.Equal(waveforms[b * 256 + i], results[b].Inputs[0][i], 1e-5f);
            for (int i = 0; i < 4; i++) Assert.Equal(intervals[b * 4 + i], results[b].Inputs[1][i], 1e-6f);
            Assert.Equal(labels[b], results[b].Label);
        }
    }

    [SharedFact]
    public void Beats_of_the_test_records_are_counted_as_in_the_models_report()
    {
        int[] counts = new int[5];
        foreach (string record in "100 103 105 111 113 117 121 123 200 202 210".Split(' '))
        {
            using ISampleSource source = SourceCatalog.Open($"wfdb:{SharedData.Path($"data/mitdb/{record}")}");
            foreach (Result r in Run(Ecg, source, BeatTrigger.Annotations, () => 5000)) counts[r.Label]++;
        }
        Assert.Equal([21875, 150, 1086, 13, 5], counts); // models/ecg-beat-cnn/accuracy.json
    }

    [SharedFact]
    public void Bearing_windows_are_those_the_models_were_checked_with()
    {
        string[] names = [.. Bearing.Decision.Labels];
        NpzFile vibration = NpzFile.Load(SharedData.Path("models/bearing-wdcnn/reference.npz")), spectra = NpzFile.Load(SharedData.Path("models/bearing-autoencoder/reference.npz"));
        float[] windows = vibration["vibration"].ToSingles(), bins = spectra["spectrum"].ToSingles();
        int count = 0;
        foreach (string name in names[1..])
        {
            string text = $"mat:{SharedData.Path($"data/cwru/{name}_3.mat")}?rate=12000&unit=g";
            using ISampleSource a = SourceCatalog.Open(text), b = SourceCatalog.Open(text);
            List<Result> time = Run(Bearing, a, BeatTrigger.Qrs, () => 5000), frequency = Run(Spectrum, b, BeatTrigger.Qrs, () => 5000);
            count += time.Count;
            int at = 6 * Array.IndexOf(names, name);
            Assert.Equal(at / 6, time[0].Label);
            Assert.Equal(1, frequency[0].Label);
            for (int i = 0; i < 2048; i++) Assert.Equal(windows[at * 2048 + i], time[0].Inputs[0][i], 1e-5f);
            for (int i = 0; i < 640; i++) Assert.Equal(bins[at * 640 + i], frequency[0].Inputs[0][i], 1e-4f);
        }
        using ISampleSource normal = SourceCatalog.Open($"mat:{SharedData.Path("data/cwru/Normal_0.mat")}?rate=48000&unit=g&from=70%");
        count += Run(Bearing, normal, BeatTrigger.Qrs, () => 5000, hop: 256).Count;
        Assert.Equal(2180, count); // models/bearing-wdcnn/accuracy.json
    }

    [SharedFact]
    public void Detected_beats_lie_where_experts_marked_them()
    {
        // Both sets of records: those the product is judged by, and those it is trained on.
        string[] test = "100 103 105 111 113 117 121 123 200 202 210".Split(' ');
        string[] train = "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230".Split(' ');
        foreach (string[] set in new[] { test, train })
        {
            var matcher = new BeatMatcher();
            foreach (string record in set)
            {
                using ISampleSource source = SourceCatalog.Open($"wfdb:{SharedData.Path($"data/mitdb/{record}")}");
                var windower = (BeatWindower)Windower.Create(Ecg, source.Info, BeatTrigger.Qrs);
                var detected = new List<long>();
                windower.BeatFound = detected.Add;
                var events = new List<Annotation>();
                var block = new SampleBlock(source.Info.Channels.Count, 5000);
                while (source.Read(block))
                {
                    events.AddRange(block.Annotations);
                    windower.Accept(block);
                    while (windower.TryRead(out _)) { }
                }
                windower.Finish();
                while (windower.TryRead(out _)) { }
                matcher.Add([.. events.Where(e => e.Code.IsBeat()).Select(e => e.Sample)], [.. detected], 360, BeatMatcher.Fibrillation(events));
            }
            Assert.InRange(matcher.Sensitivity, 0.998, 1);
            Assert.InRange(matcher.PositivePredictivity, 0.996, 1);
        }
    }
}
