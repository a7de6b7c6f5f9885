using System.Text.Json;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Cli;

/// <summary><c>convert --stream</c>: what is shared is told and written, what is not is named with the reason.</summary>
public sealed class StreamCliTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("edgeqinn").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string At(string name) => Path.Combine(_folder, name);

    /// <summary>Two convolutions over 256 samples, InstanceNormalization or the mean over time, five logits.</summary>
    string Model(bool normalised = false)
    {
        var builder = new OnnxGraphBuilder().Input("x", 1, 1, 256).Weights("w1", 1, 16, 1, 5).Weights("w2", 2, 32, 16, 5).Weights("w3", 3, 32, 5).Weights("one", 4, 32).Weights("zero", 5, 32)
            .Output("logits").Node("Conv", "x w1", "a").Node("Relu", "a", "b").Node("Conv", "b w2", "c");
        if (normalised) builder = builder.Node("InstanceNormalization", "c one zero", "d");
        builder = builder.Node("GlobalAveragePool", normalised ? "d" : "c", "e").Node("Flatten", "e", "f").Node("MatMul", "f w3", "logits");
        File.WriteAllBytes(At("m.onnx"), builder.ToArray());
        return At("m.onnx");
    }

    string Contract(string inputs = "\"normalize\": false", string window = "\"trigger\": \"hop\", \"length\": 256, \"hop\": 16")
    {
        File.WriteAllText(At("c.json"), $$"""
            { "version": 1, "sampleRate": 100, "unit": "g", "window": { {{window}} }, "inputs": [ { "name": "x", "feature": "samples", {{inputs}} } ],
              "decision": { "kind": "class", "output": "logits", "labels": ["a", "b", "c", "d", "e"], "logits": true } }
            """);
        return At("c.json");
    }

    static (int Code, string Output, string Error) Run(params string[] args) => ConvertCliTests.Run(args);

    [Fact]
    public void What_is_shared_is_told_layer_by_layer_and_written()
    {
        var (code, output, _) = Run("convert", Model(), "-o", At("m.eqn"), "--stream", "--contract", Contract());
        Assert.Equal(0, code);
        Assert.Contains("windows, 'x' along axis 2, hop 16 of 256 samples", output, StringComparison.Ordinal);
        Assert.Contains("Conv on 16 of 248 columns, 40,960 of 634,880 multiply-adds (6.5 %)", output, StringComparison.Ordinal);
        using (var file = EqnFile.Open(At("m.eqn")))
        {
            Assert.Equal(new StreamRule(StreamMode.Windows, "x", 2, 16), file.Stream);
            Assert.False(file.Sections.Single(s => s.Id == "STRM").IsRequired);
            byte[] again = EqnWriter.ToArray(new EqnContents(file.Graph) { Contract = file.Contract, Stream = file.Stream, Provenance = file.Provenance });
            Assert.Equal(File.ReadAllBytes(At("m.eqn")), again);
        }

        (code, output, _) = Run("convert", Model(), "-o", At("m.eqn"), "--stream", "--continuous", "--hop", "8", "--stream-input", "x=2", "--json");
        Assert.Equal(0, code);
        var stream = JsonDocument.Parse(output).RootElement.GetProperty("stream");
        Assert.Equal(("continuous", 8), (stream.GetProperty("mode").GetString(), stream.GetProperty("hop").GetInt32()));
        Assert.True(stream.GetProperty("hopMultiplyAdds").GetInt64() * 16 < stream.GetProperty("windowMultiplyAdds").GetInt64());
        using var continuous = EqnFile.Open(At("m.eqn"));
        Assert.True(continuous.Sections.Single(s => s.Id == "STRM").IsRequired);
    }

    [Fact]
    public void What_cannot_be_shared_is_named_with_operator_reason_and_cost()
    {
        var (code, output, _) = Run("convert", Model(normalised: true), "-o", At("m.eqn"), "--stream", "--hop", "16");
        Assert.Equal(0, code);
        Assert.Contains("InstanceNormalization, as it normalises over the window", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"normalize\": true", "\"trigger\": \"hop\", \"length\": 256, \"hop\": 16", "normalises input 'x' window by window")]
    [InlineData("\"normalize\": false", "\"trigger\": \"beat\", \"length\": 256, \"before\": 96", "windows lie at beats")]
    [InlineData("\"normalize\": false", "\"trigger\": \"hop\", \"length\": 256, \"hop\": 256", "do not overlap")]
    public void Contracts_that_leave_nothing_to_share_are_told_and_the_file_is_written_without_the_rule(string inputs, string window, string reason)
    {
        var (code, output, _) = Run("convert", Model(), "-o", At("m.eqn"), "--stream", "--contract", Contract(inputs, window));
        Assert.Equal(0, code);
        Assert.Contains("nothing is shared, every window costs the whole network", output, StringComparison.Ordinal);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        using var file = EqnFile.Open(At("m.eqn"));
        Assert.Null(file.Stream);
    }

    [Theory]
    [InlineData(2, "go with --stream", "--hop", "16")]
    [InlineData(2, "at least one sample", "--stream", "--hop", "0")]
    [InlineData(2, "expected NAME=AXIS", "--stream", "--hop", "16", "--stream-input", "x=y")]
    [InlineData(3, "needs --hop", "--stream")]
    [InlineData(3, "'z', which the model lacks", "--stream", "--hop", "16", "--stream-input", "z=2")]
    [InlineData(3, "no axis 5", "--stream", "--hop", "16", "--stream-input", "x=5")]
    public void What_does_not_fit_is_refused_and_nothing_written(int expected, string message, params string[] options)
    {
        var (code, _, error) = Run(["convert", Model(), "-o", At("m.eqn"), .. options]);
        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("m.eqn")));
    }
}
