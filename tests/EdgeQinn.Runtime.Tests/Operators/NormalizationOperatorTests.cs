using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class NormalizationOperatorTests
{
    static AttributeMap None => AttributeMap.Empty;

    /// <summary>(x − mean) / √(variance + ε) of one group.</summary>
    static double[] Standard(IEnumerable<float> group, double epsilon = 1e-5f, bool aroundZero = false)
    {
        double[] x = [.. group.Select(v => (double)v)];
        double mean = aroundZero ? 0 : x.Average(), variance = x.Average(v => (v - mean) * (v - mean));
        return [.. x.Select(v => (v - mean) / Math.Sqrt(variance + epsilon))];
    }

    [Theory]
    [InlineData("LayerNormalization")]
    [InlineData("RMSNormalization")]
    public void Layer_norms_at_every_length(string op)
    {
        bool rms = op == "RMSNormalization";
        foreach (var isa in Cpu.Allowed(null))
            foreach (int n in Lengths.Where(n => n > 0))
            {
                float[] x = Floats(n, 3 * n), scale = Floats(n + 1, n), bias = Floats(n + 2, n);
                double[] expected = [.. x.Chunk(n).SelectMany(row => Standard(row, aroundZero: rms).Select((v, i) => v * scale[i] + (rms ? 0 : bias[i])))];
                EncodedTensor[] inputs = rms ? [Of(x, 3, n), Of(scale, n)] : [Of(x, 3, n), Of(scale, n), Of(bias, n)];
                var y = OperatorRunner.Run(op, None, inputs, Cpu.Allowed(isa.ToString()), Feed.Computed);
                OperatorRunner.AssertClose(expected, y[0].Data<float>(), n == 1 ? 1e-3 : 1e-5);
            }
    }

    [Fact]
    public void Layer_norm_over_several_axes_tells_its_statistics()
    {
        float[] x = Floats(1, 48), scale = Floats(2, 4);
        var rows = x.Chunk(12).ToArray();
        OperatorRunner.RunAll("LayerNormalization", new() { { "axis", -2L }, { "epsilon", 0.1f } }, [Of(x, 2, 2, 3, 4), Of(scale, 1, 4)], y =>
        {
            OperatorRunner.AssertClose([.. rows.SelectMany(r => Standard(r, 0.1f).Select((v, i) => v * scale[i % 4]))], y[0].Data<float>(), 1e-5);
            Assert.Equal(new TensorType(ElementType.Float32, 2, 2, 1, 1), y[1].Type);
            OperatorRunner.AssertClose([.. rows.Select(r => r.Average(v => (double)v))], y[1].Data<float>(), 1e-5);
            OperatorRunner.AssertClose([.. rows.Select(r => 1 / Math.Sqrt(r.Average(v => Math.Pow(v - r.Average(), 2)) + 0.1f))], y[2].Data<float>(), 1e-5);
        });
        Assert.Contains("shapes [2,2] and [4] do not broadcast", OperatorRunner.Refusal("LayerNormalization", None, Of(x, 12, 4), Of(scale, 2, 2)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void Instance_and_group_norms_normalise_their_channels(int length)
    {
        float[] x = Floats(3, 2 * 6 * length), scale = Floats(4, 6), bias = Floats(5, 6);
        EncodedTensor[] inputs = [Of(x, 2, 6, length), Of(scale, 6), Of(bias, 6)];
        OperatorRunner.ExpectClose("InstanceNormalization", None, inputs,
            [.. x.Chunk(length).SelectMany((row, r) => Standard(row).Select(v => v * scale[r % 6] + bias[r % 6]))], 1e-5);
        OperatorRunner.ExpectClose("GroupNormalization", new() { { "num_groups", 2L } }, inputs,
            [.. x.Chunk(3 * length).SelectMany((group, g) => Standard(group).Select((v, i) => (v, c: g % 2 * 3 + i / length)).Select(e => e.v * scale[e.c] + bias[e.c]))], 1e-5);
        Assert.Contains("6 channels do not make 4 groups", OperatorRunner.Refusal("GroupNormalization", new() { { "num_groups", 4L } }, inputs), StringComparison.Ordinal);
        Assert.Contains("expected shape [6]", OperatorRunner.Refusal("InstanceNormalization", None, inputs[0], inputs[1], Counting(5)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(33)]
    public void Batch_norm_is_an_affine_map_per_channel(int length)
    {
        float[] x = Floats(6, 2 * 19 * length), scale = Floats(7, 19), bias = Floats(8, 19), mean = Floats(9, 19), variance = [.. Floats(10, 19).Select(Math.Abs)];
        double[] expected = [.. x.Select((v, i) => (v, c: i / length % 19)).Select(e => (e.v - mean[e.c]) / Math.Sqrt(variance[e.c] + 0.01f) * scale[e.c] + bias[e.c])];
        int[] shape = length == 1 ? [2, 19] : [2, 19, length];
        OperatorRunner.ExpectClose("BatchNormalization", new() { { "epsilon", 0.01f } }, [Of(x, shape), Of(scale, 19), Of(bias, 19), Of(mean, 19), Of(variance, 19)], expected, 2e-5);
    }

    [Fact]
    public void Constant_statistics_are_folded_once()
    {
        EncodedTensor c = Counting(2), x = Counting(1, 2, 3);
        Assert.Equal(["batchnormfold", "channelaffine"], OperatorRunner.Kernels("BatchNormalization", None, x, c, c, c, c).Select(k => k.Split('.')[0]));
        var g = new Execution.GraphSketch();
        int Constant() => g.Constant([1, 2], 2);
        using var model = g.Output(g.Node("BatchNormalization", g.Input(1, 2, 3), Constant(), Constant(), Constant(), Constant())).Bind();
        Assert.Equal("channelaffine", Assert.Single(model.Plan.Steps).Kernel.Split('.')[0]);
    }

    [Fact]
    public void Norms_along_an_axis()
    {
        OperatorRunner.ExpectClose("LpNormalization", None, [Of([3f, 4, 0, 0], 2, 2)], [0.6, 0.8, 0, 0]);
        OperatorRunner.ExpectClose("LpNormalization", new() { { "axis", 0L }, { "p", 1L } }, [Of([3f, 4, -1, 4], 2, 2)], [0.75, 0.5, -0.25, 0.5]);
        Assert.Contains("p = 3, expected 1 or 2", OperatorRunner.Refusal("LpNormalization", new() { { "p", 3L } }, Counting(2)), StringComparison.Ordinal);

        float[] x = Floats(1, 5);
        OperatorRunner.ExpectClose("LRN", new() { { "size", 3L }, { "alpha", 0.3f }, { "beta", 0.5f }, { "bias", 2f } }, [Of(x, 1, 5, 1)],
            [.. x.Select((v, c) => v / Math.Sqrt(2 + 0.3f / 3 * Enumerable.Range(c - 1, 3).Where(k => k is >= 0 and < 5).Sum(k => (double)x[k] * x[k])))]);
        Assert.Contains("size 0 must be positive", OperatorRunner.Refusal("LRN", new() { { "size", 0L } }, Counting(1, 2)), StringComparison.Ordinal);
    }

    [Fact]
    public void Mean_and_variance_over_any_axes()
    {
        float[] x = Floats(1, 24);
        double[] expected = new double[24];
        for (int c = 0; c < 3; c++)
        {
            int[] at = [.. Enumerable.Range(0, 24).Where(i => i / 4 % 3 == c)];
            double[] y = Standard(at.Select(i => x[i]), 0);
            for (int k = 0; k < at.Length; k++) expected[at[k]] = y[k];
        }
        OperatorRunner.ExpectClose("MeanVarianceNormalization", None, [Of(x, 2, 3, 2, 2)], expected, 1e-5);
        OperatorRunner.ExpectClose("MeanVarianceNormalization", new() { { "axes", [0L, 2] } }, [Of(x, 2, 3, 4)], expected, 1e-5);
        Assert.Contains("axes are missing", OperatorRunner.Refusal("MeanVarianceNormalization", None, Counting(2, 3)), StringComparison.Ordinal);
    }
}
