using System.Diagnostics;
using System.Text.Json;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Cli;

/// <summary>The command line as a user meets it: exit codes, messages, files written or left alone.</summary>
public sealed class ConvertCliTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("edgeqinn").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string At(string name) => Path.Combine(_folder, name);

    string Model(OnnxGraphBuilder? builder = null)
    {
        builder ??= new OnnxGraphBuilder().Input("x", -1, 4).Weights("w", 1, 4, 3).Output("y").Node("MatMul", "x w", "h").Node("Relu", "h", "y");
        File.WriteAllBytes(At("m.onnx"), builder.ToArray());
        return At("m.onnx");
    }

    internal static (int Code, string Output, string Error) Run(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string arg in args.Prepend(Path.Combine(AppContext.BaseDirectory, "edgeqinn-convert.dll"))) start.ArgumentList.Add(arg);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    void WriteGolden(float error)
    {
        float[] x = [1, 2, 3, 4, -1, 0, 1, 0];
        var conversion = Conversion.Run(Model(), new ConvertOptions());
        float[] y = [.. conversion.Run<float>(x[..4]), .. conversion.Run<float>(x[4..])];
        y[0] += error;
        NpzFile.Save(At("golden.npz"), new Dictionary<string, NpyArray> { ["x"] = NpyArray.Create<float>(x, 2, 4), ["y"] = NpyArray.Create<float>(y, 2, 3) });
    }

    [Fact]
    public void Converts_checks_golden_vectors_and_verifies()
    {
        WriteGolden(0);
        var (code, output, _) = Run("convert", At("m.onnx"), "-o", At("m.eqn"), "--golden", At("golden.npz"), "--json");
        Assert.Equal(0, code);
        using var report = JsonDocument.Parse(output);
        Assert.Equal(1, report.RootElement.GetProperty("operators").GetProperty("Linear").GetInt32());
        Assert.Equal(12, report.RootElement.GetProperty("parameters").GetInt64());
        Assert.Equal(new FileInfo(At("m.eqn")).Length, report.RootElement.GetProperty("bytes").GetInt64());
        using var file = EqnFile.Open(At("m.eqn"));
        Assert.Equal(2, file.Golden!.CaseCount);
        using var provenance = JsonDocument.Parse(file.Provenance);
        Assert.Equal("m.onnx", provenance.RootElement.GetProperty("source").GetString());

        (code, output, _) = Run("verify", At("m.onnx"), At("m.eqn"));
        Assert.Equal(0, code);
        Assert.Contains("agree within", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Golden_vectors_that_are_not_reproduced_are_never_written()
    {
        WriteGolden(0.5f);
        File.WriteAllText(At("m.eqn"), "old");
        var (code, _, error) = Run("convert", At("m.onnx"), "-o", At("m.eqn"), "--golden", At("golden.npz"));
        Assert.Equal(1, code);
        Assert.Contains("output 'y' of case 0 differs by 0.5", error, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(At("m.eqn")));
    }

    [Fact]
    public void Verify_names_the_first_layer_that_differs()
    {
        OnnxGraphBuilder Two(int seed) => new OnnxGraphBuilder().Input("x", 1, 4).Weights("w", 1, 4, 4).Weights("v", seed, 4, 3).Output("y")
            .Node("MatMul", "x w", "h").Node("Tanh", "h", "t").Node("MatMul", "t v", "y");
        Assert.Equal(0, Run("convert", Model(Two(2)), "-o", At("m.eqn")).Code);
        var (code, output, _) = Run("verify", Model(Two(3)), At("m.eqn"));
        Assert.Equal(1, code);
        Assert.Contains("value 'y' of layer 'matmul_y'", output, StringComparison.Ordinal);
    }

    /// <summary>Where ONNX Runtime's library is absent, the user is told how to get it.</summary>
    [Fact]
    public void Verify_takes_onnx_runtime_as_reference_where_it_is_there()
    {
        Assert.Equal(0, Run("convert", Model(), "-o", At("m.eqn")).Code);
        var (code, output, error) = Run("verify", At("m.onnx"), At("m.eqn"), "--reference", "onnxruntime");
        bool isThere = EdgeQinn.OnnxRuntime.OrtLibrary.IsAvailable;
        Assert.Equal(isThere ? 0 : 3, code);
        Assert.Contains(isThere ? "agree within" : EdgeQinn.OnnxRuntime.OrtLibrary.HowToGet, output + error, StringComparison.Ordinal);
    }

    /// <summary>The layer that was changed in the file is named, not those behind it, which differ too.</summary>
    [Theory]
    [InlineData("scalar")]
    [InlineData("onnxruntime")]
    public void Verify_names_the_layer_that_is_wrong_in_the_file(string reference)
    {
        if (reference == "onnxruntime" && !EdgeQinn.OnnxRuntime.OrtLibrary.IsAvailable) return;
        string model = Model(new OnnxGraphBuilder().Input("x", 1, 4).Weights("w", 1, 4, 5).Weights("v", 2, 5, 6).Weights("u", 3, 6, 3).Output("y")
            .Node("MatMul", "x w", "a").Node("Tanh", "a", "b").Node("MatMul", "b v", "c").Node("Sigmoid", "c", "d").Node("MatMul", "d u", "y"));
        var conversion = Conversion.Run(model, new ConvertOptions());
        var values = conversion.Graph.Values.Select(v =>
        {
            if (v.Constant is not { } constant || v.Type.Count != 30) return v; // the middle layer's weights
            float[] wrong = constant.Data<float>().ToArray();
            wrong[7] += 0.25f;
            return v with { Constant = EncodedTensor.FromSpan<float>(wrong, [.. v.Type.Shape]) };
        });
        var graph = new ModelGraph { Values = [.. values], Nodes = conversion.Graph.Nodes, Inputs = conversion.Graph.Inputs, Outputs = conversion.Graph.Outputs };
        EqnWriter.Write(At("m.eqn"), new EqnContents(graph));
        var (code, output, _) = Run("verify", model, At("m.eqn"), "--reference", reference);
        Assert.Equal(1, code);
        Assert.Contains("value 'c' of layer 'matmul_c'", output, StringComparison.Ordinal);
    }

    /// <summary>Killed while it writes, again and again: the old file or the new one is there, never half of one, and strays do not pile up.</summary>
    [Fact]
    public void A_conversion_that_is_killed_leaves_the_old_file_or_the_new_one()
    {
        string target = At("m.eqn");
        Assert.Equal(0, Run("convert", Model(), "-o", target).Code);
        byte[] old = File.ReadAllBytes(target);
        File.WriteAllBytes(At("large.onnx"), new OnnxGraphBuilder().Input("x", 1, 2000).Weights("w", 1, 2000, 2000).Output("y").Node("MatMul", "x w", "y").ToArray());
        byte[] large = EqnWriter.ToArray(Conversion.Run(At("large.onnx"), new ConvertOptions()).Contents);

        var random = new Random(5);
        for (int trial = 0; trial < 5; trial++)
        {
            File.WriteAllBytes(target, old);
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string arg in (string[])[Path.Combine(AppContext.BaseDirectory, "edgeqinn-convert.dll"), "convert", At("large.onnx"), "-o", target]) start.ArgumentList.Add(arg);
            using var process = Process.Start(start)!;
            while (!process.HasExited && !File.Exists($"{target}.tmp")) Thread.Sleep(1);
            Thread.Sleep(random.Next(20));
            process.Kill();
            process.WaitForExit();
            byte[] now = File.ReadAllBytes(target);
            Assert.True(now.AsSpan().SequenceEqual(old) || now.AsSpan().SequenceEqual(large), $"after {trial} trials the file has {now.Length} bytes and is neither");
            Assert.InRange(Directory.EnumerateFiles(_folder, "m.eqn*").Count(), 1, 2);
        }
        Assert.Equal(0, Run("convert", At("large.onnx"), "-o", target).Code);
        Assert.Equal(large, File.ReadAllBytes(target));
        Assert.Equal([target], Directory.EnumerateFiles(_folder, "m.eqn*"));
    }

    [Fact]
    public void Bad_input_leaves_no_file_behind()
    {
        string model = Model(new OnnxGraphBuilder().Input("x", 1, 4).Output("y").Node("RoiAlign", "x", "y"));
        var (code, output, error) = Run("convert", model, "-o", At("m.eqn"));
        Assert.Equal((3, ""), (code, output));
        Assert.Equal($"error: {model}: node 'roialign_y' (RoiAlign, opset 17): the operator is not supported; rewrite the layer with supported ones (OPERATORS.md) or leave it to pre- or post-processing\n", error);
        Assert.Equal(["m.onnx"], Directory.EnumerateFiles(_folder).Select(Path.GetFileName));

        File.WriteAllBytes(At("cut.onnx"), File.ReadAllBytes(Model())[..50]);
        (code, _, error) = Run("convert", At("cut.onnx"), "-o", At("m.eqn"));
        Assert.Equal(3, code);
        Assert.Contains("cut.onnx: byte ", error, StringComparison.Ordinal);
        Assert.Equal(3, Run("convert", At("gone.onnx"), "-o", At("m.eqn")).Code);
        Assert.False(File.Exists(At("m.eqn")));
    }

    [Fact]
    public void Wrong_usage_is_told_apart_from_bad_input()
    {
        Assert.Equal(2, Run("convert").Code);
        Assert.Equal(2, Run("transmogrify").Code);
        Assert.Equal(2, Run("convert", Model(), "-o", At("m.eqn"), "--shape", "x").Code);
        Assert.Equal(0, Run("convert", "--help").Code);
        Assert.Equal(3, Run("convert", Model(), "-o", At("m.eqn"), "--contract", "no-such-contract").Code);
    }

    [Fact]
    public void Shapes_and_constants_are_taken_from_the_command_line()
    {
        string model = Model(new OnnxGraphBuilder().Opset(13).Input("x", -1, 4).Input("axes", ElementType.Int64, 1).Output("y").Node("ReduceSum", "x axes", "y"));
        var (code, output, error) = Run("convert", model, "-o", At("m.eqn"), "--shape", "x=3,4", "--const", "axes=0");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("x float32[3,4]", output, StringComparison.Ordinal);
        Assert.Contains("y float32[1,4]", output, StringComparison.Ordinal);
    }
}
