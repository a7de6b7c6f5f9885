using EdgeQinn.Benchmarks.OnnxRuntime;
using EdgeQinn.OnnxRuntime;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests;

/// <summary>The reference models in ONNX Runtime, as exported and rewritten for speed, against PyTorch's outputs.</summary>
public class ReferenceModelTests
{
    const float Tolerance = 1e-4f;

    public static TheoryData<string> Models => new("ecg-beat-cnn", "ecg-beat-gru", "bearing-wdcnn", "bearing-autoencoder");

    [OrtTheory(NeedsShared = true)]
    [MemberData(nameof(Models))]
    public void As_exported_gives_the_reference_outputs(string model)
    {
        using var session = OrtSession.Open(Onnx(model));
        var reference = NpzFile.Load(SharedData.Path($"models/{model}/reference.npz"));
        var inputs = session.Inputs.Select(i => Tensor(i.Name, reference[i.Name])).ToList();

        var outputs = session.Run(inputs);

        foreach (var output in outputs) AssertClose(reference[output.Name].ToSingles(), output.AsSpan<float>());
        foreach (var tensor in inputs.Concat(outputs)) tensor.Dispose();
    }

    [OrtTheory(NeedsShared = true)]
    [MemberData(nameof(Models))]
    public void At_its_best_gives_the_reference_outputs_window_by_window(string model)
    {
        using var session = OrtSession.FromBytes(OnnxModels.AtItsBest(File.ReadAllBytes(Onnx(model))));
        using var binding = session.Bind();
        var reference = NpzFile.Load(SharedData.Path($"models/{model}/reference.npz"));
        int windows = reference[binding.Inputs[0].Name].Shape[0];

        for (int window = 0; window < windows; window++)
        {
            foreach (var input in binding.Inputs) Row(reference[input.Name], window).CopyTo(input.AsSpan<float>());
            binding.Run();
            foreach (var output in binding.Outputs) AssertClose(Row(reference[output.Name], window), output.AsSpan<float>());
        }
    }

    [Theory]
    [InlineData("ecg-beat-cnn")]
    [InlineData("bearing-wdcnn")]
    public void At_its_best_has_no_one_dimensional_convolution_or_pooling_left(string model)
    {
        var rewritten = OnnxRuntime.Proto.ModelProto.Parser.ParseFrom(OnnxModels.AtItsBest(File.ReadAllBytes(Onnx(model))));

        var windowed = rewritten.Graph.Node.Where(n => n.OpType is "Conv" or "MaxPool").ToList();
        Assert.NotEmpty(windowed);
        Assert.All(windowed, n => Assert.Equal(2, n.Attribute("kernel_shape")!.Ints.Count));
    }

    [Fact]
    public void At_its_best_the_autoencoder_is_nothing_but_linear_layers_and_relu()
    {
        byte[] exported = File.ReadAllBytes(Onnx("bearing-autoencoder"));
        Assert.Contains(OnnxRuntime.Proto.ModelProto.Parser.ParseFrom(exported).Graph.Node, n => n.OpType == "BatchNormalization");

        var rewritten = OnnxRuntime.Proto.ModelProto.Parser.ParseFrom(OnnxModels.AtItsBest(exported));

        Assert.All(rewritten.Graph.Node, n => Assert.True(n.OpType is "Gemm" or "Relu", n.OpType));
    }

    [OrtFact]
    public void A_broken_model_is_refused_with_the_librarys_own_words()
    {
        byte[] broken = File.ReadAllBytes(Onnx("ecg-beat-cnn"))[..1000];

        var error = Assert.Throws<OrtException>(() => OrtSession.FromBytes(broken));

        Assert.Contains("protobuf", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [OrtFact]
    public void A_missing_input_is_refused_by_name()
    {
        using var session = OrtSession.Open(Onnx("ecg-beat-cnn"));
        using var waveform = new OrtTensor("waveform", OrtElementType.Float, [1, 1, 256]);

        var error = Assert.Throws<OrtException>(() => session.Run([waveform]));

        Assert.Contains("rr", error.Message, StringComparison.Ordinal);
    }

    static string Onnx(string model) => Path.Combine(AppContext.BaseDirectory, "models", model + ".onnx");

    static OrtTensor Tensor(string name, NpyArray array)
    {
        var tensor = new OrtTensor(name, OrtElementType.Float, [.. array.Shape.ToArray().Select(d => (long)d)]);
        array.ToSingles().CopyTo(tensor.AsSpan<float>());
        return tensor;
    }

    static Span<float> Row(NpyArray array, int row)
    {
        int length = array.Length / array.Shape[0];
        return array.ToSingles().AsSpan(row * length, length);
    }

    static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], Tolerance);
    }
}
