using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Conv
{
    /// <summary>
    /// Four channels by two vectors of time, without dot product. Products of int8 go to int16 (SMULL), those of the next tap are added (SMLAL: 2·128·127 fits),
    /// neighbours of these sums are added to int32 (SADALP): 3 instructions for 16 multiply-adds. A register of sums holds two outputs, two sums each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Neon(Int8ConvArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int r = 0; r < a->RunCount; r++)
                {
                    ConvRun run = a->Runs[r];
                    int* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup + run.X;
                    NeonBlocks(a, g, 0, run, x, a->Y + ((nint)n * a->Groups + g) * a->Rows * a->Plane + run.Y / a->Pool, &WideningTiles);
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void WideningTiles(Int8ConvArgs* a, int block, int blocks, int* x, float* d, nint pitch, int vectors)
    {
        int pairs = vectors / 2;
        for (int last = block + blocks; block < last; block++, d += 4 * pitch)
        {
            if (pairs > 0) WideningBy2(a, block, x, d, pitch, pairs);
            if (vectors % 2 != 0) WideningBy1(a, block, x + 8 * pairs, d + (a->Pool == 2 ? 4 : 8) * pairs, pitch);
        }
    }

    /// <summary>Neighbouring tiles. s&lt;channel&gt;&lt;vector&gt;, t&lt;channel&gt;&lt;vector&gt;: sums of a vector's first and last two positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void WideningBy2(Int8ConvArgs* a, int block, int* x, float* d, nint pitch, int tiles)
    {
        Start(a, block, out var z0, out var z1, out var z2, out var z3);
        var finish = new NeonFinish(a, block);
        int* weights = a->W + (nint)block * a->Taps * 4;
        for (int step = a->Pool == 2 ? 4 : 8; tiles > 0; tiles--, x += 8, d += step)
        {
            Vector128<int> s00, s01, s10, s11, s20, s21, s30, s31, t00, t01, t10, t11, t20, t21, t30, t31;
            s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = t00 = t01 = t10 = t11 = t20 = t21 = t30 = t31 = Vector128<int>.Zero;
            nint* offset = a->Offsets, end = offset + a->Taps;
            int* w = weights;
            for (nint* pairs = offset + (a->Taps & ~1); offset < pairs; offset += 2, w += 8)
            {
                sbyte* p = (sbyte*)(x + offset[0]), q = (sbyte*)(x + offset[1]);
                Vector128<int> v = Vector128.Load(w), u = Vector128.Load(w + 4);
                Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), y0 = Vector128.Load(q), y1 = Vector128.Load(q + 16);
                TwoTaps(x0, x1, y0, y1, v, u, 0, ref s00, ref t00, ref s01, ref t01);
                TwoTaps(x0, x1, y0, y1, v, u, 1, ref s10, ref t10, ref s11, ref t11);
                TwoTaps(x0, x1, y0, y1, v, u, 2, ref s20, ref t20, ref s21, ref t21);
                TwoTaps(x0, x1, y0, y1, v, u, 3, ref s30, ref t30, ref s31, ref t31);
            }
            if (offset < end)
            {
                sbyte* p = (sbyte*)(x + *offset);
                var v = Vector128.Load(w);
                Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16);
                OneTap(x0, x1, v, 0, ref s00, ref t00, ref s01, ref t01);
                OneTap(x0, x1, v, 1, ref s10, ref t10, ref s11, ref t11);
                OneTap(x0, x1, v, 2, ref s20, ref t20, ref s21, ref t21);
                OneTap(x0, x1, v, 3, ref s30, ref t30, ref s31, ref t31);
            }
            finish.StoreBlock(
                d, pitch, AdvSimd.Arm64.AddPairwise(s00, t00) + z0, AdvSimd.Arm64.AddPairwise(s01, t01) + z0, AdvSimd.Arm64.AddPairwise(s10, t10) + z1, AdvSimd.Arm64.AddPairwise(s11, t11) + z1,
                AdvSimd.Arm64.AddPairwise(s20, t20) + z2, AdvSimd.Arm64.AddPairwise(s21, t21) + z2, AdvSimd.Arm64.AddPairwise(s30, t30) + z3, AdvSimd.Arm64.AddPairwise(s31, t31) + z3);
        }
    }

    /// <summary>The last of an odd number of vectors, on its way to scratch where pairs are pooled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void WideningBy1(Int8ConvArgs* a, int block, int* x, float* d, nint pitch)
    {
        Start(a, block, out var z0, out var z1, out var z2, out var z3);
        Vector128<int> s0, s1, s2, s3, t0, t1, t2, t3;
        s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = Vector128<int>.Zero;
        int* w = a->W + (nint)block * a->Taps * 4;
        for (nint* offset = a->Offsets, end = offset + a->Taps; offset < end; offset++, w += 4)
        {
            var x0 = Vector128.Load(x + *offset).AsSByte();
            var v = Vector128.Load(w);
            OneTap(x0, v, 0, ref s0, ref t0);
            OneTap(x0, v, 1, ref s1, ref t1);
            OneTap(x0, v, 2, ref s2, ref t2);
            OneTap(x0, v, 3, ref s3, ref t3);
        }
        var finish = new NeonFinish(a, block);
        finish.StoreBlock(
            d, pitch, AdvSimd.Arm64.AddPairwise(s0, t0) + z0, AdvSimd.Arm64.AddPairwise(s1, t1) + z1, AdvSimd.Arm64.AddPairwise(s2, t2) + z2, AdvSimd.Arm64.AddPairwise(s3, t3) + z3);
    }

    /// <summary>Adds two taps of one channel, whose units are lane <paramref name="row"/> of <paramref name="v"/> and <paramref name="u"/>, to two vectors of time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TwoTaps(
        Vector128<sbyte> x0, Vector128<sbyte> x1, Vector128<sbyte> y0, Vector128<sbyte> y1, Vector128<int> v, Vector128<int> u, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<int> s0, ref Vector128<int> t0, ref Vector128<int> s1, ref Vector128<int> t1)
    {
        Vector128<sbyte> first = AdvSimd.DuplicateSelectedScalarToVector128(v, row).AsSByte(), second = AdvSimd.DuplicateSelectedScalarToVector128(u, row).AsSByte();
        // The lower halves last: taking one of a register that is still wanted costs a move.
        t0 = AdvSimd.AddPairwiseWideningAndAdd(t0, AdvSimd.MultiplyWideningUpperAndAdd(AdvSimd.MultiplyWideningUpper(x0, first), y0, second));
        t1 = AdvSimd.AddPairwiseWideningAndAdd(t1, AdvSimd.MultiplyWideningUpperAndAdd(AdvSimd.MultiplyWideningUpper(x1, first), y1, second));
        Vector64<sbyte> firstLow = first.GetLower(), secondLow = second.GetLower();
        s0 = AdvSimd.AddPairwiseWideningAndAdd(s0, AdvSimd.MultiplyWideningLowerAndAdd(AdvSimd.MultiplyWideningLower(x0.GetLower(), firstLow), y0.GetLower(), secondLow));
        s1 = AdvSimd.AddPairwiseWideningAndAdd(s1, AdvSimd.MultiplyWideningLowerAndAdd(AdvSimd.MultiplyWideningLower(x1.GetLower(), firstLow), y1.GetLower(), secondLow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void OneTap(
        Vector128<sbyte> x0, Vector128<sbyte> x1, Vector128<int> v, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<int> s0, ref Vector128<int> t0, ref Vector128<int> s1, ref Vector128<int> t1)
    {
        OneTap(x0, v, row, ref s0, ref t0);
        OneTap(x1, v, row, ref s1, ref t1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void OneTap(Vector128<sbyte> x, Vector128<int> v, [ConstantExpected(Max = (byte)3)] byte row, ref Vector128<int> s, ref Vector128<int> t)
    {
        var w = AdvSimd.DuplicateSelectedScalarToVector128(v, row).AsSByte();
        t = AdvSimd.AddPairwiseWideningAndAdd(t, AdvSimd.MultiplyWideningUpper(x, w));
        s = AdvSimd.AddPairwiseWideningAndAdd(s, AdvSimd.MultiplyWideningLower(x.GetLower(), w.GetLower()));
    }
}
