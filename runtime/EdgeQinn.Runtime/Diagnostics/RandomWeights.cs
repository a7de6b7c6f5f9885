using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics;

/// <summary>
/// Weights of random numbers in every format, for the self-test and for timing: what a kernel does and how long it takes depends on a
/// weight's sizes and on where its zeros are, not on what it was fitted to. (Fitting is the converter's work.)
/// </summary>
static class RandomWeights
{
    public static TensorType Matrix(int rows, int columns) => new(ElementType.Float32, rows, columns);

    /// <summary>Numbers from −2 to 2.</summary>
    public static EncodedTensor Floats(Random r, params ReadOnlySpan<int> shape)
    {
        var data = new float[new TensorType(ElementType.Float32, shape).Count];
        foreach (ref float x in data.AsSpan()) x = 4 * r.NextSingle() - 2;
        return EncodedTensor.FromSpan<float>(data, shape);
    }

    public static DenseWeight Dense(Random r, params ReadOnlySpan<int> shape) => new(Floats(r, shape), shape[0]);

    /// <summary>A scale per row, and activations of a given range.</summary>
    public static Int8Weight Int8(Random r, params ReadOnlySpan<int> shape)
    {
        var type = new TensorType(ElementType.Float32, shape);
        return new Int8Weight(type, SBytes(r, type.Count), Scales(r, shape[0]), new ActivationRange(2f / 127, r.Next(-20, 20)));
    }

    /// <summary>Blocks anywhere in the matrix, so that rows have unequal numbers of them, as after pruning by magnitude; at least one.</summary>
    public static BlockSparseWeight BlockSparse(Random r, int height, int width, double density, bool int8, params ReadOnlySpan<int> shape)
    {
        var type = new TensorType(ElementType.Float32, shape);
        int rows = shape[0], groups = (rows + height - 1) / height, blockColumns = (type.Count / rows + width - 1) / width;
        long left = (long)groups * blockColumns, wanted = Math.Max(1, (long)Math.Round(density * left));
        var pointers = new uint[groups + 1];
        var columns = new uint[wanted];
        uint taken = 0;
        for (int g = 0; g < groups; g++)
        {
            // Selection sampling (Knuth, TAOCP 2, algorithm S): each block with the chance that leaves exactly as many as wanted.
            for (int c = 0; c < blockColumns; c++, left--)
                if (r.NextDouble() * left < wanted - taken) columns[taken++] = (uint)c;
            pointers[g + 1] = taken;
        }
        int values = columns.Length * height * width;
        return int8
            ? new BlockSparseWeight(type, height, width, pointers, columns, SBytes(r, values), Scales(r, rows))
            : new BlockSparseWeight(type, rows, height, width, pointers, columns, Floats(r, values).Data<float>());
    }

    public static LowRankWeight LowRank(Random r, int rank, params ReadOnlySpan<int> shape)
    {
        var type = new TensorType(ElementType.Float32, shape);
        return new LowRankWeight(type, Dense(r, shape[0], rank), Dense(r, rank, type.Count / shape[0]));
    }

    public static MpsWeight Mps(Random r, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, int bond)
    {
        var cores = new Weight[rowModes.Length];
        int rows = 1, columns = 1;
        for (int k = 0; k < cores.Length; k++)
        {
            cores[k] = Dense(r, k == 0 ? 1 : bond, rowModes[k], columnModes[k], k == cores.Length - 1 ? 1 : bond);
            (rows, columns) = (rows * rowModes[k], columns * columnModes[k]);
        }
        return new MpsWeight(Matrix(rows, columns), rows, [.. cores]);
    }

    /// <summary>Any kind but Schmidt; as many read-outs as components.</summary>
    public static EntangledWeight Entangled(Random r, EntangledKind kind, int groups, int rank, int rows, int columns)
    {
        Weight couplings = kind switch
        {
            EntangledKind.Phase => Dense(r, groups, rank),
            EntangledKind.Rotation => Dense(r, groups, rank / 2),
            _ => Dense(r, groups, rank, rank),
        };
        return new EntangledWeight(Matrix(rows, columns), rows, kind, Dense(r, rank, columns), Dense(r, rows / groups, rank), couplings);
    }

    public static EntangledWeight Schmidt(Random r, int groups, int terms, int rows, int columns) =>
        new(Matrix(rows, columns), rows, EntangledKind.Schmidt, Dense(r, terms, groups, groups), Dense(r, terms, rows / groups, columns / groups));

    public static HadamardWeight Hadamard(Random r, int height, double density, bool int8, int rows, int columns) =>
        new(Matrix(rows, columns), BlockSparse(r, height, 1, density, int8, rows, (int)BitOperations.RoundUpToPowerOf2((uint)columns)));

    /// <summary>Of a convolution's [C_out, C_in, K…].</summary>
    public static Tucker2Weight Tucker2(Random r, int rank, params ReadOnlySpan<int> shape) =>
        new(new TensorType(ElementType.Float32, shape), Dense(r, rank, shape[1]), Dense(r, [rank, rank, .. shape[2..]]), Dense(r, shape[0], rank));

    /// <summary>Of a convolution's [C_out, C_in, K…].</summary>
    public static CpWeight Cp(Random r, int rank, params ReadOnlySpan<int> shape) =>
        new(new TensorType(ElementType.Float32, shape), Dense(r, rank, shape[1]), Dense(r, [rank, 1, .. shape[2..]]), Dense(r, shape[0], rank));

    static sbyte[] SBytes(Random r, int count)
    {
        var values = new sbyte[count];
        foreach (ref sbyte v in values.AsSpan()) v = (sbyte)r.Next(-127, 128);
        return values;
    }

    static float[] Scales(Random r, int count)
    {
        var scales = new float[count];
        foreach (ref float s in scales.AsSpan()) s = 0.01f + 0.01f * r.NextSingle();
        return scales;
    }
}
