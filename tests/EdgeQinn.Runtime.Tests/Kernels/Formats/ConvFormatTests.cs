using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Tests.Operators;
using EdgeQinn.Runtime.Tests.Weights;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Formats;

/// <summary>A convolution with a compressed weight equals the dense one with the weight it stands for, over strides, dilations, pads, groups, pools and batches.</summary>
public class ConvFormatTests
{
    public static TheoryData<Isa> Isas() => [.. Cpu.Allowed()];

    [Theory, MemberData(nameof(Isas))]
    public void One_axis(Isa isa)
    {
        var random = new Random(9);
        for (int i = 0; i < 150; i++)
        {
            int group = i % 5 == 0 ? 2 : 1, channels = group * random.Next(1, 6), outputs = group * random.Next(1, 11), taps = random.Next(1, 6);
            int stride = random.Next(1, 4), dilation = random.Next(1, 3), pad = random.Next(0, 4), length = (taps - 1) * dilation + 1 + random.Next(0, 90);
            var attributes = new AttributeMap
            {
                { "group", group }, { "strides", stride }, { "dilations", dilation }, { "pads", ((int[])[pad, random.Next(0, 3)]).AsSpan() },
                { "clamp", ((float[])[-1f, float.PositiveInfinity]).AsSpan() },
            };
            int outLength = (length + pad - (taps - 1) * dilation - 1) / stride + 1, pool = random.Next(1, 4);
            if (pool > 1 && outLength >= pool) attributes.Add("max_pool", pool);
            foreach (var weight in Weights(random, outputs, channels / group, [taps], group))
                Check(isa, weight, [random.Next(1, 3), channels, length], attributes, random);
        }
    }

    [Theory, MemberData(nameof(Isas))]
    public void Two_axes(Isa isa)
    {
        var random = new Random(10);
        for (int i = 0; i < 40; i++)
        {
            var attributes = new AttributeMap { { "pads", ((int[])[1, 2, 0, 1]).AsSpan() }, { "strides", ((int[])[random.Next(1, 3), random.Next(1, 3)]).AsSpan() } };
            foreach (var weight in Weights(random, random.Next(1, 9), 3, [2, 3], 1)) Check(isa, weight, [1, 3, random.Next(3, 9), random.Next(3, 40)], attributes, random);
        }
    }

    /// <summary>Sums run term by term where that costs less than the dense weight they make, pools and clamps after the last addition.</summary>
    [Theory, MemberData(nameof(Isas))]
    public void Sums(Isa isa)
    {
        var random = new Random(11);
        const int outputs = 96, channels = 96, taps = 5, length = 70;
        TensorType type = new(ElementType.Float32, outputs, channels, taps);
        Weight Sparse() => RandomWeights.BlockSparse(random, type, outputs, 1, 1, 0.02);
        Weight LowRank() => new LowRankWeight(type, RandomWeights.Dense(random, outputs, 2), RandomWeights.Dense(random, 2, channels * taps));
        Weight Tucker() => RandomWeights.Tucker2(random, outputs, channels, taps, 4, 4);
        (Weight[] Terms, bool Apart)[] sums =
        [
            ([Sparse(), LowRank()], true), ([Tucker(), Sparse()], true), ([RandomWeights.Cp(random, outputs, channels, taps, 4), Sparse(), LowRank()], true),
            ([new SumWeight(type, outputs, Sparse(), LowRank()), Sparse()], true), ([LowRank()], true),
            ([RandomWeights.Dense(random, outputs, channels, taps), LowRank()], false), ([RandomWeights.Dense(random, outputs, channels, taps), Sparse(), Sparse()], false),
        ];
        foreach (var (terms, apart) in sums)
            foreach (int pool in (int[])[1, 2, 3])
            {
                var weight = new SumWeight(type, outputs, [.. terms]);
                var attributes = new AttributeMap { { "pads", ((int[])[2, 1]).AsSpan() }, { "clamp", ((float[])[-1f, 2f]).AsSpan() } };
                if (pool > 1) attributes.Add("max_pool", pool);
                Check(isa, weight, [random.Next(1, 3), channels, length], attributes, random);
                var x = EncodedTensor.FromSpan<float>(new float[channels * length], 1, channels, length);
                if (isa == Isa.Scalar) continue; // what the references cost decides nothing
                using var model = OperatorRunner.Bind("Conv", attributes, [x, weight.Encode()], Cpu.Allowed(isa.ToString()), Feed.Constants);
                Assert.Equal(apart, model.Plan.RunDense.Count == 0);
                Assert.Equal(apart && terms.Length > 1, model.Plan.Steps.Any(s => s.Kernel.StartsWith("sum.clamp", StringComparison.Ordinal)));
            }
    }

