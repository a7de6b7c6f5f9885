using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>The bytes per second this core can read from a working set of a given size, again and again: the bound of kernels that only pass over weights.</summary>
sealed unsafe class ReadRate : IDisposable
{
    const int Block = 8;

    readonly byte* _data;
    readonly long _bytes;
    readonly int _lanes;

    /// <summary>A working set of <paramref name="bytes"/> bytes, read with the widest registers of <paramref name="allowed"/>.</summary>
    public ReadRate(long bytes, IReadOnlyList<Isa> allowed)
    {
        _lanes = allowed.Contains(Isa.Avx512) ? 16 : allowed.Contains(Isa.Avx2) ? 8 : 4;
        _bytes = Math.Max(1024, bytes / 1024 * 1024);
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, 4096);
        NativeMemory.Clear(_data, (nuint)_bytes);
    }

    /// <summary>Bytes per nanosecond (GB/s) of a few passes; take the largest of many.</summary>
    public double Sample()
    {
        int passes = (int)Math.Max(2, 400_000 / _bytes);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < passes; i++)
        {
            if (_lanes == 16) Pass<Lanes16>();
            else if (_lanes == 8) Pass<Lanes8>();
            else Pass<Lanes4>();
        }
        return passes * (double)_bytes / Clock.Nanoseconds(start);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Pass<V>() where V : unmanaged, ILanes<V>
    {
        V a = V.Create(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        float* end = (float*)(_data + _bytes);
        for (float* p = (float*)_data; p < end; p += Block * V.Count)
        {
            a += V.Load(p);
            b += V.Load(p + V.Count);
            c += V.Load(p + 2 * V.Count);
            d += V.Load(p + 3 * V.Count);
            e += V.Load(p + 4 * V.Count);
            f += V.Load(p + 5 * V.Count);
            g += V.Load(p + 6 * V.Count);
            h += V.Load(p + 7 * V.Count);
        }
        Keep(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Keep<V>(V value) => GC.KeepAlive(value);

    public void Dispose() => NativeMemory.AlignedFree(_data);
}
