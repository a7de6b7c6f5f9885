using EdgeQinn.Benchmarks.Arm64;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Converter;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests.Arm64;

/// <summary>Where instructions go is told from counts in other sizes.</summary>
public class InstructionSplitTests
{
    [Fact]
    public void The_parts_of_a_linear_layer_are_found_exactly()
    {
        static double T(int c, int m) => 0.4 * c * m + 3 * c + 5.5 * m + 40;

        var split = InstructionSplit.Of([T(32, 64), T(64, 64), T(32, 128), T(64, 128)], [32, 64], [20, 50], T(20, 50), 70);

        Assert.Equal([70, 400, 60, 275, 40, 0], split.Parts.Select(p => Math.Round(p.Instructions, 9)));
        Assert.Equal(70 + T(20, 50), split.Total, 9);
    }

    [Fact]
    public void A_convolution_s_parts_may_or_may_not_grow_with_time()
    {
        static double T(int c, int m, int l) => 0.25 * c * m * l + 2 * c * m + 0.5 * c * l + 7 * c + 3 * m * l + 11 * m + 13 * l + 100;
        int[] filled = [8, 32, 24];
        double[] counts = [.. Enumerable.Range(0, 8).Select(d => T(8 << (d & 1), 32 << (d >> 1 & 1), 24 << (d >> 2)))];

        var split = InstructionSplit.Of(counts, filled, [5, 30, 6], T(5, 30, 6), 0);

        Assert.Equal([0, 0.25 * 5 * 30 * 6 + 2 * 5 * 30, 0.5 * 5 * 6 + 7 * 5, 3 * 30 * 6 + 11 * 30, 13 * 6 + 100, 0], split.Parts.Select(p => Math.Round(p.Instructions, 9)));
    }

    [Fact]
    public void What_whole_registers_do_not_explain_is_due_to_those_not_full()
    {
        static double T(int c, int m) => 0.5 * c * ((m + 15) / 16 * 16) + 40; // ten outputs take as long as sixteen

        var split = InstructionSplit.Of([T(32, 32), T(64, 32), T(32, 64), T(64, 64)], [32, 32], [32, 10], T(32, 10), 0);

        Assert.Equal(0.5 * 32 * 10, split.Sums, 9);
        Assert.Equal(0.5 * 32 * 6, split.Unfilled, 9);
    }

    [Theory]
    [InlineData("bearing-autoencoder")]
    [InlineData("bearing-wdcnn")]
    [InlineData("ecg-beat-cnn")]
    [InlineData("ecg-beat-gru")]
    public void Layers_in_other_sizes_are_of_the_same_kind(string name)
    {
        var graph = Conversion.Run(Path.Combine(Repository.Models, name + ".onnx"), new ConvertOptions()).Contents.Graph;
        using var model = Model.FromGraph(graph);
        foreach (var node in ModelReport.Of(model).Nodes.Where(n => n.Operator is "Linear" or "Conv"))
        {
            var count = new InstructionCount(name, "dense", 1, 1, "", node.Name, node.Operator, node.Format, string.Join(", ", node.Kernels), node.MultiplyAdds, node.MultiplyAdds, 1, 1, 0, 0);
            var layer = ScaledLayer.Of(graph, count)!;

            var same = Alone(layer.Graph(layer.Sizes));
            Assert.Equal(node.MultiplyAdds, same.MultiplyAdds);
            Assert.Equal(node.Kernels[^1], same.Kernels[^1]);
            for (int i = 0; i < layer.Sizes.Length; i++)
            {
                int[] sizes = [.. layer.Sizes];
                sizes[i] *= 2;
                Assert.Equal(2 * node.MultiplyAdds, Alone(layer.Graph(sizes)).MultiplyAdds);
            }
            Assert.All(layer.Filled().Zip(layer.Sizes), s => Assert.True(s.First >= s.Second));
        }
    }

    [Theory]
    [InlineData("Linear", "gemv.f32/neon", 0.45)]
    [InlineData("Conv", "conv.pad.f32/neon, conv.time.f32/neon", 0.45)]
    [InlineData("Conv", "quantise.i8/neon, conv.time.i8/neondot", 0.12)]
    [InlineData("Linear", "quantise.i8/neon, gemv.i8/neon", null)]
    [InlineData("GRU", "gemm.f32/neon, gru.dense.f32/neon", null)]
    public void The_kernel_a_layer_runs_on_decides_its_goal(string op, string kernels, double? goal) =>
        Assert.Equal(goal, new InstructionCount("", "", 1, 1, "", "", op, "", kernels, 100, 100, 50, 1, 0, 0).Goal);

    static NodeReport Alone(ModelGraph graph)
    {
        using var model = Model.FromGraph(graph);
        return ModelReport.Of(model).Nodes.Single();
    }
}