    /// <summary>Bias, clamp and pool are part of the last kernel, whatever the format; only a sum of terms, which comes before them, adds steps. The pool may change which direct kernel is chosen and how its input is padded.</summary>
    [Theory, MemberData(nameof(Isas))]
    public void Bias_clamp_and_pool_need_no_step_of_their_own(Isa isa)
    {
        var random = new Random(12);
        const int outputs = 32, channels = 24, taps = 5, length = 70;
        TensorType type = new(ElementType.Float32, outputs, channels, taps);
        Weight[] weights =
        [
            RandomWeights.Dense(random, outputs, channels, taps), RandomWeights.BlockSparse(random, type, outputs, 1, 1, 0.05), RandomWeights.BlockSparse(random, type, outputs, 4, 1, 0.1),
            RandomWeights.BlockSparse(random, type, outputs, 4, 4, 0.1, int8: true), RandomWeights.Int8(random, type, outputs),
            new LowRankWeight(type, RandomWeights.Dense(random, outputs, 2), RandomWeights.Dense(random, 2, channels * taps)),
            RandomWeights.Tucker2(random, outputs, channels, taps, 4, 4), RandomWeights.Cp(random, outputs, channels, taps, 4),
        ];
        var x = EncodedTensor.FromSpan<float>(RandomWeights.Floats(random, channels * length), 1, channels, length);
        var bias = EncodedTensor.FromSpan<float>(RandomWeights.Floats(random, outputs), outputs);
        foreach (var weight in weights)
            foreach (string algorithm in weight is DenseWeight ? ["time", "channel", "winograd"] : (string[])[""])
            {
                int Kernels(bool finished)
                {
                    var attributes = new AttributeMap { { "pads", 2, 2 } };
                    if (algorithm.Length > 0) attributes.Add("algorithm", algorithm);
                    if (finished) attributes.Add("clamp", 0f, 6f);
                    if (finished) attributes.Add("max_pool", 2);
                    using var model = OperatorRunner.Bind("Conv", attributes, finished ? [x, weight.Encode(), bias] : [x, weight.Encode()], Cpu.Allowed(isa.ToString()), Feed.Constants);
                    return model.Plan.Steps.Count(s => !s.Kernel.StartsWith("conv.pad", StringComparison.Ordinal));
                }
                Assert.Equal(Kernels(false), Kernels(true));
            }
    }

    static IEnumerable<Weight> Weights(Random random, int outputs, int channels, int[] kernel, int group)
    {
        var type = new TensorType(ElementType.Float32, (ReadOnlySpan<int>)[outputs, channels, .. kernel]);
        int taps = kernel.Aggregate(1, (a, b) => a * b);
        foreach (int height in (int[])[1, 4, 16]) yield return RandomWeights.BlockSparse(random, type, outputs, height, 1, random.NextDouble());
        yield return RandomWeights.BlockSparse(random, type, outputs, 4, 4, 0.2, int8: true); // too few to be worth quantising the input
        yield return new LowRankWeight(type, RandomWeights.Dense(random, outputs, 2), RandomWeights.Dense(random, 2, channels * taps));
        if (group > 1) yield break;
        yield return new Tucker2Weight(type, RandomWeights.Dense(random, 2, channels), RandomWeights.Dense(random, [3, 2, .. kernel]), RandomWeights.Dense(random, outputs, 3));
        yield return new CpWeight(type, RandomWeights.Dense(random, 4, channels), RandomWeights.Dense(random, [4, 1, .. kernel]), RandomWeights.Dense(random, outputs, 4));
        yield return new SumWeight(type, outputs, RandomWeights.BlockSparse(random, type, outputs, 1, 1, 0.2),
            new LowRankWeight(type, RandomWeights.Dense(random, outputs, 2), RandomWeights.Dense(random, 2, channels * taps)));
    }

    static void Check(Isa isa, Weight weight, int[] shape, AttributeMap attributes, Random random)
    {
        var x = EncodedTensor.FromSpan<float>(RandomWeights.Floats(random, shape.Aggregate(1, (a, b) => a * b)), shape);
        var bias = EncodedTensor.FromSpan<float>(RandomWeights.Floats(random, weight.Rows), weight.Rows);
        var dense = EncodedTensor.FromSpan<float>(weight.ToArray(), weight.Type.Shape.AsSpan());
        attributes.Add("algorithm", "");
        var expected = OperatorRunner.Run("Conv", attributes, [x, dense, bias], [Isa.Scalar])[0];
        string[] ways = weight is BlockSparseWeight { IsInt8: false } sparse ? sparse.Height == 1 ? ["", "sparse", "segmented"] : ["", "sparse"] : [""];
        attributes.Add("algorithm", ways[random.Next(ways.Length)]);
        var actual = OperatorRunner.Run("Conv", attributes, [x, weight.Encode(), bias], Cpu.Allowed(isa.ToString()), Feed.Constants)[0];
        Assert.Equal(expected.Type, actual.Type);
        var (e, a) = (expected.Data<float>().ToArray(), actual.Data<float>().ToArray());
        for (int i = 0; i < e.Length; i++)
            Assert.True(Math.Abs(e[i] - a[i]) <= 1e-4 * (1 + Math.Abs(e[i])), $"{weight.Encoding} {weight.Type} {isa} on {x.Type}, output {i}: {a[i]}, expected {e[i]}");
    }
}
