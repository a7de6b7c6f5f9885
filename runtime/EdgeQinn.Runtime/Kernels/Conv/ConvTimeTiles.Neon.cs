using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class ConvTime
{
    /// <summary>Whether taps lie side by side in the input, as those of one channel do, so that none is looked up.</summary>
    interface ITaps
    {
        static abstract bool IsRun { get; }
    }

    readonly struct TapRun : ITaps
    {
        public static bool IsRun => true;
    }

    readonly struct TapTable : ITaps
    {
        public static bool IsRun => false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void NeonBy6(ConvTimeArgs* a, NeonTaps taps, float* w, float* bias, float* x, float* d, nint pitch, int tiles)
    {
        if (taps.HaveUpper) NeonBy6<TapTable, BothBounds>(a, w, bias, x, d, pitch, tiles);
        else if (taps.AreRun) NeonBy6<TapRun, LowerBound>(a, w, bias, x, d, pitch, tiles);
        else NeonBy6<TapTable, LowerBound>(a, w, bias, x, d, pitch, tiles);
    }

    /// <summary>Neighbouring tiles; the first tap's products start the sums. Two taps are looked up at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBy6<T, B>(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch, int tiles) where T : struct, ITaps where B : struct, IBounds
    {
        var finish = new NeonFinish<B>(a, bias);
        int taps = a->Taps;
        for (float* weights = w; tiles > 0; tiles--, x += 24, d += 24)
        {
            int* offset = a->Offsets, end = offset + taps;
            float* p = x + (nuint)(uint)*offset, q;
            w = weights;
            Vector128<float> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 4), x2 = Vector128.Load(p + 8), x3 = Vector128.Load(p + 12), x4 = Vector128.Load(p + 16), x5 = Vector128.Load(p + 20);
            First(x0, x1, x2, x3, x4, x5, Vector128.Load(w), out var s00, out var s01, out var s02, out var s03, out var s04, out var s05, out var s10, out var s11, out var s12, out var s13, out var s14, out var s15, out var s20, out var s21, out var s22, out var s23, out var s24, out var s25, out var s30, out var s31, out var s32, out var s33, out var s34, out var s35);
            offset++;
            w += NeonPanel;
            for (int* even = end - 1; offset < even; offset += 2, w += 2 * NeonPanel)
            {
                p = T.IsRun ? p + 1 : x + (nuint)(uint)offset[0];
                q = T.IsRun ? p + 1 : x + (nuint)(uint)offset[1];
                (x0, x1, x2, x3, x4, x5) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8), Vector128.Load(p + 12), Vector128.Load(p + 16), Vector128.Load(p + 20));
                Add(x0, x1, x2, x3, x4, x5, Vector128.Load(w), ref s00, ref s01, ref s02, ref s03, ref s04, ref s05, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
                (x0, x1, x2, x3, x4, x5) = (Vector128.Load(q), Vector128.Load(q + 4), Vector128.Load(q + 8), Vector128.Load(q + 12), Vector128.Load(q + 16), Vector128.Load(q + 20));
                if (T.IsRun) p++;
                Add(x0, x1, x2, x3, x4, x5, Vector128.Load(w + NeonPanel), ref s00, ref s01, ref s02, ref s03, ref s04, ref s05, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
            }
            if (offset < end)
            {
                p = T.IsRun ? p + 1 : x + (nuint)(uint)*offset;
                (x0, x1, x2, x3, x4, x5) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8), Vector128.Load(p + 12), Vector128.Load(p + 16), Vector128.Load(p + 20));
                Add(x0, x1, x2, x3, x4, x5, Vector128.Load(w), ref s00, ref s01, ref s02, ref s03, ref s04, ref s05, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
            }
            finish.Store(0, d, s00, s01, s02, s03, s04, s05);
            finish.Store(1, d + pitch, s10, s11, s12, s13, s14, s15);
            finish.Store(2, d + 2 * pitch, s20, s21, s22, s23, s24, s25);
            finish.Store(3, d + 3 * pitch, s30, s31, s32, s33, s34, s35);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBy4(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch)
    {
        Vector128<float> s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33;
        s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = Vector128<float>.Zero;
        int* offset = a->Offsets;
        for (int* end = offset + a->Taps; offset < end; offset++, w += NeonPanel)
        {
            float* p = x + (nuint)(uint)*offset;
            Vector128<float> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 4), x2 = Vector128.Load(p + 8), x3 = Vector128.Load(p + 12);
            var v = Vector128.Load(w);
            Add(x0, x1, x2, x3, v, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
        }
        var finish = new NeonFinish<BothBounds>(a, bias);
        finish.Store(0, d, s00, s01, s02, s03);
        finish.Store(1, d + pitch, s10, s11, s12, s13);
        finish.Store(2, d + 2 * pitch, s20, s21, s22, s23);
        finish.Store(3, d + 3 * pitch, s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBy2(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch)
    {
        Vector128<float> s00, s01, s10, s11, s20, s21, s30, s31;
        s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = Vector128<float>.Zero;
        int* offset = a->Offsets;
        for (int* end = offset + a->Taps; offset < end; offset++, w += NeonPanel)
        {
            float* p = x + (nuint)(uint)*offset;
            Vector128<float> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 4), v = Vector128.Load(w);
            Add(x0, x1, v, ref s00, ref s01, ref s10, ref s11, ref s20, ref s21, ref s30, ref s31);
        }
        var finish = new NeonFinish<BothBounds>(a, bias);
        finish.Store(0, d, s00, s01);
        finish.Store(1, d + pitch, s10, s11);
        finish.Store(2, d + 2 * pitch, s20, s21);
        finish.Store(3, d + 3 * pitch, s30, s31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBy1(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch)
    {
        Vector128<float> s0, s1, s2, s3;
        s0 = s1 = s2 = s3 = Vector128<float>.Zero;
        int* offset = a->Offsets;
        for (int* end = offset + a->Taps; offset < end; offset++, w += NeonPanel)
        {
            Vector128<float> x0 = Vector128.Load(x + (nuint)(uint)*offset), v = Vector128.Load(w);
            s0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s0, x0, v, 0);
            s1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s1, x0, v, 1);
            s2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s2, x0, v, 2);
            s3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s3, x0, v, 3);
        }
        var finish = new NeonFinish<BothBounds>(a, bias);
        finish.Store(0, d, s0);
        finish.Store(1, d + pitch, s1);
        finish.Store(2, d + 2 * pitch, s2);
        finish.Store(3, d + 3 * pitch, s3);
    }
}
