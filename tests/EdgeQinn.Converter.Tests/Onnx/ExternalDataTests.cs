using System.Runtime.InteropServices;
using EdgeQinn.Converter.Import;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Onnx;

/// <summary>Weights beside the model: read from its folder, and from nowhere else.</summary>
public sealed class ExternalDataTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("edgeqinn").FullName;
    readonly string _folder;

    public ExternalDataTests()
    {
        _folder = Directory.CreateDirectory(Path.Combine(_root, "model")).FullName;
        float[] data = [100, 1, 2, 3];
        File.WriteAllBytes(Path.Combine(_folder, "weights.bin"), MemoryMarshal.AsBytes<float>(data));
        File.WriteAllBytes(Path.Combine(_root, "secret.bin"), new byte[12]);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    Conversion Convert(string location, string offset = "4", string length = "12")
    {
        ProtoWriter Entry(string key, string value) => new ProtoWriter().Text(1, key).Text(2, value);
        var tensor = new ProtoWriter().Int(1, 3).Int(2, 1).Text(8, "w").Int(14, 1)
            .Message(13, Entry("location", location)).Message(13, Entry("offset", offset)).Message(13, Entry("length", length));
        string path = Path.Combine(_folder, "m.onnx");
        File.WriteAllBytes(path, new OnnxGraphBuilder().Input("x", 3).Output("y").Field(5, tensor).Node("Add", "x w", "y").ToArray());
        return Conversion.Run(path, new ConvertOptions());
    }

    string Refusal(string location, string offset = "4", string length = "12") => Assert.Throws<ConversionException>(() => Convert(location, offset, length)).Message;

    [Fact]
    public void Data_is_read_from_the_models_folder() => Assert.Equal([1, 2, 3], Convert("weights.bin").Run<float>(0, 0, 0));

    [Fact]
    public void Paths_and_links_that_lead_out_are_refused()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), Path.Combine(_root, "secret.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "up"), _root);
        foreach (string location in (string[])["../secret.bin", "a/../../secret.bin", Path.Combine(_root, "secret.bin"), "link.bin", "up/secret.bin"])
            Assert.Contains("leads out of the model's folder", Refusal(location, "0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_or_short_data_is_refused_by_name()
    {
        Assert.Contains("'gone.bin', which cannot be read", Refusal("gone.bin"), StringComparison.Ordinal);
        Assert.Contains("needs bytes 8 to 20 of 'weights.bin', which has 16", Refusal("weights.bin", "8"), StringComparison.Ordinal);
        Assert.Contains("external data claims 8", Refusal("weights.bin", "4", "8"), StringComparison.Ordinal);
        Assert.Contains("offset 'x', which is no number", Refusal("weights.bin", "x"), StringComparison.Ordinal);
    }
}
