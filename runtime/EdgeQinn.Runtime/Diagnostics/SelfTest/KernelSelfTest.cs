using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Diagnostics.SelfTest;

/// <summary>How a kernel fared.</summary>
/// <param name="Kernel">Such as <c>gemv.f32/avx2</c>.</param>
/// <param name="Cases">Cases that ran it.</param>
/// <param name="Failure">What went wrong first; null where nothing did.</param>
public sealed record KernelTestResult(string Kernel, int Cases, string? Failure);

/// <summary>
/// Runs every kernel written for vectors that this CPU can execute, through the operators that use it, on random sizes, and compares with the
/// scalar references.
/// </summary>
public static class KernelSelfTest
{
    /// <summary>Allowed difference, relative to the largest magnitude in the scalar result (at least 1): orders of summation and vector functions differ.</summary>
    const double Tolerance = 5e-5;

    /// <summary>Runs the test.</summary>
    /// <param name="rounds">Random draws of each case.</param>
    /// <param name="seed">Of the draws.</param>
    public static IReadOnlyList<KernelTestResult> Run(int rounds, int seed)
    {
        var results = new Dictionary<string, KernelTestResult>(StringComparer.Ordinal);
        foreach (var family in KernelTable.All)
            foreach (var isa in family.Implementations)
                if (isa != Isa.Scalar && Cpu.Supports(isa)) results.Add(Name(family.Name, isa), new KernelTestResult(Name(family.Name, isa), 0, null));

        var random = new CaseDraw(seed);
        foreach (var test in SelfTestCases.All)
            for (int round = 0; round < rounds; round++) RunCase(test, test.Draw(random), results);

        return [.. results.Values.Select(r => r.Cases == 0 ? r with { Failure = "no case reaches it" } : r)];
    }

    static void RunCase(SelfTestCase test, SelfTestInput input, Dictionary<string, KernelTestResult> results)
    {
        var graph = test.Graph(input);
        var expected = Outputs(graph, input, [Isa.Scalar], out _);
        for (Isa isa = Isa.Vector128; isa <= Isa.Avx512; isa++)
        {
            if (!Cpu.Supports(isa)) continue;
            var actual = Outputs(graph, input, [isa, Isa.Scalar], out var kernels);
            string? failure = Compare(graph, expected, actual);
            foreach (string kernel in kernels)
                if (results.TryGetValue(kernel, out var result))
                    results[kernel] = result with { Cases = result.Cases + 1, Failure = result.Failure ?? failure };
        }
    }

    static byte[][] Outputs(ModelGraph graph, SelfTestInput input, IReadOnlyList<Isa> allowed, out IReadOnlyCollection<string> kernels)
    {
        using var model = Model.ForStream(graph, allowed);
        using var session = model.CreateSession();
        kernels = model.Plan.Steps.SelectMany(s => s.Uses.Append(s.Kernel)).ToHashSet();
        int fed = 0;
        foreach (var (tensor, isConstant) in input.Operands)
            if (!isConstant) tensor.Part("data").Bytes.Span.CopyTo(session.Inputs[fed++].AsBytes());
        session.Run();
        return [.. session.Outputs.Select(o => o.AsBytes().ToArray())];
    }

    static string? Compare(ModelGraph graph, byte[][] expected, byte[][] actual)
    {
        for (int o = 0; o < expected.Length; o++)
        {
            var type = graph.Values[graph.Outputs[o]].Type;
            double scale = 1;
            for (int e = 0; e < type.Count; e++)
                if (Math.Abs(ElementReader.Read(type.Element, expected[o], e)) is var magnitude && double.IsFinite(magnitude)) scale = Math.Max(scale, magnitude);
            for (int e = 0; e < type.Count; e++)
            {
                double want = ElementReader.Read(type.Element, expected[o], e), got = ElementReader.Read(type.Element, actual[o], e);
                if (!want.Equals(got) && !(Math.Abs(want - got) <= Tolerance * scale))
                    return $"{graph.Name} {string.Join(' ', graph.Values.Select(v => v.Type))}: element {e} of output {o} is {got}, the reference {want}";
            }
        }
        return null;
    }

    static string Name(string family, Isa isa) => $"{family}/{isa.ToString().ToLowerInvariant()}";
}
