using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Dense;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Dense;

/// <summary>The matrix kernels of every instruction set this CPU has, in guarded memory, against sums in double.</summary>
public unsafe class DenseKernelTests
{
    public static TheoryData<Isa> GemvIsas() => [.. Gemv.Family.Implementations.Where(Cpu.Supports)];

    public static TheoryData<Isa> GemmIsas() => [.. Gemm.Family.Implementations.Where(Cpu.Supports)];

    [Theory, MemberData(nameof(GemvIsas))]
    public void Gemv_of_every_small_size(Isa isa)
    {
        var random = new Random(1);
        for (int m = 0; m <= 67; m++)
            for (int n = 0; n <= 67; n += m % 8 == 0 ? 1 : 3)
                CheckGemv(isa, m, n, random);
        for (int m = 1; m <= 9; m++)
            for (int n = 0; n <= 67; n++)
                CheckGemv(isa, m, n, random);
    }

    [Theory, MemberData(nameof(GemvIsas))]
    public void Gemv_of_larger_sizes(Isa isa)
    {
        var random = new Random(2);
        for (int i = 0; i < 40; i++) CheckGemv(isa, random.Next(1, 400), random.Next(1, 700), random);
    }

    [Theory, MemberData(nameof(GemvIsas))]
    public void Gemv_clamps_and_lets_NaN_through(Isa isa)
    {
        for (int m = 1; m <= 40; m++)
        {
            var w = new float[m * 2];
            float[] special = [5, -5, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0.5f];
            for (int i = 0; i < m; i++) w[2 * i] = special[i % special.Length];
            float[] y = RunGemv(isa, w, m, 2, [1, 0], new float[m], -1, 1, false);
            for (int i = 0; i < m; i++)
                Assert.Equal((i % special.Length) switch { 0 or 3 => 1, 1 or 4 => -1, 2 => float.NaN, _ => 0.5f }, y[i]);
        }
    }

    [Theory, MemberData(nameof(GemmIsas))]
    public void Gemm_of_every_small_size(Isa isa)
    {
        var random = new Random(3);
        for (int m = 0; m <= 67; m++)
            foreach (int r in new[] { 0, 1, 2, 3, 5, 6, 7, 11, 13, 14, 20 })
                CheckGemm(isa, r, random.Next(0, 40), m, random, packed: true);
        for (int n = 0; n <= 67; n++) CheckGemm(isa, 13, n, 37, random, packed: true);
    }

    [Theory, MemberData(nameof(GemmIsas))]
    public void Gemm_with_the_weights_as_they_lie(Isa isa)
    {
        var random = new Random(4);
        for (int i = 0; i < 100; i++) CheckGemm(isa, random.Next(1, 40), random.Next(1, 70), random.Next(1, 90), random, packed: false);
    }

    static void CheckGemv(Isa isa, int m, int n, Random random)
    {
        float[] w = Data(random, m * n), x = Data(random, n), b = Data(random, m);
        bool guardBefore = random.Next(2) == 0;
        float[] y = RunGemv(isa, w, m, n, x, b, -1.5f, 2f, guardBefore);
        for (int i = 0; i < m; i++)
        {
            double sum = b[i], scale = Math.Abs(b[i]);
            for (int k = 0; k < n; k++)
            {
                sum += (double)w[i * n + k] * x[k];
                scale += Math.Abs(w[i * n + k] * x[k]);
            }
            AssertClose(Math.Clamp(sum, -1.5, 2), y[i], scale, $"gemv {isa} {m}x{n} row {i}");
        }
    }

    static float[] RunGemv(Isa isa, float[] weights, int m, int n, float[] input, float[] bias, float low, float high, bool guardBefore)
    {
        var kernel = Gemv.Family[isa];
        using var w = new GuardedBuffer<float>((int)Gemv.PackedLength(m, n, kernel.Panel));
        Gemv.Pack(weights, m, n, kernel.Panel, w.Span);
        using var x = new GuardedBuffer<float>(input, guardBefore).ReadOnly();
        using var b = new GuardedBuffer<float>(bias, guardBefore).ReadOnly();
        using var y = new GuardedBuffer<float>(m, guardBefore);
        var args = new GemvArgs { X = x.Pointer, W = w.ReadOnly().Pointer, B = b.Pointer, Y = y.Pointer, M = m, N = n, Low = low, High = high };
        kernel.Run(&args);
        return y.Span.ToArray();
    }

    static void CheckGemm(Isa isa, int r, int n, int m, Random random, bool packed)
    {
        var kernel = Gemm.Family[isa];
        float[] weights = Data(random, m * n), input = Data(random, r * n), bias = Data(random, m); // weights [m, n]
        bool guardBefore = random.Next(2) == 0, transposed = random.Next(2) == 0;
        using var w = new GuardedBuffer<float>(packed ? (int)Gemm.PackedLength(m, n, kernel.Panel) : m * n, guardBefore);
        if (packed) Gemm.Pack(weights, m, n, kernel.Panel, w.Span);
        else
            for (int i = 0; i < m * n; i++) w.Span[i % n * m + i / n] = weights[i];
        using var x = new GuardedBuffer<float>(r * n, guardBefore);
        for (int i = 0; i < r * n; i++) x.Span[transposed ? i % n * r + i / n : i] = input[i];
        using var b = new GuardedBuffer<float>(bias, guardBefore).ReadOnly();
        using var y = new GuardedBuffer<float>(r * m, guardBefore);
        var args = new GemmArgs
        {
            X = x.ReadOnly().Pointer, W = w.ReadOnly().Pointer, B = b.Pointer, Y = y.Pointer, R = r, N = n, M = m,
            XRow = transposed ? 1 : n, XColumn = transposed ? r : 1, YRow = m,
            WPanel = packed ? (long)n * kernel.Panel : kernel.Panel, WStep = packed ? kernel.Panel : m, Low = -1.5f, High = 2f,
        };
        kernel.Run(&args);
        for (int i = 0; i < r; i++)
            for (int j = 0; j < m; j++)
            {
                double sum = bias[j], scale = Math.Abs(bias[j]);
                for (int k = 0; k < n; k++)
                {
                    sum += (double)input[i * n + k] * weights[j * n + k];
                    scale += Math.Abs(input[i * n + k] * weights[j * n + k]);
                }
                AssertClose(Math.Clamp(sum, -1.5, 2), y.Span[i * m + j], scale, $"gemm {isa} {r}x{n}x{m} at {i},{j}");
            }
    }

    static void AssertClose(double expected, float actual, double scale, string what)
    {
        if (!(Math.Abs(expected - actual) <= 1e-6 * scale + 1e-12)) Assert.Fail($"{what}: {actual:G9}, expected {expected:G9}");
    }

    static float[] Data(Random random, int count)
    {
        var data = new float[count];
        foreach (ref float v in data.AsSpan()) v = random.NextSingle() * 2 - 1;
        return data;
    }
}
