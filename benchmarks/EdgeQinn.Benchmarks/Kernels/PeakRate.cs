using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Benchmarks.Kernels;

/// <summary>The multiply-adds per second this core can do from registers: the bound that arithmetic kernels are compared with.</summary>
static class PeakRate
{
    const int Steps = 2000, Chains = 10;

    /// <summary>Float32 multiply-adds per nanosecond (GMAC/s) of one run with the widest registers at hand; take the largest of many.</summary>
    public static double Sample()
    {
        long start = Stopwatch.GetTimestamp();
        int lanes = Cpu.Supports(Isa.Avx512) ? Chain<Lanes16>() : Cpu.Supports(Isa.Avx2) ? Chain<Lanes8>() : Chain<Lanes4>();
        double ns = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        return (double)Steps * Chains * lanes / ns;
    }

    /// <summary>Ten independent chains of multiply-adds: more than latency × ports of the CPUs at hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Chain<V>() where V : unmanaged, ILanes<V>
    {
        V x = V.Create(0.999f), y = V.Create(0.001f);
        V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
        for (int step = 0; step < Steps; step++)
        {
            a = V.MultiplyAdd(a, x, y);
            b = V.MultiplyAdd(b, x, y);
            c = V.MultiplyAdd(c, x, y);
            d = V.MultiplyAdd(d, x, y);
            e = V.MultiplyAdd(e, x, y);
            f = V.MultiplyAdd(f, x, y);
            g = V.MultiplyAdd(g, x, y);
            h = V.MultiplyAdd(h, x, y);
            i = V.MultiplyAdd(i, x, y);
            j = V.MultiplyAdd(j, x, y);
        }
        Keep(a + b + c + d + e + f + g + h + i + j);
        return V.Count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Keep<V>(V value) => GC.KeepAlive(value);
}
