using EdgeQinn.Benchmarks.Kernels;
using EdgeQinn.Benchmarks.Suites;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests;

public sealed class KernelCasesTests
{
    [Fact]
    public void Every_family_with_vector_kernels_is_measured()
    {
        var cases = KernelCases.For(Isa.Vector128);
        var measured = cases.Select(c => c.Kernel.Split('/')[0]).ToHashSet();
        Assert.All(KernelTable.All.Where(f => f.Implementations.Contains(Isa.Vector128)), family => Assert.Contains(family.Name, measured));
        Assert.DoesNotContain(cases, c => c.Kernel.EndsWith("/avx2", StringComparison.Ordinal) || c.Kernel.EndsWith("/avx512", StringComparison.Ordinal));
        foreach (var step in cases.Where(c => c.Step >= 0))
        {
            step.Open();
            step.Run();
            step.Dispose();
        }
    }

    [Fact]
    public void Every_layer_of_the_shapes_file_can_be_bound_and_says_its_multiply_adds()
    {
        foreach (var layer in BenchmarkLayer.All)
        {
            var graph = layer.Graph();
            using var model = Model.FromGraph(graph);
            Assert.Equal(layer.MultiplyAdds, Runtime.Diagnostics.ModelReport.Of(model).Nodes[0].MultiplyAdds);
        }
    }
}
