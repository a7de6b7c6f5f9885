using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

// Register tiles: sums of some rows over some steps of time, raw, row r at d + r·pitch. A tap is one 64-bit word, so that it takes one load beside those
// of x; several are read ahead of their use, since addresses that wait for a load keep the load units idle.
static unsafe partial class SegmentedConv
{
    /// <summary>8 vectors of 2 rows, 2 taps at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Tile8x2<V>(byte* x, ulong* tap, ulong* end, float* bias, float* d, nint pitch) where V : unmanaged, ILanes<V>
    {
        int size = V.Count;
        V s00 = V.Create(bias[0]), s01 = s00, s02 = s00, s03 = s00, s04 = s00, s05 = s00, s06 = s00, s07 = s00;
        V s10 = V.Create(bias[1]), s11 = s10, s12 = s10, s13 = s10, s14 = s10, s15 = s10, s16 = s10, s17 = s10;
        for (; tap < end; tap += 4)
        {
            ulong t0 = tap[0], t1 = tap[1], t2 = tap[2], t3 = tap[3];
            float* p = (float*)(x + (uint)t0);
            V w = V.CreateInt((int)(t0 >> 32));
            s00 = V.MultiplyAdd(w, p, s00);
            s01 = V.MultiplyAdd(w, p + size, s01);
            s02 = V.MultiplyAdd(w, p + 2 * size, s02);
            s03 = V.MultiplyAdd(w, p + 3 * size, s03);
            s04 = V.MultiplyAdd(w, p + 4 * size, s04);
            s05 = V.MultiplyAdd(w, p + 5 * size, s05);
            s06 = V.MultiplyAdd(w, p + 6 * size, s06);
            s07 = V.MultiplyAdd(w, p + 7 * size, s07);
            p = (float*)(x + (uint)t1);
            w = V.CreateInt((int)(t1 >> 32));
            s10 = V.MultiplyAdd(w, p, s10);
            s11 = V.MultiplyAdd(w, p + size, s11);
            s12 = V.MultiplyAdd(w, p + 2 * size, s12);
            s13 = V.MultiplyAdd(w, p + 3 * size, s13);
            s14 = V.MultiplyAdd(w, p + 4 * size, s14);
            s15 = V.MultiplyAdd(w, p + 5 * size, s15);
            s16 = V.MultiplyAdd(w, p + 6 * size, s16);
            s17 = V.MultiplyAdd(w, p + 7 * size, s17);
            p = (float*)(x + (uint)t2);
            w = V.CreateInt((int)(t2 >> 32));
            s00 = V.MultiplyAdd(w, p, s00);
            s01 = V.MultiplyAdd(w, p + size, s01);
            s02 = V.MultiplyAdd(w, p + 2 * size, s02);
            s03 = V.MultiplyAdd(w, p + 3 * size, s03);
            s04 = V.MultiplyAdd(w, p + 4 * size, s04);
            s05 = V.MultiplyAdd(w, p + 5 * size, s05);
            s06 = V.MultiplyAdd(w, p + 6 * size, s06);
            s07 = V.MultiplyAdd(w, p + 7 * size, s07);
            p = (float*)(x + (uint)t3);
            w = V.CreateInt((int)(t3 >> 32));
            s10 = V.MultiplyAdd(w, p, s10);
            s11 = V.MultiplyAdd(w, p + size, s11);
            s12 = V.MultiplyAdd(w, p + 2 * size, s12);
            s13 = V.MultiplyAdd(w, p + 3 * size, s13);
            s14 = V.MultiplyAdd(w, p + 4 * size, s14);
            s15 = V.MultiplyAdd(w, p + 5 * size, s15);
            s16 = V.MultiplyAdd(w, p + 6 * size, s16);
            s17 = V.MultiplyAdd(w, p + 7 * size, s17);
        }
        V.Store(s00, d);
        V.Store(s01, d + size);
        V.Store(s02, d + 2 * size);
        V.Store(s03, d + 3 * size);
        V.Store(s04, d + 4 * size);
        V.Store(s05, d + 5 * size);
        V.Store(s06, d + 6 * size);
        V.Store(s07, d + 7 * size);
        V.Store(s10, d + pitch);
        V.Store(s11, d + pitch + size);
        V.Store(s12, d + pitch + 2 * size);
        V.Store(s13, d + pitch + 3 * size);
        V.Store(s14, d + pitch + 4 * size);
        V.Store(s15, d + pitch + 5 * size);
        V.Store(s16, d + pitch + 6 * size);
        V.Store(s17, d + pitch + 7 * size);
    }

