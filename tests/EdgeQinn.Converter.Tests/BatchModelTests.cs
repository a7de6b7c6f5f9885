using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Converter.Tests;

/// <summary>Whole models with several independent inputs per run give what single runs give, in every format.</summary>
public class BatchModelTests
{
    const int Inputs = 5;

    [Theory]
    [InlineData("ecg-beat-cnn", "*=dense")]
    [InlineData("ecg-beat-cnn", "*=int8")]
    [InlineData("ecg-beat-cnn", "*=sparse:density=0.1")]
    [InlineData("bearing-wdcnn", "*=dense")]
    [InlineData("bearing-wdcnn", "*=bcsr:density=0.2,type=int8")]
    [InlineData("bearing-wdcnn", "/f/*=tucker2:rank=8", "*=mps:bond=2")]
    [InlineData("bearing-wdcnn", "/f/*=cp:rank=8", "*=lowrank:rank=8")]
    [InlineData("bearing-wdcnn", "*=lowrank:rank=3+bcsr:density=0.05")]
    [InlineData("bearing-autoencoder", "*=dense")]
    [InlineData("bearing-autoencoder", "*=bcsr:density=0.1")]
    [InlineData("bearing-autoencoder", "*=int8")]
    [InlineData("bearing-autoencoder", "*=int8:scale=0.03")]
    [InlineData("bearing-autoencoder", "*=mps:bond=3")]
    [InlineData("bearing-autoencoder", "*=entangled:groups=4,rank=8")]
    [InlineData("bearing-autoencoder", "*=hadamard:density=0.1")]
    [InlineData("ecg-beat-gru", "*=dense")]
    [InlineData("ecg-beat-gru", "*=int8")]
    public void Reference_models(string name, params string[] formats)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "models", $"{name}.onnx");
        Check(Conversion.Run(path, new ConvertOptions { Formats = [.. formats.Select(FormatRequest.Parse)] }));
    }

    [SharedTheory]
    [InlineData("mnist/opt-mnist")]
    [InlineData("dtln/model_1")]
    [InlineData("gtcrn/gtcrn_simple")]
    public void Models_from_elsewhere(string name) => Check(Conversion.Run(SharedData.Path($"data/models-public/{name}.onnx"), new ConvertOptions()));

    static void Check(Conversion conversion)
    {
        using var model = Model.Parse(EqnWriter.ToArray(conversion.Contents), Models.File);
        using var alone = model.CreateSession();
        using var together = model.CreateSession(new SessionOptions { Batch = Inputs });
        var random = new Random(1);
        foreach (var input in together.Inputs)
            foreach (ref float x in input.AsSpan<float>()) x = random.NextSingle() * 2 - 1;
        together.Run();
        for (int b = 0; b < Inputs; b++)
        {
            for (int i = 0; i < alone.Inputs.Count; i++) together.Inputs[i].AsBytes(b).CopyTo(alone.Inputs[i].AsBytes());
            alone.Run();
            for (int o = 0; o < alone.Outputs.Count; o++)
            {
                ReadOnlySpan<float> expected = alone.Outputs[o].AsSpan<float>(), actual = together.Outputs[o].AsSpan<float>(b);
                double scale = 1;
                foreach (float e in expected) scale = Math.Max(scale, Math.Abs(e));
                for (int e = 0; e < expected.Length; e++) Assert.Equal(expected[e], actual[e], 2e-5 * scale);
            }
        }
    }
}
