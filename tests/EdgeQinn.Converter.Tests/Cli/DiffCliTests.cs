using System.Text.Json;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Cli;

/// <summary><c>edgeqinn-convert diff</c> as a user meets it.</summary>
public sealed class DiffCliTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("edgeqinn").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Write(string name, Conversion conversion)
    {
        string path = Path.Combine(_folder, name);
        EqnWriter.Write(path, conversion.Contents);
        return path;
    }

    static OnnxGraphBuilder Network(int seed = 2, string activation = "Tanh") => new OnnxGraphBuilder().Input("x", 1, 16).Weights("w", 1, 16, 32).Weights("v", seed, 32, 3).Output("y")
        .Node("MatMul", "x w", "h").Node(activation, "h", "t").Node("MatMul", "t v", "y");

    static JsonElement Json(string output) => JsonDocument.Parse(output).RootElement;

    static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetString()!)];

    [Fact]
    public void Equal_files_give_0()
    {
        string a = Write("a.eqn", Network().Convert()), b = Write("b.eqn", Network().Convert());
        var (code, output, error) = ConvertCliTests.Run("diff", a, b);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("the files are equal", output, StringComparison.Ordinal);
        Assert.DoesNotContain("→", output.Split('\n').First(l => l.Contains("matmul_y", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.True(Json(ConvertCliTests.Run("diff", a, b, "--json").Output).GetProperty("equal").GetBoolean());
    }

    [Fact]
    public void Another_weight_format_shows_in_its_layer_alone()
    {
        var options = new ConvertOptions { Formats = [FormatRequest.Parse("matmul_h=int8")] };
        string a = Write("a.eqn", Network().Convert()), b = Write("b.eqn", Conversion.Run(OnnxReader.Read(Network().ToArray(), Models.File), options));
        var (code, output, _) = ConvertCliTests.Run("diff", a, b, "--json");
        Assert.Equal(1, code);
        var report = Json(output);
        var layers = report.GetProperty("layers").EnumerateArray().ToArray();
        Assert.Equal(["matmul_h", "tanh_t", "matmul_y"], layers.Select(l => l.GetProperty("name").GetString()));
        Assert.Equal(["encoding"], Texts(layers[0].GetProperty("differences")));
        Assert.Empty(Texts(layers[1].GetProperty("differences")));
        Assert.Empty(Texts(layers[2].GetProperty("differences")));
        Assert.Equal((4 * 512, 512 + 4 * 32), (layers[0].GetProperty("a").GetProperty("bytes").GetInt32(), layers[0].GetProperty("b").GetProperty("bytes").GetInt32()));
        Assert.Equal(512, layers[0].GetProperty("b").GetProperty("multiplyAdds").GetInt32());
        Assert.Equal((new FileInfo(a).Length, new FileInfo(b).Length), (report.GetProperty("bytesA").GetInt64(), report.GetProperty("bytesB").GetInt64()));
        Assert.Contains("dense → int8", ConvertCliTests.Run("diff", a, b).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_weights_and_another_source_are_told_apart()
    {
        var (_, output, _) = ConvertCliTests.Run("diff", Write("a.eqn", Network().Convert()), Write("b.eqn", Network(seed: 3).Convert()), "--json");
        var report = Json(output);
        Assert.False(report.GetProperty("equal").GetBoolean());
        Assert.Equal(["constants"], Texts(report.GetProperty("layers")[2].GetProperty("differences")));
        Assert.Equal(["sourceSha256"], Texts(report.GetProperty("provenance")));
        Assert.Empty(Texts(report.GetProperty("contract")));
    }

    [Fact]
    public void Layers_and_values_of_one_file_alone_are_named()
    {
        var (code, output, _) = ConvertCliTests.Run("diff", Write("a.eqn", Network().Convert()), Write("b.eqn", Network(activation: "Relu").Convert()), "--json");
        Assert.Equal(1, code);
        var report = Json(output);
        var only = report.GetProperty("layers").EnumerateArray().Where(l => l.GetProperty("b").ValueKind == JsonValueKind.Null);
        Assert.Equal(["tanh_t"], only.Select(l => l.GetProperty("name").GetString()));
        Assert.Contains("h", Texts(report.GetProperty("valuesOnlyInA")));
        Assert.Equal(["attributes"], Texts(report.GetProperty("layers")[0].GetProperty("differences"))); // the fused clamp
    }

    [Fact]
    public void A_broken_or_missing_file_is_bad_input()
    {
        string a = Write("a.eqn", Network().Convert()), cut = Path.Combine(_folder, "cut.eqn");
        File.WriteAllBytes(cut, File.ReadAllBytes(a)[..100]);
        var (code, output, error) = ConvertCliTests.Run("diff", a, cut);
        Assert.Equal((3, ""), (code, output));
        Assert.Contains("cut.eqn", error, StringComparison.Ordinal);
        Assert.Equal(3, ConvertCliTests.Run("diff", a, Path.Combine(_folder, "gone.eqn")).Code);
        Assert.Equal(2, ConvertCliTests.Run("diff", a).Code);
    }
}
