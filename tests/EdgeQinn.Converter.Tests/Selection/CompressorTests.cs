using System.Text.Json;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Converter.Report;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Selection;

/// <summary>The choice over all layers, on a made-up network whose inputs fill few dimensions.</summary>
public class CompressorTests
{
    /// <summary>Times in proportion to the bytes: the same on every machine.</summary>
    sealed class CostByBytes : ILayerCost
    {
        public string Source => "bytes";

        public double Microseconds(ModelGraph graph, int node) =>
            graph.Nodes[node].Inputs.Where(v => v != Node.Absent && graph.Values[v].Constant is not null).Sum(v => 1e-3 * LayerFormats.Bytes(graph.Values[v].Constant!));
    }

    /// <summary>All formats but dense run slower than dense.</summary>
    sealed class CostAgainstFormats : ILayerCost
    {
        public string Source => "spite";

        public double Microseconds(ModelGraph graph, int node) => graph.Values[graph.Nodes[node].Inputs[1]].Constant!.IsDense ? 1 : 1.5;
    }

    static readonly ModelGraph Graph = new OnnxGraphBuilder().Input("x", 1, 48).Weights("w", 1, 48, 64).Weights("v", 2, 64, 3).Output("y")
        .Node("MatMul", "x w", "h").Node("Relu", "h", "t").Node("MatMul", "t v", "y").Convert().Graph;

