using EdgeQinn.Converter.Compression;
using EdgeQinn.Converter.Healing.Parameters;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Converter.Tests.Healing;

/// <summary>Every encoding can be trained: it starts as it was, and the gradient by what it stores is that of differences.</summary>
public class ParameterTests
{
    static readonly GraphBuilder Draw = new(1);

    static readonly Dictionary<string, Func<Weight>> Weights = new()
    {
        ["dense"] = () => Draw.Random(12, 10),
        ["bcsr"] = () => BlockSparseBuilder.Build(Layer(10, 9), 4, 1, 0.4),
        ["lowrank"] = () => LowRankBuilder.Build(Layer(12, 10), 3),
        ["mps of 3 cores"] = () => MpsBuilder.OfBond(Layer(11, 10), [2, 3, 2], [2, 3, 2], 3).Weight,
        ["phase"] = () => EntangledBuilder.Phase(Layer(12, 10), 3, 4),
        ["rotation"] = () => EntangledBuilder.Rotation(Layer(12, 10), 3, 4),
        ["coupled"] = () => EntangledBuilder.Coupled(Layer(12, 10), 3, 4, 2),
        ["schmidt"] = () => EntangledBuilder.Schmidt(Layer(12, 10), 3, 5, 2),
        ["hadamard"] = () => HadamardBuilder.Build(Layer(12, 10), 4, 0.5),
        ["tucker2"] = () => ConvFactorBuilder.Tucker2(Layer(8, 6, 5), 3, 4),
        ["cp"] = () => ConvFactorBuilder.Cp(Layer(8, 6, 5), 3),
        ["low rank and sparse"] = () => new SumWeight(new TensorType(ElementType.Float32, 12, 10), 12,
            LowRankBuilder.Build(Layer(12, 10), 2), BlockSparseBuilder.Build(Layer(12, 10), 1, 1, 0.2)),
    };

    public static TheoryData<string> Names => [.. Weights.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Gradients_are_those_of_differences(string name)
    {
        var weight = Weights[name]();
        var trainable = TrainableWeight.From(weight);
        float[] w = new float[weight.Rows * weight.Columns], direction = Draw.Random(w.Length).ToArray();
        trainable.Materialise(w);
        AssertClose(weight.ToArray(), w);
        Assert.Equal(weight.Encode().Parts.SelectMany(p => p.Bytes.ToArray()), trainable.ToWeight().Encode().Parts.SelectMany(p => p.Bytes.ToArray()));
        double Objective()
        {
            trainable.Materialise(w);
            return w.Zip(direction, (a, b) => (double)a * b).Sum();
        }
        trainable.Backward(direction);
        foreach (var leaf in trainable.Leaves)
            for (int i = 0; i < leaf.Values.Length; i++)
            {
                const float Step = 1f / 64;
                float x = leaf.Values[i];
                leaf.Values[i] = x + Step;
                double above = Objective();
                leaf.Values[i] = x - Step;
                double below = Objective();
                leaf.Values[i] = x;
                Assert.Equal((above - below) / (2 * Step), leaf.Gradient[i], 2e-3);
            }
    }

    [Fact]
    public void Int8_starts_exactly_and_rounds_to_its_grid()
    {
        var int8 = Int8Builder.Build(Layer(6, 9), new ActivationRange(0.1f, 3));
        var sparse = BlockSparseBuilder.Build(Layer(8, 9), 4, 4, 0.5, int8: true);
        foreach (var weight in (Weight[])[int8, sparse])
        {
            var trainable = TrainableWeight.From(weight);
            trainable.Materialise(new float[weight.Rows * weight.Columns]);
            Assert.Equal(weight.ToArray(), trainable.ToWeight().ToArray());
            foreach (var leaf in trainable.Leaves)
                for (int i = 0; i < leaf.Values.Length; i++) leaf.Values[i] *= 1.37f;
            var w = new float[weight.Rows * weight.Columns];
            trainable.Materialise(w);
            Assert.Equal(w, trainable.ToWeight().ToArray());
            AssertClose([.. weight.ToArray().Select(v => v * 1.37f)], w, 0.02f);
        }
        Assert.Equal(int8.Input, ((Int8Weight)TrainableWeight.From(int8).ToWeight()).Input);
    }

    [Fact]
    public void Pruning_keeps_the_largest_blocks_and_nothing_comes_back()
    {
        var trainable = (BlockSparseParameters)TrainableWeight.From(BlockSparseBuilder.Build(Layer(16, 10), 4, 1, 1));
        trainable.Prune(0.25);
        Assert.Equal(0.25, trainable.Density);
        trainable.Backward(Draw.Random(160).ToArray());
        var leaf = trainable.Leaves.Single();
        for (int i = 0; i < leaf.Values.Length; i++) leaf.Values[i] -= leaf.Gradient[i];
        Assert.Equal(10, ((BlockSparseWeight)trainable.ToWeight()).Blocks);
        Assert.Equal(40, trainable.ToWeight().ToArray().Count(x => x != 0));
    }

    static DenseLayer Layer(params int[] shape)
    {
        var weight = Draw.Random(shape);
        return new DenseLayer(weight.ToArray(), weight.Type, shape[0]);
    }

    static void AssertClose(float[] expected, float[] actual, float tolerance = 1e-5f)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }
}
