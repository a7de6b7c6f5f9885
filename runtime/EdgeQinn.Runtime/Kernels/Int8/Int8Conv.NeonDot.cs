using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Conv
{
    /// <summary>
    /// Four channels by six, four, two or one vectors of time: up to 24 sums, six registers of inputs and one of weights, whose quadruples the sums
    /// are multiplied by (SDOT by element). Pairs are pooled while they are integers: what follows does not change their order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonDot(Int8ConvArgs* a)
    {
        int blocks = (a->Rows + 3) / 4, fused = a->Pool == 2 ? 2 : 1, pool = a->Pool / fused;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int b = 0; b < blocks; b++)
                {
                    int block = g * blocks + b, row = g * a->Rows + 4 * b, rows = Math.Min(4, a->Rows - 4 * b);
                    float* y = a->Y + ((nint)n * a->Groups * a->Rows + row) * a->Plane;
                    for (int r = 0; r < a->RunCount; r++)
                    {
                        ConvRun run = a->Runs[r];
                        int vectors = (run.Count + 3) / 4;
                        int* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup + run.X;
                        bool direct = pool == 1 && rows == 4 && run.Count % (4 * fused) == 0;
                        float* d = direct ? y + run.Y / fused : a->Scratch;
                        nint pitch = direct ? a->Plane : (vectors + fused - 1) / fused * 4;
                        float* to = d;
                        int sixes = Math.Max(0, vectors / 6 - (vectors % 6 is 1 or 2 ? 1 : 0)); // one or two left over go into fours
                        if (sixes > 0)
                        {
                            NeonBy6(a, block, x, to, pitch, sixes);
                            vectors -= 6 * sixes;
                            x += 24 * sixes;
                            to += 24 / fused * sixes;
                        }
                        for (; vectors >= 4; vectors -= 4, x += 4 * 4, to += 16 / fused) NeonBy4(a, block, x, to, pitch);
                        for (; vectors >= 2; vectors -= 2, x += 2 * 4, to += 8 / fused) NeonBy2(a, block, x, to, pitch);
                        if (vectors > 0) NeonBy1(a, block, x, to, pitch);
                        for (int i = 0; i < rows && !direct; i++) ConvFinish.Store<Lanes4>(d + i * pitch, run.Count / fused, pool, y + (nint)i * a->Plane + run.Y / a->Pool);
                    }
                }
    }

    /// <summary>Neighbouring tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBy6(Int8ConvArgs* a, int block, int* x, float* d, nint pitch, int tiles)
    {
        Start(a, block, out var z0, out var z1, out var z2, out var z3);
        var finish = new NeonFinish(a, block);
        int* weights = a->W + (nint)block * a->Taps * 4;
        for (int step = a->Pool == 2 ? 12 : 24; tiles > 0; tiles--, x += 24, d += step)
        {
            Vector128<int> s00 = z0, s10 = z1, s20 = z2, s30 = z3;
            Vector128<int> s01 = s00, s02 = s00, s03 = s00, s04 = s00, s05 = s00;
            Vector128<int> s11 = s10, s12 = s10, s13 = s10, s14 = s10, s15 = s10;
            Vector128<int> s21 = s20, s22 = s20, s23 = s20, s24 = s20, s25 = s20;
            Vector128<int> s31 = s30, s32 = s30, s33 = s30, s34 = s30, s35 = s30;
            int* offset = a->Offsets, end = offset + a->Taps, w = weights;
            for (int* pairs = offset + (a->Taps & ~1); offset < pairs; offset += 2, w += 8)
            {
                sbyte* p = (sbyte*)(x + (nuint)(uint)offset[0]), q = (sbyte*)(x + (nuint)(uint)offset[1]);
                Vector128<sbyte> v = Vector128.Load(w).AsSByte(), u = Vector128.Load(w + 4).AsSByte();
                Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), x2 = Vector128.Load(p + 32), x3 = Vector128.Load(p + 48);
                Vector128<sbyte> x4 = Vector128.Load(p + 64), x5 = Vector128.Load(p + 80);
                Four(x0, x1, x2, x3, v, 0, ref s00, ref s01, ref s02, ref s03);
                Two(x4, x5, v, 0, ref s04, ref s05);
                Four(x0, x1, x2, x3, v, 1, ref s10, ref s11, ref s12, ref s13);
                Two(x4, x5, v, 1, ref s14, ref s15);
                Four(x0, x1, x2, x3, v, 2, ref s20, ref s21, ref s22, ref s23);
                Two(x4, x5, v, 2, ref s24, ref s25);
                Four(x0, x1, x2, x3, v, 3, ref s30, ref s31, ref s32, ref s33);
                Two(x4, x5, v, 3, ref s34, ref s35);
                (x0, x1, x2, x3) = (Vector128.Load(q), Vector128.Load(q + 16), Vector128.Load(q + 32), Vector128.Load(q + 48));
                (x4, x5) = (Vector128.Load(q + 64), Vector128.Load(q + 80));
                Four(x0, x1, x2, x3, u, 0, ref s00, ref s01, ref s02, ref s03);
                Two(x4, x5, u, 0, ref s04, ref s05);
                Four(x0, x1, x2, x3, u, 1, ref s10, ref s11, ref s12, ref s13);
                Two(x4, x5, u, 1, ref s14, ref s15);
                Four(x0, x1, x2, x3, u, 2, ref s20, ref s21, ref s22, ref s23);
                Two(x4, x5, u, 2, ref s24, ref s25);
                Four(x0, x1, x2, x3, u, 3, ref s30, ref s31, ref s32, ref s33);
                Two(x4, x5, u, 3, ref s34, ref s35);
            }
            if (offset < end)
            {
                sbyte* p = (sbyte*)(x + (nuint)(uint)*offset);
                var v = Vector128.Load(w).AsSByte();
                Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), x2 = Vector128.Load(p + 32), x3 = Vector128.Load(p + 48);
                Vector128<sbyte> x4 = Vector128.Load(p + 64), x5 = Vector128.Load(p + 80);
                Four(x0, x1, x2, x3, v, 0, ref s00, ref s01, ref s02, ref s03);
                Two(x4, x5, v, 0, ref s04, ref s05);
                Four(x0, x1, x2, x3, v, 1, ref s10, ref s11, ref s12, ref s13);
                Two(x4, x5, v, 1, ref s14, ref s15);
                Four(x0, x1, x2, x3, v, 2, ref s20, ref s21, ref s22, ref s23);
                Two(x4, x5, v, 2, ref s24, ref s25);
                Four(x0, x1, x2, x3, v, 3, ref s30, ref s31, ref s32, ref s33);
                Two(x4, x5, v, 3, ref s34, ref s35);
            }
            finish.Store(0, d, s00, s01, s02, s03, s04, s05);
            finish.Store(1, d + pitch, s10, s11, s12, s13, s14, s15);
            finish.Store(2, d + 2 * pitch, s20, s21, s22, s23, s24, s25);
            finish.Store(3, d + 3 * pitch, s30, s31, s32, s33, s34, s35);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBy4(Int8ConvArgs* a, int block, int* x, float* d, nint pitch)
    {
        Start(a, block, out var s00, out var s10, out var s20, out var s30);
        Vector128<int> s01 = s00, s02 = s00, s03 = s00;
        Vector128<int> s11 = s10, s12 = s10, s13 = s10;
        Vector128<int> s21 = s20, s22 = s20, s23 = s20;
        Vector128<int> s31 = s30, s32 = s30, s33 = s30;
        int* offset = a->Offsets, end = offset + a->Taps, w = a->W + (nint)block * a->Taps * 4;
        for (int* pairs = offset + (a->Taps & ~1); offset < pairs; offset += 2, w += 8)
        {
            sbyte* p = (sbyte*)(x + (nuint)(uint)offset[0]), q = (sbyte*)(x + (nuint)(uint)offset[1]);
            Vector128<sbyte> v = Vector128.Load(w).AsSByte(), u = Vector128.Load(w + 4).AsSByte();
            Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), x2 = Vector128.Load(p + 32), x3 = Vector128.Load(p + 48);
            Vector128<sbyte> y0 = Vector128.Load(q), y1 = Vector128.Load(q + 16), y2 = Vector128.Load(q + 32), y3 = Vector128.Load(q + 48);
            Four(x0, x1, x2, x3, v, 0, ref s00, ref s01, ref s02, ref s03);
            Four(x0, x1, x2, x3, v, 1, ref s10, ref s11, ref s12, ref s13);
            Four(x0, x1, x2, x3, v, 2, ref s20, ref s21, ref s22, ref s23);
            Four(x0, x1, x2, x3, v, 3, ref s30, ref s31, ref s32, ref s33);
            Four(y0, y1, y2, y3, u, 0, ref s00, ref s01, ref s02, ref s03);
            Four(y0, y1, y2, y3, u, 1, ref s10, ref s11, ref s12, ref s13);
            Four(y0, y1, y2, y3, u, 2, ref s20, ref s21, ref s22, ref s23);
            Four(y0, y1, y2, y3, u, 3, ref s30, ref s31, ref s32, ref s33);
        }
        if (offset < end)
        {
            sbyte* p = (sbyte*)(x + (nuint)(uint)*offset);
            var v = Vector128.Load(w).AsSByte();
            Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), x2 = Vector128.Load(p + 32), x3 = Vector128.Load(p + 48);
            Four(x0, x1, x2, x3, v, 0, ref s00, ref s01, ref s02, ref s03);
            Four(x0, x1, x2, x3, v, 1, ref s10, ref s11, ref s12, ref s13);
            Four(x0, x1, x2, x3, v, 2, ref s20, ref s21, ref s22, ref s23);
            Four(x0, x1, x2, x3, v, 3, ref s30, ref s31, ref s32, ref s33);
        }
        var finish = new NeonFinish(a, block);
        finish.Store(0, d, s00, s01, s02, s03);
        finish.Store(1, d + pitch, s10, s11, s12, s13);
        finish.Store(2, d + 2 * pitch, s20, s21, s22, s23);
        finish.Store(3, d + 3 * pitch, s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBy2(Int8ConvArgs* a, int block, int* x, float* d, nint pitch)
    {
        Start(a, block, out var s00, out var s10, out var s20, out var s30);
        Vector128<int> s01 = s00;
        Vector128<int> s11 = s10;
        Vector128<int> s21 = s20;
        Vector128<int> s31 = s30;
        int* offset = a->Offsets, end = offset + a->Taps, w = a->W + (nint)block * a->Taps * 4;
        for (int* pairs = offset + (a->Taps & ~1); offset < pairs; offset += 2, w += 8)
        {
            sbyte* p = (sbyte*)(x + (nuint)(uint)offset[0]), q = (sbyte*)(x + (nuint)(uint)offset[1]);
            Vector128<sbyte> v = Vector128.Load(w).AsSByte(), u = Vector128.Load(w + 4).AsSByte();
            Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16);
            Vector128<sbyte> y0 = Vector128.Load(q), y1 = Vector128.Load(q + 16);
            Two(x0, x1, v, 0, ref s00, ref s01);
            Two(x0, x1, v, 1, ref s10, ref s11);
            Two(x0, x1, v, 2, ref s20, ref s21);
            Two(x0, x1, v, 3, ref s30, ref s31);
            Two(y0, y1, u, 0, ref s00, ref s01);
            Two(y0, y1, u, 1, ref s10, ref s11);
            Two(y0, y1, u, 2, ref s20, ref s21);
            Two(y0, y1, u, 3, ref s30, ref s31);
        }
        if (offset < end)
        {
            sbyte* p = (sbyte*)(x + (nuint)(uint)*offset);
            var v = Vector128.Load(w).AsSByte();
            Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16);
            Two(x0, x1, v, 0, ref s00, ref s01);
            Two(x0, x1, v, 1, ref s10, ref s11);
            Two(x0, x1, v, 2, ref s20, ref s21);
            Two(x0, x1, v, 3, ref s30, ref s31);
        }
        var finish = new NeonFinish(a, block);
        finish.Store(0, d, s00, s01);
        finish.Store(1, d + pitch, s10, s11);
        finish.Store(2, d + 2 * pitch, s20, s21);
        finish.Store(3, d + 3 * pitch, s30, s31);
    }

    /// <summary>The last of an odd number of vectors, on its way to scratch: where pairs are pooled, the upper half of what is stored is to spare.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBy1(Int8ConvArgs* a, int block, int* x, float* d, nint pitch)
    {
        Start(a, block, out var s0, out var s1, out var s2, out var s3);
        int* offset = a->Offsets, w = a->W + (nint)block * a->Taps * 4;
        for (int* end = offset + a->Taps; offset < end; offset++, w += 4)
        {
            Vector128<sbyte> x0 = Vector128.Load(x + (nuint)(uint)*offset).AsSByte(), v = Vector128.Load(w).AsSByte();
            s0 = Dp.DotProductBySelectedQuadruplet(s0, x0, v, 0);
            s1 = Dp.DotProductBySelectedQuadruplet(s1, x0, v, 1);
            s2 = Dp.DotProductBySelectedQuadruplet(s2, x0, v, 2);
            s3 = Dp.DotProductBySelectedQuadruplet(s3, x0, v, 3);
        }
        var finish = new NeonFinish(a, block);
        finish.Store(0, d, s0);
        finish.Store(1, d + pitch, s1);
        finish.Store(2, d + 2 * pitch, s2);
        finish.Store(3, d + 3 * pitch, s3);
    }

    /// <summary>−z·Σw of a block's four channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Start(Int8ConvArgs* a, int block, out Vector128<int> s0, out Vector128<int> s1, out Vector128<int> s2, out Vector128<int> s3)
    {
        var sums = Vector128.Load(a->Sums + 4 * block) * Vector128.Create(-a->Mapping->ZeroPoint);
        s0 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 0);
        s1 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 1);
        s2 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 2);
        s3 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Two(Vector128<sbyte> x0, Vector128<sbyte> x1, Vector128<sbyte> w, [ConstantExpected(Max = (byte)3)] byte row, ref Vector128<int> s0, ref Vector128<int> s1)
    {
        s0 = Dp.DotProductBySelectedQuadruplet(s0, x0, w, row);
        s1 = Dp.DotProductBySelectedQuadruplet(s1, x1, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Four(
        Vector128<sbyte> x0, Vector128<sbyte> x1, Vector128<sbyte> x2, Vector128<sbyte> x3, Vector128<sbyte> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3)
    {
        Two(x0, x1, w, row, ref s0, ref s1);
        Two(x2, x3, w, row, ref s2, ref s3);
    }

    /// <summary>clamp(s_x·s[o]·sum + b[o]) of a block's four channels, and where it goes: its constants stay in registers while results are stored.</summary>
    readonly struct NeonFinish(Int8ConvArgs* a, int block)
    {
        readonly Vector128<float> _scales = Vector128.Load(a->Scales + 4 * block) * Vector128.Create(a->Mapping->Scale), _bias = Vector128.Load(a->Bias + 4 * block);
        readonly Vector128<float> _lo = Vector128.Create(a->Lo), _hi = Vector128.Create(a->Hi);
        readonly bool _pairs = a->Pool == 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3, Vector128<int> s4, Vector128<int> s5)
        {
            Store(row, d, s0, s1, s2, s3);
            Store(row, d + (_pairs ? 8 : 16), s4, s5);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
        {
            if (_pairs)
            {
                Put(row, d, AdvSimd.Arm64.MaxPairwise(s0, s1), AdvSimd.Arm64.MaxPairwise(s2, s3));
                return;
            }
            Put(row, d, s0, s1);
            Put(row, d + 8, s2, s3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1)
        {
            if (_pairs) Value(row, AdvSimd.Arm64.MaxPairwise(s0, s1)).Store(d);
            else Put(row, d, s0, s1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0) => Value(row, _pairs ? AdvSimd.Arm64.MaxPairwise(s0, s0) : s0).Store(d);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Put([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1)
        {
            // Neighbouring stores become STP.
            Vector128<float> y0 = Value(row, s0), y1 = Value(row, s1);
            y0.Store(d);
            y1.Store(d + 4);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<float> Value([ConstantExpected(Max = (byte)3)] byte row, Vector128<int> sum)
        {
            var y = AdvSimd.MultiplyBySelectedScalar(Vector128.ConvertToSingle(sum), _scales, row) + AdvSimd.DuplicateSelectedScalarToVector128(_bias, row);
            return AdvSimd.Min(_hi, AdvSimd.Max(_lo, y));
        }
    }
}
