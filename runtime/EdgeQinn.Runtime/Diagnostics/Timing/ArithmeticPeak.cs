using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>The multiply-adds per second this core can do from registers: the bound that arithmetic kernels are compared with.</summary>
static class ArithmeticPeak
{
    const int Steps = 4000, Chains = 10;

    /// <summary>Float32 multiply-adds per nanosecond (GMAC/s) of one short run with the widest registers of <paramref name="allowed"/>; take the largest of many.</summary>
    public static double Float(IReadOnlyList<Isa> allowed)
    {
        long start = Stopwatch.GetTimestamp();
        int lanes = allowed.Contains(Isa.Avx512) ? FloatChains<Lanes16>() : allowed.Contains(Isa.Avx2) ? FloatChains<Lanes8>() : FloatChains<Lanes4>();
        return (double)Steps * Chains * lanes / Clock.Nanoseconds(start);
    }

    /// <summary>As <see cref="Float"/>, of int8 operands (which x64 multiplies as int16 pairs).</summary>
    public static double Int8(IReadOnlyList<Isa> allowed)
    {
        long start = Stopwatch.GetTimestamp();
        int operands = allowed.Contains(Isa.Avx512) ? Int8Chains<Int8Lanes16, Vector512<int>>()
            : allowed.Contains(Isa.Avx2) ? Int8Chains<Int8Lanes8, Vector256<int>>()
            : allowed.Contains(Isa.NeonDot) ? Int8Chains<Int8LanesDot, Vector128<int>>()
            : allowed.Contains(Isa.Neon) ? Int8Chains<Int8LanesNeon, Vector128<int>>()
            : Int8Chains<Int8LanesPortable, Vector128<int>>();
        return (double)Steps * Chains * operands / Clock.Nanoseconds(start);
    }

    /// <summary>Ten independent chains of multiply-adds: more than latency × ports of the CPUs at hand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int FloatChains<V>() where V : unmanaged, ILanes<V>
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

    /// <summary>As <see cref="FloatChains"/>. One operand comes from the nearest cache, as it does in kernels, so that no product can be computed ahead of the loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe int Int8Chains<L, V>() where L : struct, IInt8Lanes<V> where V : struct
    {
        const int MostLanes = 16, Places = 4;
        int* data = stackalloc int[(Chains + Places + 1) * MostLanes];
        data = (int*)(((nint)data + 63) & ~63); // no load across two cache lines
        new Span<int>(data, (Chains + Places) * MostLanes).Fill(0x01020102);
        V y = L.Broadcast(0x02010201);
        V a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y;
        for (int step = 0; step < Steps; step++)
        {
            int* p = data + step % Places * L.Count;
            a = L.MultiplyAdd(a, L.Load(p), y);
            b = L.MultiplyAdd(b, L.Load(p + L.Count), y);
            c = L.MultiplyAdd(c, L.Load(p + 2 * L.Count), y);
            d = L.MultiplyAdd(d, L.Load(p + 3 * L.Count), y);
            e = L.MultiplyAdd(e, L.Load(p + 4 * L.Count), y);
            f = L.MultiplyAdd(f, L.Load(p + 5 * L.Count), y);
            g = L.MultiplyAdd(g, L.Load(p + 6 * L.Count), y);
            h = L.MultiplyAdd(h, L.Load(p + 7 * L.Count), y);
            i = L.MultiplyAdd(i, L.Load(p + 8 * L.Count), y);
            j = L.MultiplyAdd(j, L.Load(p + 9 * L.Count), y);
        }
        // Stores are inlined; a call here would keep the sums in memory during the loop.
        float* sums = (float*)data;
        L.Store(sums, a, 1, 0, 0, 1);
        L.Store(sums, b, 1, 0, 0, 1);
        L.Store(sums, c, 1, 0, 0, 1);
        L.Store(sums, d, 1, 0, 0, 1);
        L.Store(sums, e, 1, 0, 0, 1);
        L.Store(sums, f, 1, 0, 0, 1);
        L.Store(sums, g, 1, 0, 0, 1);
        L.Store(sums, h, 1, 0, 0, 1);
        L.Store(sums, i, 1, 0, 0, 1);
        L.Store(sums, j, 1, 0, 0, 1);
        return L.Count * L.Unit;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Keep<V>(V value) => GC.KeepAlive(value);
}
