using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics.SelfTest;

/// <summary>Cases that reach the kernels of the quantised and factored formats.</summary>
static class FormatCases
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<SelfTestCase> All { get; } =
    [
        new("Linear", r => Linear(r, (m, n) => RandomWeights.Int8(r, m, n))), new("Conv", r => Int8Convolution(r, "time")), new("Conv", r => Int8Convolution(r, "winograd")), new("Conv", SparseInt8Convolution),
        new("Linear", r => Linear(r, (m, n) => Hadamard(r, m, n))),
        new("Linear", r => Linear(r, (m, n) => new SumWeight(RandomWeights.Matrix(m, n), m, RandomWeights.Dense(r, m, n), RandomWeights.LowRank(r, 1, m, n)))),
        new("Linear", r => Linear(r, (m, n) => RandomWeights.Entangled(r, EntangledKind.Phase, 8, 6, m, n))),
        new("Linear", r => Linear(r, (m, n) => RandomWeights.Entangled(r, EntangledKind.Rotation, 8, 6, m, n))),
        new("Linear", Mps),
    ];

    /// <summary>Int8 in blocks of 4 × 4.</summary>
    public static SelfTestCase QuadSparse { get; } = new("Linear", r => Linear(r, (m, n) => RandomWeights.BlockSparse(r, 4, 4, 0.3, true, m, n)));

    static SelfTestInput Linear(Random r, Func<int, int, Weight> weight)
    {
        int m = 8 * r.Next(1, 12), n = 4 * r.Next(8, 40);
        return new([], (RandomWeights.Floats(r, 1, n), false), (weight(m, n).Encode(), true), (RandomWeights.Floats(r, m), true));
    }

    static SelfTestInput Int8Convolution(Random r, string algorithm)
    {
        bool winograd = algorithm == "winograd";
        int channels = r.Next(2, 9), outputs = r.Next(1, 20), taps = r.Next(winograd ? 3 : 1, 6);
        var weight = RandomWeights.Int8(r, outputs, channels, taps);
        return new(new AttributeMap { { "strides", winograd ? 1 : r.Next(1, 3) }, { "pads", r.Next(taps), r.Next(taps) }, { "algorithm", algorithm } },
            (RandomWeights.Floats(r, 1, channels, taps + r.Next(90)), false), (weight.Encode(), true), (RandomWeights.Floats(r, outputs), true));
    }

    static SelfTestInput SparseInt8Convolution(Random r)
    {
        int channels = r.Next(1, 6), outputs = r.Next(1, 24), taps = r.Next(1, 6), columns = channels * taps, groups = (outputs + 3) / 4;
        uint[] pointers = [.. Enumerable.Range(0, groups + 1).Select(g => (uint)(g * columns))], blocks = [.. Enumerable.Range(0, groups * columns).Select(b => (uint)(b % columns))];
        var values = new sbyte[blocks.Length * 4];
        foreach (ref sbyte v in values.AsSpan()) v = (sbyte)r.Next(-127, 128);
        float[] scales = [.. Enumerable.Repeat(0.01f, outputs)];
        var weight = new BlockSparseWeight(new TensorType(ElementType.Float32, outputs, channels, taps), 4, 1, pointers, blocks, values, scales);
        return new(new AttributeMap { { "strides", r.Next(1, 3) }, { "pads", r.Next(taps), r.Next(taps) }, { "algorithm", "int8" } },
            (RandomWeights.Floats(r, 1, channels, taps + r.Next(90)), false), (weight.Encode(), true), (RandomWeights.Floats(r, outputs), true));
    }

    static SelfTestInput Mps(Random r)
    {
        int m = r.Next(2, 9), n = r.Next(2, 9);
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
