using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Diagnostics.SelfTest;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels;

/// <summary>
/// Every vector kernel of <see cref="KernelTable"/>, reached through the operators that use it: between guard pages, in memory aligned to no more than
/// its elements with scratch full of NaN, on random sizes, and with NaN, infinities and denormals among its inputs, against the scalar reference.
/// A kernel that no case reaches fails: add one to <see cref="SelfTestCases"/>.
/// </summary>
public class KernelCoverageTests
{
    /// <summary>As the self-test's: orders of summation and vector functions differ.</summary>
    const double Tolerance = 5e-5;

    const int Rounds = 12;

    /// <summary>
    /// Minimal filtering adds and subtracts neighbours of a tile: what is no number spreads to outputs whose own windows do not hold it, an infinity as NaN.
    /// All others give NaN and infinities exactly where the definition has them.
    /// </summary>
    static bool Spreads(string kernel) => kernel.StartsWith("conv.winograd", StringComparison.Ordinal);

    [Fact]
    public void Every_kernel_keeps_to_its_memory_wherever_that_lies() => Check(1, null);

    [Fact]
    public void Every_kernel_lets_NaN_through() => Check(2, float.NaN);

    [Fact]
    public void Every_kernel_treats_infinities_as_the_reference_does() => Check(3, float.PositiveInfinity);

    [Fact]
    public void Every_kernel_counts_denormals() => Check(4, float.Epsilon * 1000);

    static void Check(int seed, float? special)
    {
        var missing = KernelTable.All.SelectMany(f => f.Implementations.Where(isa => isa != Isa.Scalar && Cpu.Supports(isa)).Select(isa => $"{f.Name}/{isa.ToString().ToLowerInvariant()}")).ToHashSet();
        var random = new Random(seed);
        foreach (var test in SelfTestCases.All)
            for (int round = 0; round < Rounds; round++)
            {
                var input = test.Draw(random);
                byte[][] fed = [.. input.Operands.Where(o => !o.IsConstant).Select(o => With(special, o.Tensor, random))];
                var graph = test.Graph(input);
                byte[][] expected = ByDefinition(graph, input.Attributes, fed);
                for (Isa isa = Isa.Vector128; isa <= Isa.Avx512; isa++)
                {
                    if (!Cpu.Supports(isa)) continue;
                    using var model = Model.ForStream(graph, [isa, Isa.Scalar]);
                    string[] kernels = [.. model.Plan.Steps.SelectMany(s => s.Uses.Append(s.Kernel))];
                    missing.ExceptWith(kernels);
                    Compare(graph, expected, Run(model, fed, round % 2 == 0), string.Join(", ", kernels), kernels.Any(Spreads));
                }
            }
        Assert.Empty(missing);
    }

    /// <summary>What the references give; that of minimal filtering spreads NaN as its kernels do, so the direct one speaks for it.</summary>
    static byte[][] ByDefinition(ModelGraph graph, AttributeMap attributes, byte[][] fed)
    {
        bool filters = attributes.Has("algorithm") && attributes.Text("algorithm") == "winograd";
        if (filters) attributes.Add("algorithm", "time");
        using var plain = Model.ForStream(graph, [Isa.Scalar]);
        if (filters) attributes.Add("algorithm", "winograd");
        return Run(plain, fed, false);
    }

    /// <summary>The data, with the special number in a few places.</summary>
    static byte[] With(float? special, EncodedTensor tensor, Random random)
    {
        byte[] bytes = tensor.Part("data").Bytes.ToArray();
        if (special is not { } value || tensor.Type.Element != ElementType.Float32 || tensor.Type.Count == 0) return bytes;
        var data = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        int count = float.IsFinite(value) ? data.Length : 1 + random.Next(2);
        for (int i = 0; i < count; i++) data[float.IsFinite(value) ? i : random.Next(data.Length)] = float.IsFinite(value) ? value * random.Next(-50, 50) : random.Next(2) == 0 ? value : -value;
        return bytes;
    }

    static byte[][] Run(Model model, byte[][] fed, bool guardBefore)
    {
        using var session = new GuardedSession(model, guardBefore);
        for (int i = 0; i < fed.Length; i++) fed[i].CopyTo(session.Bytes(model.Graph.Inputs[i]));
        session.Run();
        return [.. model.Graph.Outputs.Select(v => session.Bytes(v).ToArray())];
    }

    static void Compare(ModelGraph graph, byte[][] expected, byte[][] actual, string kernels, bool spreads)
    {
        for (int o = 0; o < expected.Length; o++)
        {
            if (graph.Values[graph.Outputs[o]].Type.Element != ElementType.Float32)
            {
                Assert.Equal(expected[o], actual[o]);
                continue;
            }
            float[] want = MemoryMarshal.Cast<byte, float>(expected[o]).ToArray(), got = MemoryMarshal.Cast<byte, float>(actual[o]).ToArray();
            double scale = want.Where(float.IsFinite).Select(w => (double)Math.Abs(w)).DefaultIfEmpty().Max();
            for (int i = 0; i < want.Length; i++)
            {
                bool same = want[i].Equals(got[i]) || Math.Abs((double)want[i] - got[i]) <= Tolerance * Math.Max(scale, 1) || (spreads && !float.IsFinite(got[i]));
                Assert.True(same, $"{kernels}: {string.Join(' ', graph.Values.Select(v => v.Type))}, element {i} of output {o} is {got[i]}, the reference {want[i]}");
            }
        }
    }
}
