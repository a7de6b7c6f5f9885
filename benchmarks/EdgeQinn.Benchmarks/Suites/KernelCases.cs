using EdgeQinn.Benchmarks.Kernels;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.SelfTest;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Benchmarks.Suites;

/// <summary>
/// What to measure: every layer of the shapes file, and every family of <see cref="KernelTable"/> with vector kernels that no layer is made of: on its step of a
/// layer, or else on the self-test's largest draw that reaches it. A kernel added to the table is measured without being listed here. (Families of which there
/// is only the scalar reference, such as arithmetic on integer types, are there for completeness, not for speed.)
/// </summary>
static class KernelCases
{
    const int Draws = 20;

    /// <summary>The cases on a CPU whose best instruction set is <paramref name="isa"/>.</summary>
    public static IReadOnlyList<KernelCase> For(Isa isa)
    {
        IReadOnlyList<Isa> allowed = [.. Enum.GetValues<Isa>().Where(i => i <= isa && Cpu.Supports(i)).Reverse()];
        var cases = new List<KernelCase>();
        var steps = new Dictionary<string, KernelCase>(StringComparer.Ordinal);
        foreach (var layer in BenchmarkLayer.All)
            foreach (string format in layer.Formats is [] ? [""] : layer.Formats)
            {
                var graph = layer.Graph(format.Length > 0 ? layer.Build(format).Encode() : null);
                var timed = TimedLayer.Of(graph, graph.Nodes[0])!;
                string title = format.Length > 0 ? $"{layer.Title} {format}" : layer.Title;
                long bytes = timed.Bytes + ActivationBytes(graph);
                var kernels = StepsOf(graph, allowed, out int costliest);
                cases.Add(new KernelCase(kernels[costliest], title, graph, allowed, -1, Math.Min(timed.MultiplyAdds, layer.MultiplyAdds), layer.MultiplyAdds, bytes, timed.IsInt8));
                for (int s = 0; s < kernels.Count; s++) steps.TryAdd(kernels[s], new KernelCase(kernels[s], $"step of {title}", graph, allowed, s, 0, 0, ActivationBytes(graph), false));
            }
        AddFromSelfTest(steps, allowed);
        var measured = cases.Select(c => c.Kernel).ToHashSet(StringComparer.Ordinal);
        foreach (var family in KernelTable.All)
        {
            string kernel = $"{family.Name}/{allowed.First(family.Implementations.Contains).ToString().ToLowerInvariant()}";
            if (measured.Add(kernel) && steps.TryGetValue(kernel, out var step)) cases.Add(step);
        }
        return [.. cases.OrderBy(c => c.Kernel, StringComparer.Ordinal)];
    }

    /// <summary>The kernels of a graph's steps, and which takes longest.</summary>
    static List<string> StepsOf(ModelGraph graph, IReadOnlyList<Isa> allowed, out int costliest)
    {
        using var model = Model.FromGraph(graph, allowed);
        using var session = model.CreateSession();
        LayerTimer.FillInputs(session);
        var profile = StepProfile.Measure(session, 20);
        costliest = Enumerable.Range(0, profile.Steps.Count).MaxBy(s => profile.Steps[s].Percentile(50));
        return [.. model.Plan.Steps.Select(s => s.Kernel)];
    }

    /// <summary>For kernels that are no step yet: the largest draw of a self-test case that reaches them, alone or called by another.</summary>
    static void AddFromSelfTest(Dictionary<string, KernelCase> steps, IReadOnlyList<Isa> allowed)
    {
        var random = new CaseDraw(1);
        var drawn = new Dictionary<string, KernelCase>(StringComparer.Ordinal);
        foreach (var test in SelfTestCases.All)
            for (int draw = 0; draw < Draws; draw++)
            {
                var graph = test.Graph(test.Draw(random));
                long bytes = ActivationBytes(graph);
                string title = $"{test.Operator} {string.Join(' ', graph.Values.Select(v => v.Type.ToString().Replace("float32", "", StringComparison.Ordinal)))}";
                using var model = Model.ForStream(graph, allowed); // some cases remember
                for (int s = 0; s < model.Plan.Steps.Count; s++)
                    foreach (string kernel in model.Plan.Steps[s].Uses.Append(model.Plan.Steps[s].Kernel))
                        if (!drawn.TryGetValue(kernel, out var largest) || bytes > largest.Bytes) drawn[kernel] = new KernelCase(kernel, title, graph, allowed, s, 0, 0, bytes, false);
            }
        foreach (var (kernel, step) in drawn) steps.TryAdd(kernel, step);
    }

    static long ActivationBytes(ModelGraph graph) => graph.Inputs.Concat(graph.Outputs).Sum(v => graph.Values[v].Type.ByteLength);
}
