using System.Runtime.CompilerServices;
using System.Numerics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="WalshTransform"/>.</summary>
public unsafe struct WalshTransformArgs
{
    /// <summary>[Batch, Length].</summary>
    public float* X;

    /// <summary>[Batch, Size].</summary>
    public float* Y;

    /// <summary>Room for Size floats.</summary>
    public float* Scratch;

    /// <summary>Inputs; those up to Size count as zero.</summary>
    public int Length;

    /// <summary>A power of two.</summary>
    public int Size;

    public int Batch;
}

/// <summary>
/// Fast Walsh–Hadamard transform, natural order, not normalised: y[i] = Σ_j (−1)^popcount(i ∧ j)·x[j]. Constant geometry: every stage takes
/// neighbours 2i, 2i+1 to their sum at i and their difference at i + Size/2, so that all stages are the same vector code and after
/// log₂ Size of them every index bit is back in its place. Two stages go in one pass where a quarter of the size fills a register.
/// </summary>
static unsafe class WalshTransform
{
    public static KernelFamily<WalshTransformArgs> Family { get; } = new KernelFamily<WalshTransformArgs>("walsh.f32", "y = H x, H[i,j] = (-1)^popcount(i & j)", &Reference)
        .With(Isa.Vector128, &Run<Lanes4>)
        .With(Isa.Neon, Cpu.HasNeon ? &Run<Lanes4> : null)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null);

    static void Reference(WalshTransformArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int i = 0; i < a->Size; i++)
            {
                double sum = 0;
                for (int j = 0; j < a->Length; j++) sum += (BitOperations.PopCount((uint)(i & j)) & 1) == 0 ? a->X[n * a->Length + j] : -a->X[n * a->Length + j];
                a->Y[n * a->Size + i] = (float)sum;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(WalshTransformArgs* a) where V : unmanaged, ILanes<V>
    {
        int stages = BitOperations.Log2((uint)a->Size), pairs = a->Size / 4 >= V.Count ? stages / 2 : 0, passes = stages - pairs;
        for (int n = 0; n < a->Batch; n++)
        {
            // An even number of passes ends where it began.
            float* y = a->Y + (nint)n * a->Size, from = passes % 2 == 0 ? y : a->Scratch, to = passes % 2 == 0 ? a->Scratch : y;
            new ReadOnlySpan<float>(a->X + (nint)n * a->Length, a->Length).CopyTo(new Span<float>(from, a->Length));
            new Span<float>(from + a->Length, a->Size - a->Length).Clear();
            for (int pass = 0; pass < passes; pass++)
            {
                if (pass < pairs) Two<V>(from, to, a->Size / 4);
                else Stage<V>(from, to, a->Size / 2);
                float* done = to;
                to = from;
                from = done;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Stage<V>(float* x, float* y, int half) where V : unmanaged, ILanes<V>
    {
        int i = 0;
        for (; i + V.Count <= half; i += V.Count)
        {
            V a = V.Load(x + 2 * i), b = V.Load(x + 2 * i + V.Count);
            V even = V.Evens(a, b), odd = V.Odds(a, b);
            V.Store(even + odd, y + i);
            V.Store(even - odd, y + half + i);
        }
        for (; i < half; i++) (y[i], y[half + i]) = (x[2 * i] + x[2 * i + 1], x[2 * i] - x[2 * i + 1]);
    }

    /// <summary>Two stages: with s, d the sums and differences of x[4i] and x[4i+1], s', d' those of x[4i+2] and x[4i+3], y[i] = s + s', d + d' a quarter on, then s − s', d − d'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Two<V>(float* x, float* y, int quarter) where V : unmanaged, ILanes<V>
    {
        for (int i = 0; i < quarter; i += V.Count)
        {
            V a = V.Load(x + 4 * i), b = V.Load(x + 4 * i + V.Count), c = V.Load(x + 4 * i + 2 * V.Count), d = V.Load(x + 4 * i + 3 * V.Count);
            V even = V.Evens(a, b), odd = V.Odds(a, b), even1 = V.Evens(c, d), odd1 = V.Odds(c, d);
            (a, b, c, d) = (even + odd, even - odd, even1 + odd1, even1 - odd1);
            V sum = V.Evens(a, c), sum1 = V.Odds(a, c), difference = V.Evens(b, d), difference1 = V.Odds(b, d);
            V.Store(sum + sum1, y + i);
            V.Store(difference + difference1, y + quarter + i);
            V.Store(sum - sum1, y + 2 * quarter + i);
            V.Store(difference - difference1, y + 3 * quarter + i);
        }
    }
}
