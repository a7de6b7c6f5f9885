using System.Runtime.InteropServices;
using System.Text.Json;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Converter.Tests;

/// <summary>Trained models, converted, written, loaded and run on every kernel family, against what other frameworks computed.</summary>
public class GoldenModelTests
{
    public static TheoryData<string, string[], string> ReferenceModels
    {
        get
        {
            var data = new TheoryData<string, string[], string>();
            foreach (Isa isa in Cpu.Allowed(null))
            {
                data.Add("ecg-beat-cnn", ["Concat", "Conv", "Conv", "Conv", "Conv", "Linear", "Linear", "Linear", "Reshape"], isa.ToString());
                data.Add("ecg-beat-gru", ["Concat", "Conv", "Conv", "GRU", "Linear", "Linear", "Reshape", "Transpose"], isa.ToString());
                data.Add("bearing-wdcnn", ["Conv", "Conv", "Conv", "Conv", "Conv", "Linear", "Linear", "Reshape"], isa.ToString());
                data.Add("bearing-autoencoder", [.. Enumerable.Repeat("Linear", 10)], isa.ToString());
            }
            return data;
        }
    }

    static string ModelPath(string name) => Path.Combine(AppContext.BaseDirectory, "models", $"{name}.onnx");

    [SharedTheory]
    [MemberData(nameof(ReferenceModels))]
    public void Reference_models_reproduce_pytorch_to_a_ten_thousandth(string name, string[] operators, string isa)
    {
        var conversion = Conversion.Run(ModelPath(name), new ConvertOptions());
        Assert.Equal(operators, conversion.Operators().Order(StringComparer.Ordinal));
        using var model = Model.Parse(EqnWriter.ToArray(conversion.Contents), name, [.. Cpu.Allowed(null).Where(i => i <= Enum.Parse<Isa>(isa))]);
        using var session = model.CreateSession();
        var golden = GoldenVectors.FromArrays(NpzFile.Load(SharedData.Path($"models/{name}/reference.npz")), model.Graph, absolute: 1e-4f, relative: 0);
        Assert.InRange(golden.CaseCount, 60, 80);
        Assert.All(GoldenCheck.Run(session, golden), r => Assert.Equal(0, r.Failures));
    }

    [SharedTheory]
    [InlineData("mnist/opt-mnist", 1e-4)]
    [InlineData("dtln/model_1", 1e-4)]
    [InlineData("gtcrn/gtcrn_simple", 1e-4)]
    public void Models_from_elsewhere_reproduce_onnx_runtime(string name, double tolerance)
    {
        string folder = SharedData.Path($"data/models-public/{name}.ref0");
        using var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "ref.json")));
        float[] Read(JsonElement entry) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, entry.GetProperty("file").GetString()!))).ToArray();
        var conversion = Conversion.Run(SharedData.Path($"data/models-public/{name}.onnx"), new ConvertOptions());
        using var model = Model.Parse(EqnWriter.ToArray(conversion.Contents), name);
        using var session = model.CreateSession();
        foreach (var entry in reference.RootElement.GetProperty("inputs").EnumerateArray()) Read(entry).CopyTo(session.Input(entry.GetProperty("name").GetString()!).AsSpan<float>());
        session.Run();
        foreach (var entry in reference.RootElement.GetProperty("outputs").EnumerateArray())
        {
            float[] expected = Read(entry), actual = session.Output(entry.GetProperty("name").GetString()!).AsSpan<float>().ToArray();
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i])));
        }
    }

    /// <summary>
    /// Made by: edgeqinn-convert convert benchmarks/models/ecg-beat-gru.onnx -o runtime/EdgeQinn.Cli/Demo/ecg-beat-gru.eqn --contract ecg-beat --golden ../shared/models/ecg-beat-gru/reference.npz
    /// </summary>
    [SharedFact]
    public void The_demos_model_is_what_the_converter_makes_today()
    {
        var conversion = Conversion.Run(ModelPath("ecg-beat-gru"), new ConvertOptions
        {
            Contract = SignalContract.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "contracts", "ecg-beat.json"))),
            Golden = NpzFile.Load(SharedData.Path("models/ecg-beat-gru/reference.npz")),
        });
        byte[] committed = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "demo", "ecg-beat-gru.eqn"));
        Assert.True(EqnWriter.ToArray(conversion.Contents).AsSpan().SequenceEqual(committed), "the demo's file is out of date; see above for how to make it");
        Assert.InRange(committed.Length, 1, 200_000);
    }

    [Theory]
    [InlineData("ecg-beat-cnn", "ecg-beat")]
    [InlineData("ecg-beat-gru", "ecg-beat")]
    [InlineData("bearing-wdcnn", "bearing")]
    [InlineData("bearing-autoencoder", "bearing-spectrum")]
    public void Ready_contracts_fit_their_models(string model, string contract) => Assert.NotNull(Conversion.Run(ModelPath(model), new ConvertOptions
    {
        Contract = SignalContract.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "contracts", $"{contract}.json"))),
    }).Contents.Contract);
}
