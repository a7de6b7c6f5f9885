using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Tests.Weights;

/// <summary>Weights of every encoding with random contents.</summary>
static class RandomWeights
{
    public static TensorType Matrix(int rows, int columns) => new(ElementType.Float32, rows, columns);

    public static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];

    public static DenseWeight Dense(Random random, params int[] shape) => new(Floats(random, shape.Aggregate(1, (a, b) => a * b)), shape);

    public static Int8Weight Int8(Random random, TensorType type, int rows, ActivationRange? input = null)
    {
        var values = new sbyte[type.Count];
        for (int i = 0; i < values.Length; i++) values[i] = (sbyte)random.Next(-127, 128);
        return new Int8Weight(type, values, [.. Floats(random, rows).Select(s => Math.Abs(s) / 64)], input);
    }

    public static BlockSparseWeight BlockSparse(Random random, TensorType type, int rows, int height, int width, double density, bool int8 = false)
    {
        int groups = (rows + height - 1) / height, blockColumns = (type.Count / rows + width - 1) / width;
        var pointers = new uint[groups + 1];
        var columns = new List<uint>();
        for (int g = 0; g < groups; g++)
        {
            for (int b = 0; b < blockColumns; b++)
                if (random.NextDouble() < density) columns.Add((uint)b);
            pointers[g + 1] = (uint)columns.Count;
        }
        int count = columns.Count * width * height;
        if (!int8) return new BlockSparseWeight(type, rows, height, width, pointers, [.. columns], Floats(random, count));
        var values = new sbyte[count];
        for (int i = 0; i < count; i++) values[i] = (sbyte)random.Next(-127, 128);
        return new BlockSparseWeight(type, height, width, pointers, [.. columns], values, [.. Floats(random, rows).Select(s => Math.Abs(s) / 64)]);
    }

    public static LowRankWeight LowRank(Random random, int rows, int columns, int rank) =>
        new(Matrix(rows, columns), Dense(random, rows, rank), Dense(random, rank, columns));

    public static MpsWeight Mps(Random random, int rows, int columns, int[] rowModes, int[] columnModes, int bond)
    {
        var cores = new Weight[rowModes.Length];
        for (int k = 0; k < cores.Length; k++)
            cores[k] = Dense(random, k == 0 ? 1 : bond, rowModes[k], columnModes[k], k == cores.Length - 1 ? 1 : bond);
        return new MpsWeight(Matrix(rows, columns), rows, [.. cores]);
    }

    public static EntangledWeight Entangled(Random random, EntangledKind kind, int groups, int outputs, int columns, int rank, int readOut, int inputGroups)
    {
        var type = Matrix(groups * outputs, columns);
        int rows = groups * outputs;
        return kind switch
        {
            EntangledKind.Phase => new EntangledWeight(type, rows, kind, Dense(random, rank, columns), Dense(random, outputs, rank), Dense(random, groups, rank)),
            EntangledKind.Rotation => new EntangledWeight(type, rows, kind, Dense(random, rank, columns), Dense(random, outputs, rank), Dense(random, groups, rank / 2)),
            EntangledKind.Coupled => new EntangledWeight(type, rows, kind, Dense(random, rank, columns), Dense(random, outputs, readOut), Dense(random, groups, readOut, rank)),
            _ => new EntangledWeight(type, rows, kind, Dense(random, rank, groups, inputGroups), Dense(random, rank, outputs, columns / inputGroups)),
        };
    }

    public static HadamardWeight Hadamard(Random random, int rows, int columns, int height, double density)
    {
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)columns);
        return new HadamardWeight(Matrix(rows, columns), BlockSparse(random, Matrix(rows, size), rows, height, 1, density));
    }

    public static Tucker2Weight Tucker2(Random random, int outputs, int channels, int taps, int r1, int r2) =>
        new(new TensorType(ElementType.Float32, outputs, channels, taps), Dense(random, r1, channels), Dense(random, r2, r1, taps), Dense(random, outputs, r2));

    public static CpWeight Cp(Random random, int outputs, int channels, int taps, int rank) =>
        new(new TensorType(ElementType.Float32, outputs, channels, taps), Dense(random, rank, channels), Dense(random, rank, 1, taps), Dense(random, outputs, rank));

    /// <summary>One matrix of every encoding that a linear layer may have.</summary>
    public static IEnumerable<Weight> Linear(Random random, int rows, int columns)
    {
        var type = Matrix(rows, columns);
        yield return Dense(random, rows, columns);
        foreach (int height in (int[])[1, 4, 8, 16])
            foreach (double density in (double[])[0, 0.1, 0.4, 1]) yield return BlockSparse(random, type, rows, height, 1, density);
        yield return BlockSparse(random, type, rows, 8, 1, 0.3, int8: true);
        yield return BlockSparse(random, type, rows, 4, 4, 0.3, int8: true);
        yield return LowRank(random, rows, columns, 3);
        yield return Hadamard(random, rows, columns, 4, 0.2);
        yield return new SumWeight(type, rows, LowRank(random, rows, columns, 2), BlockSparse(random, type, rows, 8, 1, 0.1));
        if (rows % 4 != 0) yield break;
        foreach (var kind in (EntangledKind[])[EntangledKind.Phase, EntangledKind.Rotation, EntangledKind.Coupled])
            yield return Entangled(random, kind, 4, rows / 4, columns, 6, 5, 1);
        if (columns % 3 == 0) yield return Entangled(random, EntangledKind.Schmidt, 4, rows / 4, columns, 2, 0, 3);
        yield return Mps(random, rows, columns, [4, rows / 4], [(columns + 3) / 4, 4], 3);
        yield return Mps(random, rows, columns, [2, 2, rows / 4], [(columns + 3) / 4, 2, 2], 2);
    }
}
