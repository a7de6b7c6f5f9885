using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Weights;

/// <summary>Encodings that lie are refused with the reason, before anything uses them.</summary>
public class HostileWeightTests
{
    static readonly Random Random = new(4);

    static EncodedTensor Sparse() => new BlockSparseWeight(RandomWeights.Matrix(8, 6), 8, 4, 1, [0, 2, 3], [1, 4, 5], RandomWeights.Floats(Random, 12)).Encode();

    [Fact]
    public void Block_sparse_indices_must_stay_inside()
    {
        Refused("column", With(Sparse(), "gaps", (byte[])[1, 2, 200]));
        Refused("beyond the 3 blocks", With(Sparse(), "pointers", (uint[])[0, 4, 3]));
        Refused("pointers run", With(Sparse(), "pointers", (uint[])[0, 2, 2]));
        Refused("pointers run", With(Sparse(), "pointers", (uint[])[0, 2, uint.MaxValue]));
        Refused("pointers", With(Sparse(), "pointers", (uint[])[0, 3]));
        Refused("pointers", With(Sparse(), "pointers", (ulong[])[0, 2, 3]));
        Refused("values", With(Sparse(), "values", new float[11]));
        Refused("blocks of", WithAttribute(Sparse(), "height", 5));
        Refused("blocks of", WithAttribute(Sparse(), "height", 0));
        Refused("rows", WithAttribute(Sparse(), "rows", -3));
        Refused("rows", WithAttribute(Sparse(), "rows", 5));
        Refused("lacks part", Sparse() with { Parts = [.. Sparse().Parts.Take(2), new TensorPart("other", Sparse().Parts[2].Type, Sparse().Parts[2].Bytes)] });
        var wide = new BlockSparseWeight(RandomWeights.Matrix(2, 1000), 2, 1, 1, [0, 2, 2], [3, 900], [1f, 2f]).Encode();
        Refused("do not rise", With(wide, "columns", (ushort[])[900, 900]));
        Refused("beyond", With(wide, "columns", (ushort[])[3, 1000]));
    }

    [Fact]
    public void Quantised_values_and_scales_must_be_usable()
    {
        var int8 = RandomWeights.Int8(Random, RandomWeights.Matrix(2, 3), 2).Encode();
        Refused("-128", With(int8, "values", (sbyte[])[1, 2, 3, 4, -128, 6], 2, 3));
        Refused("scale", With(int8, "scales", (float[])[1, float.NaN]));
        Refused("scale", With(int8, "scales", (float[])[1, -1]));
        Refused("values", With(int8, "values", new sbyte[6], 3, 2));
        Refused("input_scale", With(int8, a => { a.Add("input_scale", 0f); a.Add("input_zero_point", 3); }));
        Refused("input_scale", With(int8, a => { a.Add("input_scale", 1f); a.Add("input_zero_point", 300); }));
    }

    [Fact]
    public void Factors_must_fit_each_other()
    {
        var low = RandomWeights.LowRank(Random, 6, 8, 3).Encode();
        Refused("do not make", low with { Children = [RandomWeights.Dense(Random, 6, 2).Encode(), low.Children[1]] });
        Refused("children", low with { Children = [low.Children[0]] });
        Refused("rows", WithAttribute(low, "rows", 8));
        var mps = RandomWeights.Mps(Random, 6, 8, [2, 3], [4, 2], 3).Encode();
        Refused("begins with bond", mps with { Children = [mps.Children[0], RandomWeights.Dense(Random, 2, 3, 2, 1).Encode()] });
        Refused("last bond", mps with { Children = [mps.Children[0], RandomWeights.Dense(Random, 3, 3, 2, 2).Encode()] });
        Refused("smaller than", mps with { Children = [RandomWeights.Dense(Random, 1, 1, 4, 3).Encode(), mps.Children[1]] });
        Refused("modes make", mps with { Children = [RandomWeights.Dense(Random, 1, 200, 4, 3).Encode(), mps.Children[1]] });
        Refused("rank 4", mps with { Children = [mps.Children[0], RandomWeights.Dense(Random, 3, 6).Encode()] });
        var phase = RandomWeights.Entangled(Random, EntangledKind.Phase, 2, 3, 8, 4, 4, 1).Encode();
        Refused("couplings", phase with { Children = [phase.Children[0], phase.Children[1], RandomWeights.Dense(Random, 2, 3).Encode()] });
        Refused("kind 'spooky'", With(phase, a => a.Add("kind", "spooky")));
        var hadamard = RandomWeights.Hadamard(Random, 6, 8, 1, 0.5).Encode();
        Refused("power of two", hadamard with { Children = [RandomWeights.Dense(Random, 6, 12).Encode()] });
        Refused("power of two", hadamard with { Children = [RandomWeights.Dense(Random, 6, 64).Encode()] });
        var sum = new SumWeight(RandomWeights.Matrix(6, 8), 6, RandomWeights.LowRank(Random, 6, 8, 1)).Encode();
        Refused("term", sum with { Children = [RandomWeights.LowRank(Random, 8, 6, 1).Encode()] });
    }