    /// <summary>Windows made of five patterns and a little noise, labelled by what the network itself says.</summary>
    static CalibrationSet Set(int count = 400, bool labels = true)
    {
        var random = new Random(4);
        float[][] patterns = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, 48).Select(_ => random.NextSingle() - 0.5f).ToArray())];
        var x = new float[count * 48];
        for (int w = 0; w < count; w++)
        {
            float[] mix = [.. patterns.Select(_ => random.NextSingle() * 4 - 2)];
            for (int i = 0; i < 48; i++) x[w * 48 + i] = patterns.Select((p, k) => mix[k] * p[i]).Sum() + 0.02f * (random.NextSingle() - 0.5f);
        }
        using var model = Model.FromGraph(Graph);
        using var session = model.CreateSession();
        var truth = new int[count];
        for (int w = 0; w < count; w++)
        {
            x.AsSpan(w * 48, 48).CopyTo(session.Inputs[0].AsSpan<float>());
            session.Run();
            float[] y = session.Outputs[0].AsSpan<float>().ToArray();
            truth[w] = labels ? Array.IndexOf(y, y.Max()) : -1;
        }
        return new CalibrationSet(["x"], [x], count, truth, new int[count], []);
    }

    static readonly CompressOptions Options = new() { Cost = new CostByBytes(), MaxLoss = 3, MaxDivergence = double.PositiveInfinity };

    [Fact]
    public void A_network_becomes_small_within_its_budget()
    {
        var result = Compressor.Run(Graph, null, Set(), Options);
        Assert.StartsWith("macro-F1 over 0", result.Metric, StringComparison.Ordinal);
        Assert.Equal(100, result.ScoreBefore, 1e-9);
        Assert.InRange(result.Loss, -1e-9, 3);
        Assert.True(result.Bytes.After < 0.25 * result.Bytes.Before, $"{result.Bytes}");
        Assert.Empty(result.Shortfalls);
        Assert.Equal(2, result.Layers.Count);
        Assert.All(result.Layers, l => Assert.Contains(l.Chosen, l.Candidates));
        Assert.Equal(result.Bytes.After, result.Graph.Values.Sum(v => v.Constant is { } c ? LayerFormats.Bytes(c) : 0));

        // What is written is what was judged.
        using var model = Model.Parse(EqnWriter.ToArray(new EqnContents(result.Graph)), Models.File);
        Assert.Equal(result.ScoreAfter, new TaskJudge(Graph, null, Set(), CalibrationSplit.Of(Set(), 0.25, 1).HeldOut, [0], TaskMetric.Auto, []).Score(model.Graph), 1e-9);
    }

    [Fact]
    public void Healing_keeps_the_score_with_fewer_bytes()
    {
        var options = Options with { Formats = ["bcsr"], MaxLoss = 8 };
        var set = Set(2000);
        var without = Compressor.Run(Graph, null, set, options);
        var healed = Compressor.Run(Graph, null, set, options with { Healing = new HealingOptions { Epochs = 10, BatchSize = 32, LearningRate = 1e-3 } });
        Assert.InRange(healed.Loss, double.NegativeInfinity, 8);
        Assert.True(healed.Bytes.After < without.Bytes.After, $"{without.Bytes.After} bytes without, {healed.Bytes.After} with");
        Assert.Equal(healed.Bytes.After, healed.Graph.Values.Sum(v => v.Constant is { } c ? LayerFormats.Bytes(c) : 0));

        var report = new CompressionReport("net.onnx", "net.eqn", 20_000, 2_000, set, options, healed, TimeSpan.FromSeconds(1));
        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(healed.Healing.Select(e => e.HeldOut), json.RootElement.GetProperty("healing").EnumerateArray().Select(e => e.GetProperty("heldOut").GetDouble()), new Near(1e-7));
        Assert.Contains(json.RootElement.GetProperty("tried").EnumerateArray(), p => p.GetProperty("healed").GetString() == "full");
        Assert.InRange(healed.Loss, healed.Interval.Low, healed.Interval.High);
        string folder = Directory.CreateTempSubdirectory("edgeqinn").FullName;
        report.WriteFolder(folder);
        string html = File.ReadAllText(Path.Combine(folder, "report.html"));
        Directory.Delete(folder, recursive: true);
        Assert.Contains("<h2>Healing</h2>", html, StringComparison.Ordinal);
        Assert.Contains("points lost of 8 allowed", html, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_healed_is_told_and_compressed_without()
    {
        var graph = new OnnxGraphBuilder().Input("x", 1, 48).Weights("w", 1, 48, 64).Weights("v", 2, 64, 3).Output("y")
            .Node("MatMul", "x w", "h").Node("Erf", "h", "e").Node("Round", "h", "r").Node("Add", "e r", "t").Node("MatMul", "t v", "y").Convert().Graph;
        var options = Options with { Formats = ["int8"], Healing = new HealingOptions() };
        var result = Compressor.Run(graph, null, Set(), options);
        Assert.Contains("not healed: ", Assert.Single(result.Shortfalls), StringComparison.Ordinal);
        Assert.Contains("Round", result.Shortfalls[0], StringComparison.Ordinal);
        Assert.True(result.Bytes.After < result.Bytes.Before);
        Assert.Contains("too few", Compressor.Run(Graph, null, Set(60), options).Shortfalls[0], StringComparison.Ordinal);
    }

    sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(double value) => 0;
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes()
    {
        byte[] Bytes(int seed) => EqnWriter.ToArray(new EqnContents(Compressor.Run(Graph, null, Set(), Options with { Seed = seed, Formats = ["lowrank", "bcsr", "int8"] }).Graph));
        Assert.Equal(Bytes(3), Bytes(3));
    }

    [Fact]
    public void A_looser_budget_never_gives_a_larger_network()
    {
        var set = Set();
        long[] bytes = [.. new[] { 0.0, 2, 20 }.Select(loss => Compressor.Run(Graph, null, set, Options with { MaxLoss = loss, Formats = ["lowrank", "bcsr"], Objective = Objective.Size }).Bytes.After)];
        Assert.Equal(bytes.OrderDescending(), bytes);
        Assert.True(bytes[2] < bytes[0]);
    }

    [Fact]
    public void Where_the_score_says_little_noise_makes_windows_that_say_more()
    {
        var set = Set();
        var guarded = Compressor.Run(Graph, null, set, Options with { MaxDivergence = null, Formats = ["lowrank", "bcsr"] });
        Assert.InRange(guarded.Judge.OriginalHard, 80, 90);
        Assert.InRange(guarded.Loss, 0, 3);
        Assert.InRange(guarded.Loss, guarded.Interval.Low, guarded.Interval.High);
        Assert.Contains("under noise", guarded.Judge.DivergenceName, StringComparison.Ordinal);
        var free = Compressor.Run(Graph, null, set, Options with { Formats = ["lowrank", "bcsr"] });
        Assert.Equal(0, free.Judge.NoiseLevel);
        Assert.True(free.Bytes.After < guarded.Bytes.After);
        Assert.True(guarded.Judge.Of(free.Graph).Loss > guarded.Loss);
    }

    /// <summary>Times that come out otherwise each time.</summary>
    sealed class WaveringCost : ILayerCost
    {
        readonly Random _random = new();

        public string Source => "wavering";

        public double Microseconds(ModelGraph graph, int node) => (0.5 + _random.NextDouble()) * new CostByBytes().Microseconds(graph, node);
    }

    [Fact]
    public void An_interrupted_run_ends_with_the_file_it_would_have_made()
    {
        string folder = Directory.CreateTempSubdirectory("edgeqinn").FullName, times = Path.Combine(folder, "times.json");
        var set = Set();
        var lines = new List<string>();
        var options = Options with
        {
            Cost = new WaveringCost(), Formats = ["bcsr"], MaxLoss = 8, Checkpoint = folder, Healing = new HealingOptions { Epochs = 4, BatchSize = 32, LearningRate = 5e-3 },
        };
        byte[] Bytes(string stopAt)
        {
            lines.Clear();
            var result = Compressor.Run(Graph, null, set, options with { Progress = line => { lines.Add(line); if (stopAt != "" && line.StartsWith(stopAt, StringComparison.Ordinal)) throw new OperationCanceledException(); } });
            return EqnWriter.ToArray(new EqnContents(result.Graph));
        }
        Assert.Throws<OperationCanceledException>(() => Bytes("epoch 3"));
        byte[] resumed = Bytes("");
        Assert.DoesNotContain(lines, l => l.StartsWith("epoch 3", StringComparison.Ordinal) && lines.IndexOf(l) < lines.FindIndex(m => m.StartsWith("epoch 4", StringComparison.Ordinal)));
        foreach (string healing in Directory.GetFiles(folder, "*.bin")) File.Delete(healing);
        Assert.Equal(Bytes(""), resumed); // nothing but the times was left
        Assert.Contains(lines, l => l.StartsWith("epoch 3", StringComparison.Ordinal));

        Assert.Contains("was made with other options", Assert.Throws<EdgeQinnException>(() => Compressor.Run(Graph, null, set, options with { Seed = 9 })).Message, StringComparison.Ordinal);
        File.WriteAllText(times, "{}");
        Assert.Contains(times, Assert.Throws<EdgeQinnException>(() => Bytes("")).Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Only_the_formats_allowed_are_tried()
    {
        var result = Compressor.Run(Graph, null, Set(), Options with { Formats = ["mps"] });
        Assert.All(result.Layers.SelectMany(l => l.Candidates), c => Assert.True(c.IsDense || c.Format.StartsWith("mps:", StringComparison.Ordinal), c.Format));
    }

    [Fact]
    public void Slower_formats_are_refused_with_the_figure_and_nothing_left_is_told()
    {
        var result = Compressor.Run(Graph, null, Set(), Options with { Cost = new CostAgainstFormats() });
        var refused = result.Layers[0].Candidates.Where(c => c.State == CandidateState.Slower).ToArray();
        Assert.NotEmpty(refused);
        Assert.All(refused, c => Assert.Equal("slower than dense: 1.50 µs, dense 1.00 µs", c.Reason));
        Assert.All(result.Layers, l => Assert.True(l.Chosen.IsDense));
        Assert.Contains("no layer could be compressed", Assert.Single(result.Shortfalls), StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_out_of_reach_is_told_and_the_budget_kept()
    {
        var result = Compressor.Run(Graph, null, Set(), Options with { MaxBytes = 100, Formats = ["int8"], MaxLoss = 1 });
        Assert.InRange(result.Loss, -1e-9, 1);
        Assert.Contains("100 were asked for", Assert.Single(result.Shortfalls), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_labels_agreement_or_the_output_is_kept()
    {
        var set = Set(labels: false);
        Assert.StartsWith("match of the output", Compressor.Run(Graph, null, set, Options with { Formats = ["int8"] }).Metric, StringComparison.Ordinal);
        var decision = new ClassDecision("y", ["a", "b", "c"], Logits: true);
        var result = Compressor.Run(Graph, decision, set, Options with { Formats = ["int8", "lowrank"] });
        Assert.Equal(("windows decided as before, %", 100.0), (result.Metric, result.ScoreBefore));
        Assert.InRange(result.ScoreAfter, 97, 100);
        Assert.Contains("does not fit", Assert.Throws<EdgeQinnException>(() => Compressor.Run(Graph, decision, set, Options with { Metric = TaskMetric.MacroF1 })).Message, StringComparison.Ordinal);
        Assert.Contains("is no label", Assert.Throws<EdgeQinnException>(() => Compressor.Run(Graph, decision, Set(), Options with { Labels = ["z"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reconstruction_is_judged_by_its_anomalies()
    {
        var graph = new OnnxGraphBuilder().Input("x", 1, 48).Weights("w", 1, 48, 32).Weights("v", 2, 32, 48).Output("y").Node("MatMul", "x w", "h").Node("MatMul", "h v", "y").Convert().Graph;
        var usual = Set();
        float[] x = [.. Enumerable.Range(0, 400).SelectMany(w => usual.Window(0, w).ToArray().Select(v => w % 4 == 3 ? v * 3 : v))];
        var set = new CalibrationSet(["x"], [x], 400, [.. Enumerable.Range(0, 400).Select(w => w % 4 == 3 ? 1 : 0)], new int[400], []);
        var result = Compressor.Run(graph, new AnomalyDecision("y", ["usual", "odd"], "x", 50, []), set, Options with { Metric = TaskMetric.AreaUnderCurve, Formats = ["lowrank", "int8"] });
        Assert.InRange(result.Loss, -10, 3);
        Assert.True(result.Bytes.After < 0.5 * result.Bytes.Before);
        Assert.Equal(225, result.FitWindows); // the usual ones
    }

    [Fact]
    public void Reports_tell_every_choice()
    {
        var set = Set();
        var result = Compressor.Run(Graph, null, set, Options);
        var report = new CompressionReport("net.onnx", "net.eqn", 20_000, 2_000, set, Options, result, TimeSpan.FromSeconds(1));
        using var json = JsonDocument.Parse(report.ToJson());
        var layers = json.RootElement.GetProperty("layers").EnumerateArray().ToArray();
        Assert.Equal(result.Layers.Select(l => l.Chosen.Format), layers.Select(l => l.GetProperty("chosen").GetString()));
        foreach (var candidate in layers.SelectMany(l => l.GetProperty("candidates").EnumerateArray())) Assert.NotEqual("", candidate.GetProperty("why").GetString());
        Assert.Equal(set.Hash(), json.RootElement.GetProperty("calibration").GetProperty("sha256").GetString());

        string folder = Directory.CreateTempSubdirectory("edgeqinn").FullName;
        report.WriteFolder(folder);
        string html = File.ReadAllText(Path.Combine(folder, "report.html"));
        Directory.Delete(folder, recursive: true);
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.Contains("Page value", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        foreach (var layer in result.Layers) Assert.Contains(layer.Chosen.Format, html, StringComparison.Ordinal);

        using var provenance = JsonDocument.Parse(CompressionProvenance.Write("{\"source\":\"net.onnx\"}"u8.ToArray(), result, set, Options));
        Assert.Equal("net.onnx", provenance.RootElement.GetProperty("source").GetString());
        Assert.Equal(set.Hash(), provenance.RootElement.GetProperty("calibration").GetProperty("sha256").GetString());
        Assert.Equal("bytes", provenance.RootElement.GetProperty("compression").GetProperty("times").GetString());
    }

    [Fact]
    public void Recurrent_weights_take_every_format_of_matrices()
    {
        var builder = new OnnxGraphBuilder().Input("x", 9, 1, 16).Weights("w", 1, 1, 48, 16).Weights("r", 2, 1, 48, 16).Output("h")
            .Node("GRU", "x w r", " h", ("hidden_size", 16), ("linear_before_reset", 1));
        var dense = builder.Convert();
        foreach (string format in (string[])["int8", "bcsr:v=8,density=1", "lowrank:rank=16", "mps:tolerance=0", "entangled:groups=1,rank=16", "hadamard:density=1", "lowrank:rank=8+bcsr:density=1", "lowrank:rank=8+int8"])
        {
            var options = new ConvertOptions { Formats = [FormatRequest.Parse($"gru_.?={format}")] };
            var encoded = Conversion.Run(EdgeQinn.Converter.Onnx.OnnxReader.Read(builder.ToArray(), Models.File), options);
            Assert.Equal(["gru_.W", "gru_.R"], encoded.Layers.Select(l => l.Layer));
            float[] expected = dense.Run(3), actual = encoded.Run(3);
            for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - actual[i]) < 0.05f, $"{format}: {actual[i]}, expected {expected[i]}");
        }
    }

    [Fact]
    public void The_frontier_is_that_of_all_choices()
    {
        var random = new Random(8);
        IReadOnlyList<(double Divergence, double Cost)>[] layers = [.. Enumerable.Range(0, 4).Select(_ => (IReadOnlyList<(double, double)>)[(0, 1.0), .. Enumerable.Range(0, 5).Select(_ => (random.NextDouble(), random.NextDouble()))])];
        var all = from a in layers[0] from b in layers[1] from c in layers[2] from d in layers[3] select (Divergence: a.Divergence + b.Divergence + c.Divergence + d.Divergence, Cost: a.Cost + b.Cost + c.Cost + d.Cost);
        var points = all.ToArray();
        var frontier = Frontier.Of(layers);
        foreach (var p in frontier)
        {
            Assert.DoesNotContain(points, o => o.Divergence < p.Divergence - 1e-12 && o.Cost < p.Cost - 1e-12);
            Assert.Equal(p.Cost, p.Choice.Select((c, i) => layers[i][c].Cost).Sum(), 1e-12);
        }
        for (double budget = 0; budget < 3; budget += 0.1)
            Assert.Equal(points.Where(p => p.Divergence <= budget).Min(p => p.Cost), frontier.Where(p => p.Divergence <= budget).Min(p => p.Cost), 1e-12);
    }

    [Fact]
    public void Spectra_have_the_entropies_of_theory()
    {
        var random = new Random(1);
        var gaussian = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(128, 128, (_, _) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        var spectrum = CutSpectrum.Of("rows | columns", gaussian);
        Assert.Equal(Math.Log(128) - 0.5, spectrum.Page, 1e-12);
        Assert.InRange(spectrum.Compressibility, -0.01, 0.01);
        var product = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(16, 16, (i, j) => (i + 1) * (j + 2));
        Assert.InRange(CutSpectrum.Of("", product).Entropy, -1e-9, 1e-6);
    }
}
