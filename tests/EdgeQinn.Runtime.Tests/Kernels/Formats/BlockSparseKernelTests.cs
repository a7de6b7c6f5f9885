using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Tests.Weights;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Formats;

/// <summary>Block-sparse matrix × vector between guard pages: nothing beyond the operands is touched, special values follow the formula.</summary>
public unsafe class BlockSparseKernelTests
{
    static readonly int[] Heights = [1, 4, 8, 16];

    public static TheoryData<int, Isa> Kernels()
    {
        var data = new TheoryData<int, Isa>();
        foreach (int height in Heights)
            foreach (Isa isa in BlockSparse.For(height, 1).Implementations.Where(Cpu.Supports)) data.Add(height, isa);
        return data;
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Every_size_between_guard_pages(int height, Isa isa)
    {
        var random = new Random(8);
        for (int rows = 0; rows <= 67; rows++)
            foreach (bool guardBefore in (bool[])[false, true]) Check(height, isa, rows, random.Next(1, 68), random.NextDouble(), guardBefore, random);
        for (int columns = 1; columns <= 67; columns++) Check(height, isa, random.Next(1, 40), columns, random.NextDouble(), columns % 2 == 0, random);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void NaN_and_infinity_follow_the_formula(int height, Isa isa)
    {
        float[] x = [float.NaN, float.PositiveInfinity, 1];
        foreach (var (column, value, expected) in ((uint, float, float)[])[(0, 1, float.NaN), (1, 1, 2), (1, -1, -2), (1, 0, float.NaN), (2, 1, 1)])
        {
            var values = new float[height];
            values[0] = value;
            var y = Run(height, isa, 1, [0, 1], [column], values, x, [0], -2, 2, false);
            Assert.Equal(expected, y[0]);
        }
    }

    static void Check(int height, Isa isa, int rows, int columns, double density, bool guardBefore, Random random)
    {
        int groups = (rows + height - 1) / height;
        var pointers = new uint[groups + 1];
        var at = new List<uint>();
        for (int g = 0; g < groups; g++)
        {
            for (uint c = 0; c < columns; c++)
                if (random.NextDouble() < density) at.Add(c);
            pointers[g + 1] = (uint)at.Count;
        }
        float[] values = RandomWeights.Floats(random, at.Count * height), x = RandomWeights.Floats(random, columns), bias = RandomWeights.Floats(random, rows);
        var y = Run(height, isa, rows, pointers, [.. at], values, x, bias, -1.5f, 2, guardBefore);
        for (int i = 0; i < rows; i++)
        {
            double sum = bias[i];
            for (uint b = pointers[i / height]; b < pointers[i / height + 1]; b++) sum += values[b * height + i % height] * (double)x[at[(int)b]];
            Assert.Equal(Math.Clamp(sum, -1.5, 2), y[i], 1e-5);
        }
    }

    static float[] Run(int height, Isa isa, int rows, uint[] pointers, uint[] columns, float[] values, float[] x, float[] bias, float min, float max, bool guardBefore)
    {
        float[]? first = null;
        foreach (bool wide in (bool[])[false, true])
        {
            var family = wide ? BlockSparse.For(height, int.MaxValue) : BlockSparse.For(height, 1);
            using var xs = new GuardedBuffer<float>(x, guardBefore).ReadOnly();
            using var bs = new GuardedBuffer<float>(bias, guardBefore).ReadOnly();
            using var vs = new GuardedBuffer<float>(values, guardBefore).ReadOnly();
            using var ps = new GuardedBuffer<uint>(pointers, guardBefore).ReadOnly();
            using var narrow = new GuardedBuffer<ushort>([.. columns.Select(c => (ushort)c)], guardBefore).ReadOnly();
            using var full = new GuardedBuffer<uint>(columns, guardBefore).ReadOnly();
            using var ys = new GuardedBuffer<float>(rows, guardBefore);
            var args = new BlockSparseArgs
            {
                X = xs.Pointer, Y = ys.Pointer, Bias = bs.Pointer, Pointers = ps.Pointer, Columns = wide ? full.Pointer : narrow.Pointer, Values = vs.Pointer,
                Rows = rows, Groups = pointers.Length - 1, Batch = 1, Min = min, Max = max,
            };
            family[isa].Run(&args);
            if (first is null) first = ys.Span.ToArray();
            else Assert.Equal(first, ys.Span.ToArray());
        }
        return first!;
    }
}
