using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class ConvTime
{
    /// <summary>The taps of a tile, known when it is compiled: three, five or seven.</summary>
    interface ITapCount
    {
        static abstract int Taps { get; }
    }

    readonly struct Taps3 : ITapCount { public static int Taps => 3; }
    readonly struct Taps5 : ITapCount { public static int Taps => 5; }
    readonly struct Taps7 : ITapCount { public static int Taps => 7; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void HeldBy4(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch, int tiles, int blocks)
    {
        if (a->Taps == 7) HeldBy4<Taps7>(a, w, bias, x, d, pitch, tiles, blocks);
        else if (a->Taps == 5) HeldBy4<Taps5>(a, w, bias, x, d, pitch, tiles, blocks);
        else HeldBy4<Taps3>(a, w, bias, x, d, pitch, tiles, blocks);
    }

    /// <summary>Neighbouring tiles of four channels × four vectors: 16 sums beside the weights of up to seven taps and four biases.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void HeldBy4<N>(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch, int tiles, int blocks) where N : struct, ITapCount
    {
        int* offset = a->Offsets;
        float* p0 = x + offset[0], p1 = x + offset[1], p2 = x + offset[2];
        float* p3 = N.Taps > 3 ? x + offset[3] : x, p4 = N.Taps > 3 ? x + offset[4] : x;
        float* p5 = N.Taps > 5 ? x + offset[5] : x, p6 = N.Taps > 5 ? x + offset[6] : x;
        var low = Vector128.Create(a->Lo);
        nint back = (nint)tiles * 16, down = 4 * pitch;
        float* d0 = d, d1 = d0 + pitch, d2 = d1 + pitch, d3 = d2 + pitch;
        for (int block = 0; block < blocks; block++, bias += NeonRows)
        {
            Vector128<float> v0 = Vector128.Load(w), v1 = Vector128.Load(w + NeonPanel), v2 = Vector128.Load(w + 2 * NeonPanel), v3 = default, v4 = default, v5 = default, v6 = default;
            if (N.Taps > 3) (v3, v4) = (Vector128.Load(w + 3 * NeonPanel), Vector128.Load(w + 4 * NeonPanel));
            if (N.Taps > 5) (v5, v6) = (Vector128.Load(w + 5 * NeonPanel), Vector128.Load(w + 6 * NeonPanel));
            Vector128<float> b0 = Vector128.Create(bias[0]), b1 = Vector128.Create(bias[1]), b2 = Vector128.Create(bias[2]), b3 = Vector128.Create(bias[3]);
            for (int left = tiles; left > 0; left--)
            {
                Vector128<float> x0 = Vector128.Load(p0), x1 = Vector128.Load(p0 + 4), x2 = Vector128.Load(p0 + 8), x3 = Vector128.Load(p0 + 12);
                First(x0, x1, x2, x3, v0, out var s00, out var s01, out var s02, out var s03, out var s10, out var s11, out var s12, out var s13, out var s20, out var s21, out var s22, out var s23, out var s30, out var s31, out var s32, out var s33);
                (x0, x1, x2, x3) = (Vector128.Load(p1), Vector128.Load(p1 + 4), Vector128.Load(p1 + 8), Vector128.Load(p1 + 12));
                Add(x0, x1, x2, x3, v1, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                (x0, x1, x2, x3) = (Vector128.Load(p2), Vector128.Load(p2 + 4), Vector128.Load(p2 + 8), Vector128.Load(p2 + 12));
                Add(x0, x1, x2, x3, v2, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                if (N.Taps > 3)
                {
                    (x0, x1, x2, x3) = (Vector128.Load(p3), Vector128.Load(p3 + 4), Vector128.Load(p3 + 8), Vector128.Load(p3 + 12));
                    Add(x0, x1, x2, x3, v3, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                    (x0, x1, x2, x3) = (Vector128.Load(p4), Vector128.Load(p4 + 4), Vector128.Load(p4 + 8), Vector128.Load(p4 + 12));
                    Add(x0, x1, x2, x3, v4, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                }
                if (N.Taps > 5)
                {
                    (x0, x1, x2, x3) = (Vector128.Load(p5), Vector128.Load(p5 + 4), Vector128.Load(p5 + 8), Vector128.Load(p5 + 12));
                    Add(x0, x1, x2, x3, v5, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                    (x0, x1, x2, x3) = (Vector128.Load(p6), Vector128.Load(p6 + 4), Vector128.Load(p6 + 8), Vector128.Load(p6 + 12));
                    Add(x0, x1, x2, x3, v6, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                }
                StoreTwo(d0, 0, low, b0, s00, s01);
                StoreTwo(d0, 8, low, b0, s02, s03);
                StoreTwo(d1, 0, low, b1, s10, s11);
                StoreTwo(d1, 8, low, b1, s12, s13);
                StoreTwo(d2, 0, low, b2, s20, s21);
                StoreTwo(d2, 8, low, b2, s22, s23);
                StoreTwo(d3, 0, low, b3, s30, s31);
                StoreTwo(d3, 8, low, b3, s32, s33);
                d0 += 16;
                d1 += 16;
                d2 += 16;
                d3 += 16;
                p0 += 16;
                p1 += 16;
                p2 += 16;
                if (N.Taps > 3)
                {
                    p3 += 16;
                    p4 += 16;
                }
                if (N.Taps > 5)
                {
                    p5 += 16;
                    p6 += 16;
                }
            }
            p0 -= back;
            p1 -= back;
            p2 -= back;
            if (N.Taps > 3)
            {
                p3 -= back;
                p4 -= back;
            }
            if (N.Taps > 5)
            {
                p5 -= back;
                p6 -= back;
            }
            // On to the other half of the panel, or the next one.
            w += (block & 1) == 0 ? NeonRows : NeonPanel * N.Taps - NeonRows;
            d0 += down - back;
            d1 += down - back;
            d2 += down - back;
            d3 += down - back;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PooledHeldBy2(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch, int tiles, int blocks)
    {
        if (a->Taps == 7) PooledHeldBy2<Taps7>(a, w, bias, x, d, pitch, tiles, blocks);
        else if (a->Taps == 5) PooledHeldBy2<Taps5>(a, w, bias, x, d, pitch, tiles, blocks);
        else PooledHeldBy2<Taps3>(a, w, bias, x, d, pitch, tiles, blocks);
    }

    /// <summary>
    /// Neighbouring tiles of four channels × two vectors of two pooled outputs each, s and t. What the second output read for a tap is what the first reads for
    /// the next: each of taps + 1 pairs of inputs is loaded once (LDP).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PooledHeldBy2<N>(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch, int tiles, int blocks) where N : struct, ITapCount
    {
        int* late = a->Offsets + a->Taps;
        float* p0 = x + a->Offsets[0], p1 = x + late[0], p2 = x + late[1], p3 = x + late[2];
        float* p4 = N.Taps > 3 ? x + late[3] : x, p5 = N.Taps > 3 ? x + late[4] : x;
        float* p6 = N.Taps > 5 ? x + late[5] : x, p7 = N.Taps > 5 ? x + late[6] : x;
        var low = Vector128.Create(a->Lo);
        nint back = (nint)tiles * 8, down = 4 * pitch;
        float* d0 = d, d1 = d0 + pitch, d2 = d1 + pitch, d3 = d2 + pitch;
        for (int block = 0; block < blocks; block++, bias += NeonRows)
        {
            Vector128<float> v0 = Vector128.Load(w), v1 = Vector128.Load(w + NeonPanel), v2 = Vector128.Load(w + 2 * NeonPanel), v3 = default, v4 = default, v5 = default, v6 = default;
            if (N.Taps > 3) (v3, v4) = (Vector128.Load(w + 3 * NeonPanel), Vector128.Load(w + 4 * NeonPanel));
            if (N.Taps > 5) (v5, v6) = (Vector128.Load(w + 5 * NeonPanel), Vector128.Load(w + 6 * NeonPanel));
            Vector128<float> b0 = Vector128.Create(bias[0]), b1 = Vector128.Create(bias[1]), b2 = Vector128.Create(bias[2]), b3 = Vector128.Create(bias[3]);
            for (int left = tiles; left > 0; left--)
            {
                Vector128<float> x0 = Vector128.Load(p0), x1 = Vector128.Load(p0 + 4);
                First(x0, x1, v0, out var s00, out var s01, out var s10, out var s11, out var s20, out var s21, out var s30, out var s31);
                (x0, x1) = (Vector128.Load(p1), Vector128.Load(p1 + 4));
                First(x0, x1, v0, out var t00, out var t01, out var t10, out var t11, out var t20, out var t21, out var t30, out var t31);
                Add(x0, x1, v1, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
                (x0, x1) = (Vector128.Load(p2), Vector128.Load(p2 + 4));
                Add(x0, x1, v1, ref t00, ref t01, ref t10, ref t11, ref t20, ref t21, ref t30, ref t31);
                Add(x0, x1, v2, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
                (x0, x1) = (Vector128.Load(p3), Vector128.Load(p3 + 4));
                Add(x0, x1, v2, ref t00, ref t01, ref t10, ref t11, ref t20, ref t21, ref t30, ref t31);
                if (N.Taps > 3)
                {
                    Add(x0, x1, v3, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
                    (x0, x1) = (Vector128.Load(p4), Vector128.Load(p4 + 4));
                    Add(x0, x1, v3, ref t00, ref t01, ref t10, ref t11, ref t20, ref t21, ref t30, ref t31);
                    Add(x0, x1, v4, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
                    (x0, x1) = (Vector128.Load(p5), Vector128.Load(p5 + 4));
                    Add(x0, x1, v4, ref t00, ref t01, ref t10, ref t11, ref t20, ref t21, ref t30, ref t31);
                }
                if (N.Taps > 5)
                {
                    Add(x0, x1, v5, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
                    (x0, x1) = (Vector128.Load(p6), Vector128.Load(p6 + 4));
                    Add(x0, x1, v5, ref t00, ref t01, ref t10, ref t11, ref t20, ref t21, ref t30, ref t31);
                    Add(x0, x1, v6, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
                    (x0, x1) = (Vector128.Load(p7), Vector128.Load(p7 + 4));
                    Add(x0, x1, v6, ref t00, ref t01, ref t10, ref t11, ref t20, ref t21, ref t30, ref t31);
                }
                StoreTwo(d0, 0, low, b0, AdvSimd.Max(s00, t00), AdvSimd.Max(s01, t01));
                StoreTwo(d1, 0, low, b1, AdvSimd.Max(s10, t10), AdvSimd.Max(s11, t11));
                StoreTwo(d2, 0, low, b2, AdvSimd.Max(s20, t20), AdvSimd.Max(s21, t21));
                StoreTwo(d3, 0, low, b3, AdvSimd.Max(s30, t30), AdvSimd.Max(s31, t31));
                d0 += 8;
                d1 += 8;
                d2 += 8;
                d3 += 8;
                p0 += 8;
                p1 += 8;
                p2 += 8;
                p3 += 8;
                if (N.Taps > 3)
                {
                    p4 += 8;
                    p5 += 8;
                }
                if (N.Taps > 5)
                {
                    p6 += 8;
                    p7 += 8;
                }
            }
            p0 -= back;
            p1 -= back;
            p2 -= back;
            p3 -= back;
            if (N.Taps > 3)
            {
                p4 -= back;
                p5 -= back;
            }
            if (N.Taps > 5)
            {
                p6 -= back;
                p7 -= back;
            }
            // On to the other half of the panel, or the next one.
            w += (block & 1) == 0 ? NeonRows : NeonPanel * N.Taps - NeonRows;
            d0 += down - back;
            d1 += down - back;
            d2 += down - back;
            d3 += down - back;
        }
    }

    /// <summary>max(low, sum + bias) of two vectors, to d[at] (STP).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreTwo(float* d, int at, Vector128<float> low, Vector128<float> bias, Vector128<float> s0, Vector128<float> s1)
    {
        s0 = AdvSimd.Max(low, s0 + bias);
        s1 = AdvSimd.Max(low, s1 + bias);
        s0.Store(d + at);
        s1.Store(d + (at + 4));
    }
}
