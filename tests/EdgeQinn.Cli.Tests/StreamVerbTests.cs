using System.Diagnostics;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Cli.Tests;

[Collection(AllocationCollection.Name)]
public sealed class StreamVerbTests : IDisposable
{
    readonly Files _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void What_does_not_fit_the_contract_is_refused()
    {
        Assert.Contains("scheme 'tape' is unknown", CommandLine.Run("run", _files.Model, "--source", "tape:x").Expect(2).Error);
        Assert.Contains("absent", CommandLine.Run("run", _files.Model, "--source", $"wfdb:{_files.Path("absent")}").Expect(3).Error);
        Assert.Contains("--trigger window", CommandLine.Run("run", _files.Model, "--source", "wfdb:x", "--trigger", "window").Expect(2).Error);
        Assert.Contains("hop", CommandLine.Run("evaluate", _files.Model, "--source", "csv:x?hop=0").Expect(2).Error);
        Assert.Contains("'X' is no label", CommandLine.Run("evaluate", _files.Model, "--source", "csv:x", "--labels", "N,X").Expect(2).Error);
    }

    [Fact]
    public void A_signal_in_pieces_too_short_for_a_window_is_told_although_there_is_no_result()
    {
        var lines = CommandLine.Run("run", _files.Model, "--source", "synthetic:ecg?seconds=20&faults=lost@1+0.2/1", "--speed", "20x", "--stall", "200ms", "--output", "jsonl").Expect(0).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement).ToList();
        var pieces = lines.Where(l => l.TryGetProperty("event", out var e) && e.GetString() == "pieces").ToList();
        Assert.NotEmpty(pieces);
        Assert.All(pieces, e => Assert.True(e.GetProperty("count").GetInt64() >= 72));
    }

    [Fact]
    public void A_folder_that_is_missing_is_named_with_the_way_out()
    {
        foreach (string[] where in (string[][])[["--output", $"jsonl:{_files.Path("none/x.jsonl")}"], ["--record", _files.Path("none/x.csv")], ["--record", _files.Path("none/x")]])
            Assert.Contains("mkdir -p", CommandLine.Run(["run", _files.Model, "--source", "synthetic:ecg?seconds=2", "--speed", "max", .. where]).Expect(3).Error);
    }

    /// <summary>A convolution, its mean over time and two logits, over windows of 512 samples every 32.</summary>
    string Streamed(StreamMode? mode)
    {
        var random = new Random(1);
        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
        EncodedTensor w = EncodedTensor.FromSpan<float>(Weights(40 * 5), 40, 1, 5), v = EncodedTensor.FromSpan<float>(Weights(40 * 40 * 5), 40, 40, 5), u = EncodedTensor.FromSpan<float>(Weights(2 * 40), 2, 40);
        var graph = new ModelGraph
        {
            Values =
            [
                new("x", new(ElementType.Float32, 1, 1, 512)), new("w", w.Type, w), new("v", v.Type, v), new("u", u.Type, u), new("a", new(ElementType.Float32, 1, 40, 512)),
                new("b", new(ElementType.Float32, 1, 40, 512)), new("c", new(ElementType.Float32, 1, 40, 1)), new("d", new(ElementType.Float32, 1, 40)), new("y", new(ElementType.Float32, 1, 2)),
            ],
            Nodes =
            [
                new("Conv", "first", [0, 1], [4], new AttributeMap { { "pads", 2L, 2 } }), new("Conv", "second", [4, 2], [5], new AttributeMap { { "pads", 2L, 2 } }),
                new("GlobalAveragePool", "mean", [5], [6], []), new("Reshape", "flat", [6], [7], new AttributeMap { { "shape", 1L, 40 } }), new("Linear", "logits", [7, 3], [8], []),
            ],
            Inputs = [0],
            Outputs = [8],
        };
        var contract = new SignalContract
        {
            SampleRate = 100, Unit = "g", Window = new WindowRule(WindowTrigger.Hop, 512, Hop: 32), Inputs = [new SamplesFeature("x", false)], Normalization = new StreamNormalization(1, 1e-3),
            Decision = new ClassDecision("y", ["calm", "rough"], true),
        };
        string path = _files.Path($"{mode}.eqn");
        EqnWriter.Write(path, new EqnContents(graph) { Contract = contract, Stream = mode is { } given ? new StreamRule(given, "x", 2, 32) : null });
        return path;
    }

    /// <summary>A recording with two gaps, one that is bridged and one that is not; and windows at another hop.</summary>
    [Fact]
    public void A_streamed_file_gives_the_results_of_the_same_windows_whole()
    {
        var random = new Random(2);
        var rows = Enumerable.Range(0, 6000).Select(i => i is (>= 500 and < 503) or (>= 1500 and < 1600) ? "nan" : $"{MathF.Sin(i * i * 1e-4f) + 0.2f * random.NextSingle()}");
        File.WriteAllText(_files.Path("s.csv"), "a\n" + string.Join('\n', rows) + "\n");
        foreach (string hop in (string[])["", "&hop=16", "&hop=7"])
        {
            string[] arguments = ["--source", $"csv:{_files.Path("s.csv")}?rate=100&unit=g{hop}", "--speed", "max", "--json", "--gap", "hold:max=50ms"];
            var whole = CommandLine.Run(["run", Streamed(null), .. arguments]).Expect(0).JsonLines[..^1];
            var stream = CommandLine.Run(["run", Streamed(StreamMode.Windows), .. arguments]).Expect(0).JsonLines[..^1];
            Assert.Equal(whole.Length, stream.Length);
            Assert.InRange(whole.Length, 140, 800);
            foreach (var (a, b) in whole.Zip(stream))
            {
                Assert.Equal(a.TryGetProperty("sample", out var at) ? at.GetInt64() : -1, b.TryGetProperty("sample", out at) ? at.GetInt64() : -1);
                if (a.TryGetProperty("probabilities", out var p)) Assert.Equal(p.GetProperty("calm").GetDouble(), b.GetProperty("probabilities").GetProperty("calm").GetDouble(), 1e-5);
            }
        }
    }

    [Fact]
    public void A_continuous_stream_runs_and_needs_a_hop_that_fits()
    {
        File.WriteAllText(_files.Path("s.csv"), "a\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"{MathF.Sin(i)}\n")));
        var lines = CommandLine.Run("run", Streamed(StreamMode.Continuous), "--source", $"csv:{_files.Path("s.csv")}?rate=100&unit=g", "--speed", "max", "--json").Expect(0).JsonLines;
        Assert.Equal((1000 - 512) / 32, lines[^1].GetProperty("summary").GetProperty("results").GetInt32(), 1.0);
    }

    [Fact]
    public void Inspect_and_bench_tell_what_a_hop_costs()
    {
        string model = Streamed(StreamMode.Windows);
        string text = CommandLine.Run("inspect", model).Expect(0).Output;
        Assert.Contains("stream: windows, 'x' along axis 2, hop 32 of 512 samples", text, StringComparison.Ordinal);
        var layers = CommandLine.Run("inspect", model, "--json").Expect(0).Json.GetProperty("stream").GetProperty("layers");
        Assert.Contains(layers.EnumerateArray(), l => l.GetProperty("streamed").GetBoolean() && l.GetProperty("hopMultiplyAdds").GetInt64() < l.GetProperty("windowMultiplyAdds").GetInt64());
        var bench = CommandLine.Run("bench", Streamed(null), "--iterations", "20", "--hop", "4", "--json").Expect(0).Json.GetProperty("stream");
        Assert.Equal((4, 512, 0), (bench.GetProperty("hop").GetInt32(), bench.GetProperty("window").GetInt32(), bench.GetProperty("allocatedBytesPerHop").GetInt32()));
    }

    [Fact]
    public void A_recording_without_annotations_has_no_annotation_trigger()
    {
        File.WriteAllText(_files.Path("flat.csv"), "MLII\n" + string.Concat(Enumerable.Repeat("0\n", 1000)));
        string source = $"csv:{_files.Path("flat.csv")}?rate=360&unit=mV";
        Assert.Contains("no annotations", CommandLine.Run("run", _files.Model, "--source", source, "--trigger", "annotations", "--speed", "max").Expect(3).Error);
        var lines = CommandLine.Run("run", _files.Model, "--source", source, "--speed", "max", "--json").Expect(0).JsonLines;
        Assert.Equal(0, Assert.Single(lines).GetProperty("summary").GetProperty("results").GetInt32());
    }

    [Fact]
    public void A_recording_that_does_not_know_its_rate_has_the_models()
    {
        using (var source = SourceCatalog.Open("synthetic:ecg?seconds=8&seed=3"))
        {
            var block = new SampleBlock(1, 360 * 8);
            source.Read(block);
            File.WriteAllText(_files.Path("ecg.csv"), "MLII\n" + string.Concat(block.Channel(0).ToArray().Select(v => $"{v}\n")));
        }
        var times = CommandLine.Run("run", _files.Model, "--source", $"csv:{_files.Path("ecg.csv")}?unit=mV", "--speed", "max", "--json").Expect(0).JsonLines[..^1];
        Assert.InRange(times.Length, 4, 10);
        Assert.All(times, t => Assert.Equal(t.GetProperty("sample").GetInt64() / 360.0, t.GetProperty("time").GetDouble(), 1e-6));
    }

    [Fact]
    public void Gaps_deadlines_alarms_and_outputs_are_told()
    {
        string csv = _files.Path("ecg.csv"), alarms = _files.Path("alarms");
        using (var source = SourceCatalog.Open("synthetic:ecg?seconds=60&pvc=0.1&noise=0"))
        {
            var block = new SampleBlock(1, 360 * 60);
            source.Read(block);
            float[] samples = block.Channel(0).ToArray();
            samples.AsSpan(3600, 12).Fill(float.NaN);
            samples.AsSpan(14400, 720).Fill(float.NaN);
            File.WriteAllText(csv, "MLII\n" + string.Concat(samples.Select(v => $"{v}\n")));
        }
        string[] run = ["run", _files.Model, "--source", $"csv:{csv}?rate=360&unit=mV", "--speed", "max", "--json", "--gap", "interpolate:max=50ms", "--deadline", "1us",
            "--alarm", $"exec:echo $1 $2 >> '{alarms}'", "--alarm-when", "when=V,on=0.5", "--output", "jsonl"];
        var lines = CommandLine.Run(run).Expect(0).JsonLines;
        var results = lines.Where(l => l.TryGetProperty("label", out _)).ToList();
        var summary = lines[^1].GetProperty("summary");
        var signal = summary.GetProperty("signal");
        Assert.Equal((720, 12, 1, 1), (signal.GetProperty("lostSamples").GetInt32(), signal.GetProperty("filledSamples").GetInt32(), signal.GetProperty("filledGaps").GetInt32(), signal.GetProperty("resets").GetInt32()));
        Assert.Equal(720, results.Single(r => r.GetProperty("lostBefore").GetInt32() > 0).GetProperty("lostBefore").GetInt32());
        Assert.All(results, r => Assert.False(r.GetProperty("first").GetInt64() < 15120 && r.GetProperty("last").GetInt64() >= 14400)); // none reaches over the gap
        Assert.Equal(720, lines.Single(l => l.TryGetProperty("event", out var e) && e.GetString() == "gap").GetProperty("count").GetInt32());
        Assert.Equal(results.Count, summary.GetProperty("deadlineMisses").GetInt32());
        Assert.All(results, r => Assert.True(r.GetProperty("late").GetBoolean()));
        long raised = summary.GetProperty("alarmsRaised").GetInt64();
        Assert.InRange(raised, 1, 20);
        Assert.Equal(raised, lines.Count(l => l.TryGetProperty("event", out var e) && e.GetString() == "alarm" && l.GetProperty("text").GetString()!.StartsWith("on", StringComparison.Ordinal)));
        Assert.StartsWith("on V", File.ReadAllText(alarms));
    }

    [Theory]
    [InlineData("r.csv", "csv")]
    [InlineData("r", "wfdb")]
    public void A_recording_gives_the_same_results_again(string name, string scheme)
    {
        string path = _files.Path(name);
        static string Stable(System.Text.Json.JsonElement line) => string.Join(' ', ((string[])["sample", "label", "probabilities", "number", "first", "last", "lostBefore", "filled"])
            .Select(field => line.GetProperty(field).ToString()));
        string[] Results(string source, params string[] more) => [.. CommandLine.Run(["run", _files.Model, "--source", source, "--speed", "max", "--json", .. more]).Expect(0).JsonLines
            .Where(l => l.TryGetProperty("label", out _)).Select(Stable)];
        string[] live = Results("synthetic:ecg?seconds=40&faults=lost@10+0.5,down@20+2", "--record", path);
        Assert.InRange(live.Length, 20, 60);
        Assert.Equal(live, Results($"{scheme}:{path}"));
        Assert.Contains("exists already", CommandLine.Run("run", _files.Model, "--source", "synthetic:ecg?seconds=1", "--record", path).Expect(3).Error);
    }

    [Fact]
    public void Samples_that_cannot_be_kept_up_with_are_dropped_and_counted()
    {
        // A hundred thousand times real time is more than any machine does: the queue must overflow.
        string[] run = ["run", _files.Model, "--source", "synthetic:ecg?seconds=1200", "--speed", "100000x", "--queue", "200ms", "--json", "--overload"];
        var dropped = CommandLine.Run([.. run, "drop-oldest"]).Expect(0).JsonLines;
        var queue = dropped[^1].GetProperty("summary").GetProperty("queue");
        Assert.Equal(20, queue.GetProperty("mostDepth").GetInt32());
        long lost = dropped[^1].GetProperty("summary").GetProperty("signal").GetProperty("lostSamples").GetInt64();
        Assert.InRange(lost, 1, 1200 * 360);
        Assert.InRange(queue.GetProperty("droppedSamples").GetInt64(), lost, lost + 20 * 3); // those dropped at the very end have no successor to tell
    }

    /// <summary>Somebody who takes his time to read each line.</summary>
    sealed class SlowReader : StringWriter
    {
        public override void Flush() => Thread.Sleep(20);
    }

    [Fact]
    public void Windows_that_cannot_be_kept_up_with_are_skipped_and_counted()
    {
        using var output = new SlowReader();
        int code = EntryPoint.Run(
            ["run", _files.Model, "--source", "synthetic:ecg?seconds=120", "--speed", "200x", "--queue", "20s", "--overload", "skip-windows", "--json"], output, TextWriter.Null);
        Assert.Equal(0, code);
        var lines = new Outcome(code, output.ToString(), "").JsonLines;
        var numbers = lines.Where(l => l.TryGetProperty("number", out _)).Select(l => l.GetProperty("number").GetInt64()).ToList();
        var summary = lines[^1].GetProperty("summary");
        long skipped = summary.GetProperty("queue").GetProperty("skippedWindows").GetInt64();
        Assert.True(skipped > 0);
        Assert.Equal(numbers.Order().Distinct(), numbers);
        Assert.Equal(skipped, lines.Where(l => l.TryGetProperty("event", out var e) && e.GetString() == "skipped").Sum(l => l.GetProperty("count").GetInt64()));
        Assert.InRange(numbers[^1] + 1, numbers.Count, numbers.Count + skipped);
        if (numbers[^1] + 1 < numbers.Count + skipped) Assert.Equal("skipped", lines[^2].GetProperty("event").GetString()); // the last ones of all
    }

    [Fact]
    public void A_source_that_fails_and_comes_back_is_told_between_the_results()
    {
        var lines = CommandLine.Run("run", _files.Model, "--source", "synthetic:ecg?seconds=60&faults=down@20+2,leadoff@40+1", "--speed", "max", "--json").Expect(0).JsonLines;
        string[] events = [.. lines.Where(l => l.TryGetProperty("event", out _)).Select(l => $"{l.GetProperty("event").GetString()} {l.GetProperty("sample").GetInt64() / 360.0:0} {l.GetProperty("count").GetInt64()}")];
        Assert.Equal(["down 20 0", "up 22 720", "signal 22 0", "gap 23 720", "signal 40 0", "signal 41 0"], events);
        Assert.Contains(lines, l => l.TryGetProperty("status", out var status) && status.EnumerateArray().Any(s => s.GetString() == "lead-off"));
        var signal = lines[^1].GetProperty("summary").GetProperty("signal");
        Assert.Equal(("good", 1, 720), (signal.GetProperty("status").GetString(), signal.GetProperty("outages").GetInt32(), signal.GetProperty("lostSamples").GetInt32()));
    }

    [Fact]
    public void The_doctor_does_not_wait_for_ever_on_a_pipe_nobody_writes_to()
    {
        using var files = new Files();
        string pipe = files.Path("pipe.csv");
        using (var make = Process.Start("mkfifo", [pipe])) make.WaitForExit();
        using var writer = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite); // keeps it open
        writer.Write("0.1\n0.2\n0.3\n0.4\n0.5\n"u8);
        writer.Flush();
        var source = CommandLine.Run("doctor", "--source", $"csv:{pipe}?rate=360&unit=mV", "--json").Json.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "source");
        Assert.Equal("bad", source.GetProperty("state").GetString());
        Assert.Contains("nothing has come", source.GetProperty("mend").GetString());
    }

    [Fact]
    public void The_doctor_tries_a_sensor_and_says_what_is_wrong()
    {
        var json = CommandLine.Run("doctor", "--source", "adxl345:sim?rate=100", "--json").Json;
        var source = json.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("name").GetString() == "source");
        Assert.NotEqual("bad", source.GetProperty("state").GetString());
        Assert.Contains("adxl345", source.GetProperty("text").GetString());
        var missing = CommandLine.Run("doctor", "--source", "adxl345:99").Expect(1);
        Assert.Contains("dtparam=i2c_arm=on", missing.Output);
    }

    [Fact]
    public void Power_is_measured_with_what_is_there_and_cpu_time_in_any_case()
    {
        var json = CommandLine.Run("bench", _files.Model, "--power", "--seconds", "1", "--meter", "ina226:sim", "--json").Expect(0).Json;
        Assert.Equal("ina226:sim", json.GetProperty("meter").GetString());
        Assert.InRange(json.GetProperty("idleWatts").GetDouble(), 0.1, 50);
        Assert.True(json.GetProperty("cpuMicrosecondsPerInference").GetDouble() > 0);
        Assert.True(json.GetProperty("cpuSecondsPerHourOfSignal").GetDouble() > 0);
        Assert.Contains("go with --power", CommandLine.Run("bench", _files.Model, "--seconds", "1").Expect(2).Error);
        Assert.Contains("no power monitor", CommandLine.Run("bench", _files.Model, "--power", "--meter", "csv:x").Expect(2).Error);
    }

    [SharedTheory]
    [InlineData("bearing-wdcnn", "bearing.json", 0.9229, 0.005)]
    [InlineData("bearing-autoencoder", "bearing-spectrum.json", 1.0, 0.005)]
    public void Evaluate_reproduces_the_published_figures_on_bearings(string model, string contract, double accuracy, double tolerance)
    {
        string root = RepositoryRoot(), eqn = _files.Path("bearing.eqn");
        CommandLine.Convert("convert", Path.Combine(root, $"benchmarks/models/{model}.onnx"), "-o", eqn, "--contract", Path.Combine(root, "converter/contracts", contract)).Expect(0);
        string[] faults = ["B007", "B014", "B021", "IR007", "IR014", "IR021", "OR007@6", "OR014@6", "OR021@6"];
        string[] sources = [.. faults.Select(f => $"mat:{SharedData.Path($"data/cwru/{f}_3.mat")}"), $"mat:{SharedData.Path("data/cwru/Normal_0.mat")}?rate=48000&from=70%&hop=256"];
        var json = CommandLine.Run(["evaluate", eqn, "--source", .. sources, "--json"]).Expect(0).Json;
        Assert.Equal(2180, json.GetProperty("windows").GetInt32());
        Assert.Equal(accuracy, json.GetProperty("accuracy").GetDouble(), tolerance);
        if (json.TryGetProperty("score", out var score)) Assert.Equal(1.0, score.GetProperty("areaUnderCurve").GetDouble(), 0.001);
    }

    static string RepositoryRoot([System.Runtime.CompilerServices.CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));

    [SharedFact]
    public void Run_classifies_a_record_and_stops_at_the_limit()
    {
        string source = $"wfdb:{SharedData.Path("data/mitdb/100")}";
        var outcome = CommandLine.Run("run", _files.Model, "--source", source, "--speed", "max", "--limit", "5").Expect(0);
        Assert.Equal(5, outcome.Output.TrimEnd().Split('\n').Length);
        Assert.Contains("5 results: N 5", outcome.Error);
        string file = _files.Path("results.jsonl");
        var summary = CommandLine.Run("run", _files.Model, "--source", source + "?to=60", "--speed", "max", "--trigger", "annotations", "--output", $"jsonl:{file}", "--json").Expect(0).Json;
        Assert.Equal(0, summary.GetProperty("summary").GetProperty("allocatedBytesPerResult").GetInt64());
        Assert.All(File.ReadAllLines(file).Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement), l => Assert.True(l.GetProperty("label").GetString() is { Length: 1 } && l.GetProperty("truth").GetString() is { Length: 1 }));
    }

    [SharedFact]
    public void Evaluate_reproduces_the_published_figures_of_the_network()
    {
        string[] records = ["100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210"];
        string[] sources = [.. records.Select(r => $"wfdb:{SharedData.Path($"data/mitdb/{r}")}")];
        var published = System.Text.Json.JsonDocument.Parse(File.ReadAllText(SharedData.Path("models/ecg-beat-gru/accuracy.json"))).RootElement.GetProperty("shared test records");

        var json = CommandLine.Run(["evaluate", _files.Model, "--source", .. sources, "--labels", "N,S,V", "--json"]).Expect(0).Json;
        Assert.Equal(published.GetProperty("beats").GetInt64(), json.GetProperty("windows").GetInt64());
        Assert.Equal(published.GetProperty("accuracy").GetDouble(), json.GetProperty("accuracy").GetDouble(), 0.002);
        Assert.Equal(published.GetProperty("macro_F1_NSV").GetDouble(), json.GetProperty("macroF1").GetDouble(), 0.002);
        int i = 0;
        foreach (string label in (string[])["N", "S", "V", "F"])
            Assert.Equal(published.GetProperty("F1_N_S_V_F")[i++].GetDouble(), json.GetProperty("classes").GetProperty(label).GetProperty("f1").GetDouble(), 0.002);

        var detected = CommandLine.Run(["evaluate", _files.Model, "--source", .. sources, "--trigger", "qrs", "--json"]).Expect(0).Json.GetProperty("qrsDetector");
        Assert.InRange(detected.GetProperty("sensitivity").GetDouble(), 0.995, 1);
        Assert.InRange(detected.GetProperty("positivePredictivity").GetDouble(), 0.995, 1);
    }
}
