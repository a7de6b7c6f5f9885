using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Tests.Weights;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Formats;

/// <summary>Int8 matrix in 4 × 4 blocks × vector between guard pages: nothing beyond the operands is touched, and every instruction set gives the reference's bits.</summary>
public unsafe class QuadSparseKernelTests
{
    public static TheoryData<Isa> Isas() => [.. QuadSparse.Family.Implementations.Where(Cpu.Supports)];

    [Theory, MemberData(nameof(Isas))]
    public void Every_size_between_guard_pages(Isa isa)
    {
        var random = new Random(9);
        for (int rows = 0; rows <= 67; rows++) Check(isa, rows, random.Next(1, 30), random.NextDouble(), random);
        for (int units = 1; units <= 67; units++) Check(isa, random.Next(1, 40), units, random.NextDouble(), random);
    }

    static void Check(Isa isa, int rows, int units, double density, Random random)
    {
        int groups = (rows + 3) / 4, batch = random.Next(1, 3);
        var pointers = new uint[groups + 1];
        var columns = new List<ushort>();
        for (int g = 0; g < groups; g++)
        {
            for (int u = 0; u < units; u++)
                if (random.NextDouble() < density) columns.Add((ushort)u);
            pointers[g + 1] = (uint)columns.Count;
        }
        var w = new sbyte[16 * columns.Count];
        for (int i = 0; i < w.Length; i++) w[i] = (sbyte)(i % 7 == 0 ? 127 : random.Next(-127, 128));
        int[] x = [.. Enumerable.Range(0, batch * units).Select(i => i % 5 == 0 ? unchecked((int)0x80808080) : random.Next(int.MinValue, int.MaxValue))];
        int[] sums = [.. Enumerable.Range(0, 4 * groups).Select(_ => random.Next(-2000, 2000))];
        float[] scales = [.. RandomWeights.Floats(random, 4 * groups).Select(Math.Abs)], bias = RandomWeights.Floats(random, rows);
        bool before = random.Next(2) == 0;
        Assert.Equal(Run(Isa.Scalar), Run(isa));

        float[] Run(Isa which)
        {
            var mapping = new Quantised { Scale = 0.01f, ZeroPoint = -7 };
            using var xs = new GuardedBuffer<int>(x, before).ReadOnly();
            using var ws = new GuardedBuffer<sbyte>(w, before).ReadOnly();
            using var ps = new GuardedBuffer<uint>(pointers, before).ReadOnly();
            using var cs = new GuardedBuffer<ushort>([.. columns], before).ReadOnly();
            using var us = new GuardedBuffer<int>(sums, before).ReadOnly();
            using var ss = new GuardedBuffer<float>(scales, before).ReadOnly();
            using var bs = new GuardedBuffer<float>(bias, before).ReadOnly();
            using var ys = new GuardedBuffer<float>(batch * rows, before);
            var args = new QuadSparseArgs
            {
                X = xs.Pointer, Mapping = &mapping, Y = ys.Pointer, W = ws.Pointer, Pointers = ps.Pointer, Columns = cs.Pointer, Bias = bs.Pointer, Scales = ss.Pointer,
                Sums = us.Pointer, Rows = rows, Units = units, Batch = batch, Lo = -300, Hi = 400,
            };
            QuadSparse.Family[which].Run(&args);
            return ys.Span.ToArray();
        }
    }
}
