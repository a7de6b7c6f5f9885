using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics.SelfTest;

/// <summary>Cases that reach the kernels of the quantised and factored formats.</summary>
static class FormatCases
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<SelfTestCase> All { get; } =
    [
        new("Linear", r => Linear(r, (m, n) => RandomWeights.Int8(r, m, n))), new("Conv", r => Int8Convolution(r, "time", 1, 6)),
        new("Conv", r => Int8Convolution(r, "winograd", 3, 4)), new("Conv", r => Int8Convolution(r, "winograd", 9, 11)), new("Conv", SparseInt8Convolution),
        new("Linear", r => Linear(r, (m, n) => Hadamard(r, m, n), 1, 16, 2)),
        new("Linear", r => Linear(r, (m, n) => new SumWeight(RandomWeights.Matrix(m, n), m, RandomWeights.BlockSparse(r, 8, 1, 0.05, false, m, n), RandomWeights.LowRank(r, 1, m, n)), 1, 24, 24)),
        new("Linear", r => Linear(r, (m, n) => RandomWeights.Entangled(r, EntangledKind.Phase, Groups, r.Size(1, 9), m, n), Groups, 20, 160)),
        new("Linear", r => Linear(r, (m, n) => RandomWeights.Entangled(r, EntangledKind.Rotation, Groups, 2 * r.Size(1, 5), m, n), Groups, 40, 320)),
        new("Linear", Mps),
    ];

    /// <summary>Int8 in blocks of 4 × 4.</summary>
    public static SelfTestCase QuadSparse { get; } = new("Linear", r => Linear(r, (m, n) => RandomWeights.BlockSparse(r, 4, 4, 0.15, true, m, n), 1, 24, 24));

    const int Groups = 8;

    /// <summary>A layer with so many groups of at least so many outputs, and at least so many inputs that the format pays.</summary>
    static SelfTestInput Linear(CaseDraw r, Func<int, int, Weight> weight, int groups = 1, int outputs = 1, int inputs = 1)
    {
        int m = groups * r.Size(outputs, outputs + 100 / groups), n = r.Size(inputs, inputs + 160);
        return new([], (RandomWeights.Floats(r, 1, n), false), (weight(m, n).Encode(), true), (RandomWeights.Floats(r, m), true));
    }

    static SelfTestInput Int8Convolution(CaseDraw r, string algorithm, int least, int most)
    {
        bool winograd = algorithm == "winograd";
        int channels = r.Size(1, 9), outputs = r.Size(1, 20), taps = r.Next(least, most);
        var weight = RandomWeights.Int8(r, outputs, channels, taps);
        return new(new AttributeMap { { "strides", winograd ? 1 : r.Next(1, 3) }, { "pads", r.Next(taps), r.Next(taps) }, { "algorithm", algorithm } },
            (RandomWeights.Floats(r, 1, channels, taps + r.Size(0, 90)), false), (weight.Encode(), true), (RandomWeights.Floats(r, outputs), true));
    }

    static SelfTestInput SparseInt8Convolution(CaseDraw r)
    {
        int channels = r.Size(1, 6), outputs = r.Size(1, 24), taps = r.Size(1, 6), columns = channels * taps, groups = (outputs + 3) / 4;
        uint[] pointers = [.. Enumerable.Range(0, groups + 1).Select(g => (uint)(g * columns))], blocks = [.. Enumerable.Range(0, groups * columns).Select(b => (uint)(b % columns))];
        var values = new sbyte[blocks.Length * 4];
        foreach (ref sbyte v in values.AsSpan()) v = (sbyte)r.Next(-127, 128);
        float[] scales = [.. Enumerable.Repeat(0.01f, outputs)];
        var weight = new BlockSparseWeight(new TensorType(ElementType.Float32, outputs, channels, taps), 4, 1, pointers, blocks, values, scales);
        return new(new AttributeMap { { "strides", r.Next(1, 3) }, { "pads", r.Next(taps), r.Next(taps) }, { "algorithm", "int8" } },
            (RandomWeights.Floats(r, 1, channels, taps + r.Size(0, 90)), false), (weight.Encode(), true), (RandomWeights.Floats(r, outputs), true));
    }

    static SelfTestInput Mps(CaseDraw r)
    {
        int m = r.Size(1, 9), n = r.Size(1, 9);
        return new([], (RandomWeights.Floats(r, 1, 16 * n), false), (RandomWeights.Mps(r, [m, 4, 4], [n, 4, 4], 2).Encode(), true), (RandomWeights.Floats(r, 16 * m), true));
    }

    /// <summary>One weight in each row of the Walsh basis: few enough for the sparse kernel to be chosen.</summary>
    static HadamardWeight Hadamard(Random r, int m, int n)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)n);
        uint[] pointers = [.. Enumerable.Range(0, m + 1).Select(i => (uint)i)], columns = [.. Enumerable.Range(0, m).Select(_ => (uint)r.Next(size))];
        return new HadamardWeight(RandomWeights.Matrix(m, n), new BlockSparseWeight(RandomWeights.Matrix(m, size), m, 1, 1, pointers, columns, RandomWeights.Floats(r, m).Data<float>()));
    }
}