    /// <summary>8 vectors of 1 row, 2 taps at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Tile8x1<V>(byte* x, ulong* tap, ulong* end, float* bias, float* d, nint pitch) where V : unmanaged, ILanes<V>
    {
        int size = V.Count;
        V s00 = V.Create(bias[0]), s01 = s00, s02 = s00, s03 = s00, s04 = s00, s05 = s00, s06 = s00, s07 = s00;
        for (; tap < end; tap += 2)
        {
            ulong t0 = tap[0], t1 = tap[1];
            float* p = (float*)(x + (uint)t0);
            V w = V.CreateInt((int)(t0 >> 32));
            s00 = V.MultiplyAdd(w, p, s00);
            s01 = V.MultiplyAdd(w, p + size, s01);
            s02 = V.MultiplyAdd(w, p + 2 * size, s02);
            s03 = V.MultiplyAdd(w, p + 3 * size, s03);
            s04 = V.MultiplyAdd(w, p + 4 * size, s04);
            s05 = V.MultiplyAdd(w, p + 5 * size, s05);
            s06 = V.MultiplyAdd(w, p + 6 * size, s06);
            s07 = V.MultiplyAdd(w, p + 7 * size, s07);
            p = (float*)(x + (uint)t1);
            w = V.CreateInt((int)(t1 >> 32));
            s00 = V.MultiplyAdd(w, p, s00);
            s01 = V.MultiplyAdd(w, p + size, s01);
            s02 = V.MultiplyAdd(w, p + 2 * size, s02);
            s03 = V.MultiplyAdd(w, p + 3 * size, s03);
            s04 = V.MultiplyAdd(w, p + 4 * size, s04);
            s05 = V.MultiplyAdd(w, p + 5 * size, s05);
            s06 = V.MultiplyAdd(w, p + 6 * size, s06);
            s07 = V.MultiplyAdd(w, p + 7 * size, s07);
        }
        V.Store(s00, d);
        V.Store(s01, d + size);
        V.Store(s02, d + 2 * size);
        V.Store(s03, d + 3 * size);
        V.Store(s04, d + 4 * size);
        V.Store(s05, d + 5 * size);
        V.Store(s06, d + 6 * size);
        V.Store(s07, d + 7 * size);
    }

    /// <summary>4 vectors of 2 rows, 2 taps at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Tile4x2<V>(byte* x, ulong* tap, ulong* end, float* bias, float* d, nint pitch) where V : unmanaged, ILanes<V>
    {
        int size = V.Count;
        V s00 = V.Create(bias[0]), s01 = s00, s02 = s00, s03 = s00;
        V s10 = V.Create(bias[1]), s11 = s10, s12 = s10, s13 = s10;
        for (; tap < end; tap += 4)
        {
            ulong t0 = tap[0], t1 = tap[1], t2 = tap[2], t3 = tap[3];
            float* p = (float*)(x + (uint)t0);
            V w = V.CreateInt((int)(t0 >> 32));
            s00 = V.MultiplyAdd(w, p, s00);
            s01 = V.MultiplyAdd(w, p + size, s01);
            s02 = V.MultiplyAdd(w, p + 2 * size, s02);
            s03 = V.MultiplyAdd(w, p + 3 * size, s03);
            p = (float*)(x + (uint)t1);
            w = V.CreateInt((int)(t1 >> 32));
            s10 = V.MultiplyAdd(w, p, s10);
            s11 = V.MultiplyAdd(w, p + size, s11);
            s12 = V.MultiplyAdd(w, p + 2 * size, s12);
            s13 = V.MultiplyAdd(w, p + 3 * size, s13);
            p = (float*)(x + (uint)t2);
            w = V.CreateInt((int)(t2 >> 32));
            s00 = V.MultiplyAdd(w, p, s00);
            s01 = V.MultiplyAdd(w, p + size, s01);
            s02 = V.MultiplyAdd(w, p + 2 * size, s02);
            s03 = V.MultiplyAdd(w, p + 3 * size, s03);
            p = (float*)(x + (uint)t3);
            w = V.CreateInt((int)(t3 >> 32));
            s10 = V.MultiplyAdd(w, p, s10);
            s11 = V.MultiplyAdd(w, p + size, s11);
            s12 = V.MultiplyAdd(w, p + 2 * size, s12);
            s13 = V.MultiplyAdd(w, p + 3 * size, s13);
        }
        V.Store(s00, d);
        V.Store(s01, d + size);
        V.Store(s02, d + 2 * size);
        V.Store(s03, d + 3 * size);
        V.Store(s10, d + pitch);
        V.Store(s11, d + pitch + size);
        V.Store(s12, d + pitch + 2 * size);
        V.Store(s13, d + pitch + 3 * size);
    }

    /// <summary>2 vectors of 4 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Tile2x4<V>(byte* x, ulong* tap, ulong* end, float* bias, float* d, nint pitch) where V : unmanaged, ILanes<V>
    {
        int size = V.Count;
        V s00 = V.Create(bias[0]), s01 = s00;
        V s10 = V.Create(bias[1]), s11 = s10;
        V s20 = V.Create(bias[2]), s21 = s20;
        V s30 = V.Create(bias[3]), s31 = s30;
        for (; tap < end; tap += 4)
        {
            ulong t0 = tap[0], t1 = tap[1], t2 = tap[2], t3 = tap[3];
            float* p = (float*)(x + (uint)t0);
            V w = V.CreateInt((int)(t0 >> 32));
            s00 = V.MultiplyAdd(w, p, s00);
            s01 = V.MultiplyAdd(w, p + size, s01);
            p = (float*)(x + (uint)t1);
            w = V.CreateInt((int)(t1 >> 32));
            s10 = V.MultiplyAdd(w, p, s10);
            s11 = V.MultiplyAdd(w, p + size, s11);
            p = (float*)(x + (uint)t2);
            w = V.CreateInt((int)(t2 >> 32));
            s20 = V.MultiplyAdd(w, p, s20);
            s21 = V.MultiplyAdd(w, p + size, s21);
            p = (float*)(x + (uint)t3);
            w = V.CreateInt((int)(t3 >> 32));
            s30 = V.MultiplyAdd(w, p, s30);
            s31 = V.MultiplyAdd(w, p + size, s31);
        }
        V.Store(s00, d);
        V.Store(s01, d + size);
        V.Store(s10, d + pitch);
        V.Store(s11, d + pitch + size);
        V.Store(s20, d + 2 * pitch);
        V.Store(s21, d + 2 * pitch + size);
        V.Store(s30, d + 3 * pitch);
        V.Store(s31, d + 3 * pitch + size);
    }
}
