using System.Diagnostics;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Onnx;

/// <summary>
/// Mutated models convert or are refused in one of the declared ways: no crash, no hang, no memory out of proportion.
/// <c>EDGEQINN_FUZZ_ROUNDS</c> sets the number of mutations per model.
/// </summary>
public class MutationTests
{
    static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("EDGEQINN_FUZZ_ROUNDS"), out int rounds) ? rounds : 2000;

    /// <summary>What counts as a hang: far beyond the second the fuzz runs allow, since machines that test are busy.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Seeds => ["convolution", "recurrent", "shapes", "control"];

    static byte[] Seed(string name) => name switch
    {
        "convolution" => new OnnxGraphBuilder().Input("x", -1, 2, 8).Weights("w", 1, 3, 2, 3).Weights("s", 2, 3).Constant<long>("shape", [1, -1], 2).Weights("g", 3, 24, 5).Output("y")
            .Node("Conv", "x w", "c", ("pads", new[] { 1, 1 }), ("auto_pad", "NOTSET")).Node("BatchNormalization", "c s s s s", "n").Node("Relu", "n", "r")
            .Node("MaxPool", "r", "p", ("kernel_shape", new[] { 2 }), ("strides", new[] { 1 }), ("pads", new[] { 0, 1 })).Node("Reshape", "p shape", "f").Node("Gemm", "f g", "y", ("alpha", 0.5f)).ToArray(),
        "recurrent" => new OnnxGraphBuilder().Input("x", 1, 5, 7).Weights("w", 1, 1, 12, 5).Weights("r", 2, 1, 12, 4).Output("y").Constant<long>("axis", [1], 1).Constant<long>("index", [-1], [])
            .Node("Transpose", "x", "t", ("perm", new[] { 2, 0, 1 })).Node("GRU", "t w r", "s", ("hidden_size", 4), ("direction", "forward"))
            .Node("Squeeze", "s axis", "q").Node("Gather", "q index", "y", ("axis", 0)).ToArray(),
        "shapes" => new OnnxGraphBuilder().Input("x", 2, 6).Output("y").Constant<long>("a", [0], 1).Constant<long>("b", [3], 1).Constant<long>("c", [1], 1).Constant<float>("k", [2], [])
            .Node("Shape", "x", "s").Node("Gather", "s c", "d").Node("ConstantOfShape", "d", "z").Node("Slice", "x a b c", "l").Node("Concat", "l l", "m", ("axis", 1))
            .Node("Add", "m z", "n").Node("Pad", "n", "p", ("pads", new[] { 0, 1, 0, 1 })).Node("Tile", "n s", "t").Node("ReduceMean", "t", "y", ("axes", new[] { 1 })).Opset(17).ToArray(),
        _ => new OnnxGraphBuilder().Input("x", 2).Output("y").Constant<long>("n", [3], []).Constant<bool>("yes", [true], [])
            .Node("Loop", "n yes x", "l", ("body", new OnnxGraphBuilder().Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("v", 2).Output("c").Output("u").Node("Tanh", "v", "u").ToGraph()))
            .Node("If", "yes", "y", ("then_branch", new OnnxGraphBuilder().Output("t").Node("Relu", "l", "t").ToGraph()), ("else_branch", new OnnxGraphBuilder().Output("e").Node("Neg", "l", "e").ToGraph())).ToArray(),
    };

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mutated_models_convert_or_are_refused(string name)
    {
        int refused = CountRefused(name, Seed(name), Rounds);
        Assert.InRange(refused, Rounds / 10, Rounds - 1);
    }

    /// <summary>Every operator's rules and kernels, by way of ONNX's backend cases.</summary>
    [SharedFact]
    public void Mutated_conformance_models_convert_or_are_refused()
    {
        foreach (string model in Directory.EnumerateFiles(SharedData.Path("data/conformance/onnx-1.17"), "model.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            CountRefused(model, File.ReadAllBytes(model), Math.Max(Rounds / 400, 1));
    }

    static int CountRefused(string name, byte[] seed, int rounds)
    {
        var mutator = new ProtoMutator(new Random(20 + name.Length));
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            byte[] mutated = mutator.Mutate(seed);
            var clock = Stopwatch.StartNew();
            try
            {
                EqnWriter.ToArray(Conversion.Run(OnnxReader.Read(mutated, "mutated.onnx"), new ConvertOptions()).Contents);
            }
            catch (EdgeQinnException e)
            {
                Assert.StartsWith("mutated.onnx: ", e.Message, StringComparison.Ordinal);
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"round {round} of '{name}': {e}\n{Convert.ToBase64String(mutated)}");
            }
            Assert.True(clock.Elapsed < Limit, $"round {round} of '{name}' took {clock.Elapsed}: {Convert.ToBase64String(mutated)}");
        }
        return refused;
    }
}
