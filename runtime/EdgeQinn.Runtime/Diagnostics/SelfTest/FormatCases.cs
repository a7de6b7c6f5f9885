using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics.SelfTest;

/// <summary>Cases that reach the kernels of the quantised and factored formats.</summary>
static class FormatCases
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<SelfTestCase> All { get; } =
    [
        new("Linear", r => Linear(r, (m, n) => Int8(r, m, m, n))), new("Conv", r => Int8Convolution(r, "time")), new("Conv", r => Int8Convolution(r, "winograd")),
        new("Linear", r => Linear(r, (m, n) => Hadamard(r, m, n))),
        new("Linear", r => Linear(r, (m, n) => new SumWeight(Matrix(m, n), m, Dense(r, m, n), new LowRankWeight(Matrix(m, n), Dense(r, m, 1), Dense(r, 1, n))))),
        new("Linear", r => Linear(r, (m, n) => Entangled(r, EntangledKind.Phase, m, n, 6))), new("Linear", r => Linear(r, (m, n) => Entangled(r, EntangledKind.Rotation, m, n, 3))),
        new("Linear", Mps),
    ];

    static SelfTestInput Linear(Random r, Func<int, int, Weight> weight)
    {
        int m = 8 * r.Next(1, 12), n = 4 * r.Next(8, 40);
        return new([], (Floats(r, 1, n), false), (weight(m, n).Encode(), true), (Floats(r, m), true));
    }

    static SelfTestInput Int8Convolution(Random r, string algorithm)
    {
        bool winograd = algorithm == "winograd";
        int channels = r.Next(2, 9), outputs = r.Next(1, 20), taps = r.Next(winograd ? 3 : 1, 6);
        var weight = Int8(r, outputs, outputs, channels, taps);
        return new(new AttributeMap { { "strides", winograd ? 1 : r.Next(1, 3) }, { "pads", r.Next(taps), r.Next(taps) }, { "algorithm", algorithm } },
            (Floats(r, 1, channels, taps + r.Next(90)), false), (weight.Encode(), true), (Floats(r, outputs), true));
    }

    static SelfTestInput Mps(Random r)
    {
        int m = r.Next(2, 9), n = r.Next(2, 9), bond = 2;
        var weight = new MpsWeight(Matrix(16 * m, 16 * n), 16 * m, Dense(r, 1, m, n, bond), Dense(r, bond, 4, 4, bond), Dense(r, bond, 4, 4, 1));
        return new([], (Floats(r, 1, 16 * n), false), (weight.Encode(), true), (Floats(r, 16 * m), true));
    }

    static Int8Weight Int8(Random r, int rows, params int[] shape)
    {
        var type = new TensorType(ElementType.Float32, shape);
        var values = new sbyte[type.Count];
        foreach (ref sbyte v in values.AsSpan()) v = (sbyte)r.Next(-127, 128);
        var scales = new float[rows];
        foreach (ref float s in scales.AsSpan()) s = 0.01f + 0.01f * r.NextSingle();
        return new Int8Weight(type, values, scales, new ActivationRange(2f / 127, r.Next(-20, 20)));
    }

    static HadamardWeight Hadamard(Random r, int m, int n)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)n);
        uint[] pointers = [.. Enumerable.Range(0, m + 1).Select(i => (uint)i)], columns = [.. Enumerable.Range(0, m).Select(_ => (uint)r.Next(size))];
        return new HadamardWeight(Matrix(m, n), new BlockSparseWeight(Matrix(m, size), m, 1, 1, pointers, columns, Floats(r, m).Data<float>()));
    }

    static EntangledWeight Entangled(Random r, EntangledKind kind, int m, int n, int couplings) =>
        new(Matrix(m, n), m, kind, Dense(r, 6, n), Dense(r, m / 8, 6), Dense(r, 8, couplings));

    static TensorType Matrix(int rows, int columns) => new(ElementType.Float32, rows, columns);

    static DenseWeight Dense(Random r, params int[] shape) => new(Floats(r, shape).Data<float>(), shape);

    static EncodedTensor Floats(Random r, params int[] shape)
    {
        var data = new float[shape.Aggregate(1, (a, d) => a * d)];
        foreach (ref float x in data.AsSpan()) x = 4 * r.NextSingle() - 2;
        return EncodedTensor.FromSpan<float>(data, shape);
    }
}
