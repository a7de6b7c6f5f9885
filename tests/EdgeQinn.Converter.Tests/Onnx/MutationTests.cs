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

    public static TheoryData<string> Seeds => [.. OnnxSeeds.Names];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Mutated_models_convert_or_are_refused(string name)
    {
        int refused = CountRefused(name, OnnxSeeds.Get(name), Rounds);
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