    [Fact]
    public void Nesting_sizes_and_names_are_bounded()
    {
        var deep = RandomWeights.Dense(Random, 2, 2).Encode();
        for (int i = 0; i < WeightEncodings.MaxDepth; i++) deep = new EncodedTensor("sum", deep.Type, [], [], [deep]);
        Refused("nested deeper", deep);
        Refused("elements", new EncodedTensor("lowrank", new TensorType(ElementType.Float32, 1 << 20, 1 << 20), [], [], []));
        Refused("dimension", new EncodedTensor("lowrank", new TensorType(ElementType.Float32, -4, -4), [], [], []));
        Refused("is not known", new EncodedTensor("holographic", RandomWeights.Matrix(2, 2), [], [], []));
        Refused("float32", Sparse() with { Type = new TensorType(ElementType.Float64, 8, 6) });
        var cut = Sparse();
        Refused("bytes", cut with { Parts = cut.Parts.SetItem(2, cut.Parts[2] with { Bytes = cut.Parts[2].Bytes[..5] }) });
    }

    [Fact]
    public void A_graph_with_a_lying_constant_does_not_bind()
    {
        var bad = With(Sparse(), "gaps", (byte[])[1, 2, 200]);
        var graph = new ModelGraph { Values = [new Value("w", bad.Type, bad), new Value("x", RandomWeights.Matrix(1, 1))], Nodes = [], Inputs = [1], Outputs = [1] };
        string message = Assert.Throws<GraphException>(() => Model.FromGraph(graph)).Message;
        Assert.Contains("'w'", message, StringComparison.Ordinal);
        Assert.Contains("column", message, StringComparison.Ordinal);
    }

    static void Refused(string reason, EncodedTensor tensor) =>
        Assert.Contains(reason, Assert.Throws<GraphException>(() => WeightEncodings.Read(tensor)).Message, StringComparison.Ordinal);

    static EncodedTensor With<T>(EncodedTensor tensor, string part, T[] data, params int[] shape) where T : unmanaged
    {
        int i = tensor.Parts.ToList().FindIndex(p => p.Name == part);
        var dense = EncodedTensor.FromSpan<T>(data, shape.Length > 0 ? shape : [data.Length]);
        return tensor with { Parts = tensor.Parts.SetItem(i, new TensorPart(part, dense.Type, dense.Part("data").Bytes)) };
    }

    static EncodedTensor WithAttribute(EncodedTensor tensor, string name, int value) => With(tensor, a => a.Add(name, value));

    static EncodedTensor With(EncodedTensor tensor, Action<AttributeMap> change)
    {
        var attributes = new AttributeMap();
        foreach (var (name, value) in tensor.Attributes)
        {
            if (value is ImmutableArray<long> longs) attributes.Add(name, longs.AsSpan());
            else if (value is ImmutableArray<float> floats) attributes.Add(name, floats.AsSpan());
            else attributes.Add(name, (string)value);
        }
        change(attributes);
        return tensor with { Attributes = attributes };
    }
}
