using System.Text.Json;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Cli;

/// <summary><c>edgeqinn-convert compress</c> as a user meets it.</summary>
public sealed class CompressCliTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("edgeqinn").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string At(string name) => Path.Combine(_folder, name);

    string Model()
    {
        File.WriteAllBytes(At("m.onnx"), new OnnxGraphBuilder().Input("x", -1, 64).Weights("w", 1, 64, 128).Weights("v", 2, 128, 4).Output("y")
            .Node("MatMul", "x w", "h").Node("Relu", "h", "t").Node("MatMul", "t v", "y").ToArray());
        return At("m.onnx");
    }

    /// <summary>Mixtures of three patterns, which a low rank carries.</summary>
    string Windows(int count = 300, float broken = 0)
    {
        var random = new Random(1);
        float[] patterns = [.. Enumerable.Range(0, 3 * 64).Select(_ => random.NextSingle() - 0.5f)], x = new float[count * 64];
        for (int w = 0; w < count; w++)
            for (int k = 0; k < 3; k++)
            {
                float share = random.NextSingle() - 0.5f;
                for (int i = 0; i < 64; i++) x[w * 64 + i] += share * patterns[k * 64 + i];
            }
        if (broken != 0) x[69] = broken;
        NpzFile.Save(At("windows.npz"), new Dictionary<string, NpyArray> { ["x"] = NpyArray.Create<float>(x, count, 64) });
        return At("windows.npz");
    }

    [Fact]
    public void Compresses_reports_and_says_where_it_comes_from()
    {
        var (code, output, error) = ConvertCliTests.Run("compress", Model(), "--calibration", Windows(), "-o", At("m.eqn"), "--max-loss", "5", "--formats", "int8,lowrank", "--report", At("report"), "--json");
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("match of the output, 100·(1 − relative error)", json.RootElement.GetProperty("metric").GetString());
        Assert.InRange(json.RootElement.GetProperty("score").GetProperty("after").GetDouble(), 95, 100);
        Assert.Equal(new FileInfo(At("m.eqn")).Length, json.RootElement.GetProperty("outputBytes").GetInt64());
        Assert.True(File.Exists(At("report/report.html")) && File.Exists(At("report/report.json")));
        Assert.Contains("candidates compete", error, StringComparison.Ordinal);
        using var file = EqnFile.Open(At("m.eqn"));
        using var provenance = JsonDocument.Parse(file.Provenance);
        Assert.Equal(64, provenance.RootElement.GetProperty("calibration").GetProperty("sha256").GetString()!.Length);
        Assert.Equal(2, provenance.RootElement.GetProperty("layers").GetArrayLength());
    }

    [Fact]
    public void A_kernel_table_makes_the_file_repeatable_and_is_named_in_it()
    {
        string table = Path.Combine(AppContext.BaseDirectory, "kernel-table.json");
        string[] arguments = ["compress", Model(), "--calibration", Windows(), "--max-loss", "5", "--formats", "lowrank,bcsr", "--kernel-table", table, "-o"];
        var (code, output, error) = ConvertCliTests.Run([.. arguments, At("a.eqn")]);
        Assert.True(code == 0, error);
        Assert.Contains("kernel table kernel-table.json", output, StringComparison.Ordinal);
        ConvertCliTests.Run([.. arguments, At("b.eqn")]);
        Assert.Equal(File.ReadAllBytes(At("a.eqn")), File.ReadAllBytes(At("b.eqn")));
        using var file = EqnFile.Open(At("a.eqn"));
        using var provenance = JsonDocument.Parse(file.Provenance);
        Assert.Contains("kernel-table.json", provenance.RootElement.GetProperty("compression").GetProperty("times").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_goal_out_of_reach_gives_1_and_the_best_there_is()
    {
        var (code, _, error) = ConvertCliTests.Run("compress", Model(), "--calibration", Windows(), "-o", At("m.eqn"), "--formats", "int8", "--max-bytes", "10", "--max-loss", "5");
        Assert.Equal(1, code);
        Assert.Contains("10 were asked for", error, StringComparison.Ordinal);
        using var file = EqnFile.Open(At("m.eqn"));
        Assert.Single(file.Graph.Inputs);
    }

    [Fact]
    public void Bad_input_gives_3_wrong_usage_2_and_no_file()
    {
        void Refused(int expected, string message, params string[] arguments)
        {
            var (code, _, error) = ConvertCliTests.Run(["compress", .. arguments, "-o", At("m.eqn")]);
            Assert.Equal(expected, code);
            Assert.Contains(message, error, StringComparison.Ordinal);
            Assert.False(File.Exists(At("m.eqn")));
        }
        string model = Model();
        Refused(3, "20 calibration windows are too few", model, "--calibration", Windows(20));
        Refused(3, "holds NaN in window 1, element 5", model, "--calibration", Windows(broken: float.NaN));
        Refused(3, $"{At("nothing.npz")}: the file does not exist", model, "--calibration", At("nothing.npz"));
        NpzFile.Save(At("other.npz"), new Dictionary<string, NpyArray> { ["z"] = NpyArray.Create<float>(new float[640], 10, 64) });
        Refused(3, $"{At("other.npz")}: no array 'x' for the network's input; there are 'z'", model, "--calibration", At("other.npz"));
        NpzFile.Save(At("other.npz"), new Dictionary<string, NpyArray> { ["x"] = NpyArray.Create<float>(new float[630], 10, 63) });
        Refused(3, $"{At("other.npz")}: ", model, "--calibration", At("other.npz"));
        Refused(3, "'nothing' is not known", model, "--calibration", Windows(), "--formats", "nothing");
        Refused(2, "give --contract", model, "--calibration", "wfdb:somewhere/100");
        Refused(2, "--max-loss -1", model, "--calibration", Windows(), "--max-loss", "-1");
        Refused(3, "does not fit", model, "--calibration", Windows(), "--metric", "accuracy");
        Refused(2, "--calibration", model);
    }

    [Fact]
    public void Formats_that_fit_no_layer_give_1_and_say_so()
    {
        var (code, output, error) = ConvertCliTests.Run("compress", Model(), "--calibration", Windows(), "-o", At("m.eqn"), "--formats", "cp", "--json");
        Assert.Equal(1, code);
        Assert.Contains("no format of cp fits any layer: the network is as it was", error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(2, json.RootElement.GetProperty("notes").GetArrayLength());
        Assert.Equal(json.RootElement.GetProperty("weightBytes").GetProperty("before").GetInt64(), json.RootElement.GetProperty("weightBytes").GetProperty("after").GetInt64());
    }

    [Fact]
    public void Constant_channels_are_warned_of_and_do_no_harm()
    {
        Windows();
        var x = NpzFile.Load(At("windows.npz")).Find("x")!;
        float[] values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(x.Bytes).ToArray();
        for (int w = 0; w < 300; w++) values.AsSpan(w * 64 + 40, 20).Fill(7);
        NpzFile.Save(At("windows.npz"), new Dictionary<string, NpyArray> { ["x"] = NpyArray.Create<float>(values, 300, 64) });
        var (code, output, error) = ConvertCliTests.Run("compress", Model(), "--calibration", At("windows.npz"), "-o", At("m.eqn"), "--max-loss", "5", "--formats", "lowrank,bcsr", "--json");
        Assert.True(code == 0, error);
        Assert.Contains("20 of 64 elements are the same in all windows (first: element 40)", error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(output);
        Assert.InRange(json.RootElement.GetProperty("score").GetProperty("after").GetDouble(), 95, 100);
    }

    [Fact]
    public void An_interrupted_healing_goes_on_without_a_kernel_table()
    {
        string[] arguments = ["compress", Model(), "--calibration", Windows(), "--max-loss", "10", "--formats", "bcsr", "--heal", "--heal-epochs", "2", "--checkpoint", At("state"), "-o"];
        var (code, _, error) = ConvertCliTests.Run([.. arguments, At("a.eqn")]);
        Assert.True(code == 0, error);
        File.Delete(Directory.GetFiles(At("state"), "healing-*.bin")[0]); // as if stopped before it
        var (again, _, message) = ConvertCliTests.Run([.. arguments, At("b.eqn")]);
        Assert.True(again == 0, message);
        Assert.Equal(File.ReadAllBytes(At("a.eqn")), File.ReadAllBytes(At("b.eqn")));
        var (other, _, refused) = ConvertCliTests.Run([.. arguments, At("c.eqn"), "--seed", "2"]);
        Assert.Equal(3, other);
        Assert.Contains("was made with other options", refused, StringComparison.Ordinal);
    }

    [SharedFact]
    public void Recordings_calibrate_through_the_contract()
    {
        string[] records = [.. new[] { "101", "106", "208" }.Select(r => $"wfdb:{SharedData.Path($"data/mitdb/{r}")}?to=400")];
        var (code, output, error) = ConvertCliTests.Run(["compress", Path.Combine(AppContext.BaseDirectory, "models", "ecg-beat-gru.onnx"), "--contract", "ecg-beat",
            "--calibration", .. records, "-o", At("gru.eqn"), "--formats", "int8,bcsr", "--labels", "N,V", "--max-loss", "2", "--windows", "256", "--json"]);
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("macro-F1 over N V", json.RootElement.GetProperty("metric").GetString());
        var bytes = json.RootElement.GetProperty("weightBytes");
        Assert.True(bytes.GetProperty("after").GetInt64() < 0.6 * bytes.GetProperty("before").GetInt64(), output);
        Assert.Contains("101: ", error, StringComparison.Ordinal);
    }
}
