using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Conv
{
    /// <summary>
    /// Four channels by six, four, two or one vectors of time: up to 24 sums, six registers of inputs and one of weights, whose quadruples the sums
    /// are multiplied by (SDOT by element). Runs of five or six outputs, which leave lanes of time empty, have channels on the lanes instead.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonDot(Int8ConvArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int r = 0; r < a->RunCount; r++)
                {
                    ConvRun run = a->Runs[r];
                    int* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup + run.X;
                    float* y = a->Y + ((nint)n * a->Groups + g) * a->Rows * a->Plane + run.Y / a->Pool;
                    int block = 0, blocks = (a->Rows + 3) / 4;
                    if (run.Count is 5 or 6)
                        for (; 4 * block + 16 <= a->Rows; block += 4) DotSixSteps(a, g * blocks + block, x, y + 4 * (nint)block * a->Plane, run.Count / a->Pool);
                    if (block < blocks) NeonBlocks(a, g, block, run, x, y, &DotTiles);
                }
    }

    /// <summary>Vectors of time of neighbouring blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotTiles(Int8ConvArgs* a, int block, int blocks, int* x, float* d, nint pitch, int vectors)
    {
        int shift = a->Pool == 2 ? 1 : 0;
        int sixes = Math.Max(0, vectors / 6 - (vectors % 6 is 1 or 2 ? 1 : 0)); // one or two left over go into fours
        if (sixes > 0)
        {
            DotBy6(a, block, blocks, x, d, pitch, sixes);
            vectors -= 6 * sixes;
            x += 24 * sixes;
            d += 24 * sixes >> shift;
        }
        for (; vectors >= 4; vectors -= 4, x += 16, d += 16 >> shift) DotBy4(a, block, blocks, x, d, pitch);
        for (; vectors >= 2; vectors -= 2, x += 8, d += 8 >> shift) DotBy2(a, block, blocks, x, d, pitch);
        if (vectors > 0) DotBy1(a, block, blocks, x, d, pitch);
    }

    /// <summary>Neighbouring tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotBy6(Int8ConvArgs* a, int block, int blocks, int* x, float* d, nint pitch, int tiles)
    {
        for (int last = block + blocks; block < last; block++, d += 4 * pitch)
        {
            Start(a, block, out var z0, out var z1, out var z2, out var z3);
            var finish = new NeonFinish(a, block);
            int* weights = a->W + (nint)block * a->Taps * 4, from = x;
            float* to = d;
            for (int tile = 0; tile < tiles; tile++, from += 24, to += finish.Pairs ? 12 : 24)
            {
                Vector128<int> s00 = z0, s10 = z1, s20 = z2, s30 = z3;
                Vector128<int> s01 = s00, s02 = s00, s03 = s00, s04 = s00, s05 = s00;
                Vector128<int> s11 = s10, s12 = s10, s13 = s10, s14 = s10, s15 = s10;
                Vector128<int> s21 = s20, s22 = s20, s23 = s20, s24 = s20, s25 = s20;
                Vector128<int> s31 = s30, s32 = s30, s33 = s30, s34 = s30, s35 = s30;
                nint* offset = a->Offsets, end = offset + a->Taps;
                int* w = weights;
                for (nint* pairs = offset + (a->Taps & ~1); offset < pairs; offset += 2, w += 8)
                {
                    sbyte* p = (sbyte*)(from + offset[0]), q = (sbyte*)(from + offset[1]);
                    Vector128<sbyte> v = Vector128.Load(w).AsSByte(), u = Vector128.Load(w + 4).AsSByte();
                    Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), x2 = Vector128.Load(p + 32), x3 = Vector128.Load(p + 48);
                    Vector128<sbyte> x4 = Vector128.Load(p + 64), x5 = Vector128.Load(p + 80);
                    Six(x0, x1, x2, x3, x4, x5, v, 0, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
                    Six(x0, x1, x2, x3, x4, x5, v, 1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
                    Six(x0, x1, x2, x3, x4, x5, v, 2, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
                    Six(x0, x1, x2, x3, x4, x5, v, 3, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
                    (x0, x1, x2, x3) = (Vector128.Load(q), Vector128.Load(q + 16), Vector128.Load(q + 32), Vector128.Load(q + 48));
                    (x4, x5) = (Vector128.Load(q + 64), Vector128.Load(q + 80));
                    Six(x0, x1, x2, x3, x4, x5, u, 0, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
                    Six(x0, x1, x2, x3, x4, x5, u, 1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
                    Six(x0, x1, x2, x3, x4, x5, u, 2, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
                    Six(x0, x1, x2, x3, x4, x5, u, 3, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
                }
                if (offset < end)
                {
                    sbyte* p = (sbyte*)(from + *offset);
                    var v = Vector128.Load(w).AsSByte();
                    Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), x2 = Vector128.Load(p + 32), x3 = Vector128.Load(p + 48);
                    Vector128<sbyte> x4 = Vector128.Load(p + 64), x5 = Vector128.Load(p + 80);
                    Six(x0, x1, x2, x3, x4, x5, v, 0, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
                    Six(x0, x1, x2, x3, x4, x5, v, 1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
                    Six(x0, x1, x2, x3, x4, x5, v, 2, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
                    Six(x0, x1, x2, x3, x4, x5, v, 3, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
                }
                float* to1 = to + pitch, to2 = to1 + pitch, to3 = to2 + pitch;
                if (finish.Pairs)
                {
                    finish.StorePooled(0, to, s00, s01, s02, s03, s04, s05);
                    finish.StorePooled(1, to1, s10, s11, s12, s13, s14, s15);
                    finish.StorePooled(2, to2, s20, s21, s22, s23, s24, s25);
                    finish.StorePooled(3, to3, s30, s31, s32, s33, s34, s35);
                    continue;
                }
                finish.Store(0, to, s00, s01, s02, s03);
                finish.Store(0, to + 16, s04, s05);
                finish.Store(1, to1, s10, s11, s12, s13);
                finish.Store(1, to1 + 16, s14, s15);
                finish.Store(2, to2, s20, s21, s22, s23);
                finish.Store(2, to2 + 16, s24, s25);
                finish.Store(3, to3, s30, s31, s32, s33);
                finish.Store(3, to3 + 16, s34, s35);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotBy4(Int8ConvArgs* a, int block, int blocks, int* x, float* d, nint pitch)
    {
        for (int last = block + blocks; block < last; block++, d += 4 * pitch)
        {
            int* w = a->W + (nint)block * a->Taps * 4;
            Start(a, block, out var s00, out var s10, out var s20, out var s30);
            Vector128<int> s01 = s00, s02 = s00, s03 = s00;
            Vector128<int> s11 = s10, s12 = s10, s13 = s10;
            Vector128<int> s21 = s20, s22 = s20, s23 = s20;
            Vector128<int> s31 = s30, s32 = s30, s33 = s30;
            nint* offset = a->Offsets, end = offset + a->Taps;
            for (nint* pairs = offset + (a->Taps & ~1); offset < pairs; offset += 2, w += 8)
            {
                sbyte* p = (sbyte*)(x + offset[0]), q = (sbyte*)(x + offset[1]);
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
                sbyte* p = (sbyte*)(x + *offset);
                var v = Vector128.Load(w).AsSByte();
                Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), x2 = Vector128.Load(p + 32), x3 = Vector128.Load(p + 48);
                Four(x0, x1, x2, x3, v, 0, ref s00, ref s01, ref s02, ref s03);
                Four(x0, x1, x2, x3, v, 1, ref s10, ref s11, ref s12, ref s13);
                Four(x0, x1, x2, x3, v, 2, ref s20, ref s21, ref s22, ref s23);
                Four(x0, x1, x2, x3, v, 3, ref s30, ref s31, ref s32, ref s33);
            }
            var finish = new NeonFinish(a, block);
            float* d1 = d + pitch, d2 = d1 + pitch, d3 = d2 + pitch;
            if (finish.Pairs)
            {
                finish.StorePooled(0, d, s00, s01, s02, s03);
                finish.StorePooled(1, d1, s10, s11, s12, s13);
                finish.StorePooled(2, d2, s20, s21, s22, s23);
                finish.StorePooled(3, d3, s30, s31, s32, s33);
                continue;
            }
            finish.Store(0, d, s00, s01, s02, s03);
            finish.Store(1, d1, s10, s11, s12, s13);
            finish.Store(2, d2, s20, s21, s22, s23);
            finish.Store(3, d3, s30, s31, s32, s33);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotBy2(Int8ConvArgs* a, int block, int blocks, int* x, float* d, nint pitch)
    {
        for (int last = block + blocks; block < last; block++, d += 4 * pitch)
        {
            int* w = a->W + (nint)block * a->Taps * 4;
            Start(a, block, out var s00, out var s10, out var s20, out var s30);
            Vector128<int> s01 = s00;
            Vector128<int> s11 = s10;
            Vector128<int> s21 = s20;
            Vector128<int> s31 = s30;
            nint* offset = a->Offsets, end = offset + a->Taps;
            for (nint* pairs = offset + (a->Taps & ~1); offset < pairs; offset += 2, w += 8)
            {
                sbyte* p = (sbyte*)(x + offset[0]), q = (sbyte*)(x + offset[1]);
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
                sbyte* p = (sbyte*)(x + *offset);
                var v = Vector128.Load(w).AsSByte();
                Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16);
                Two(x0, x1, v, 0, ref s00, ref s01);
                Two(x0, x1, v, 1, ref s10, ref s11);
                Two(x0, x1, v, 2, ref s20, ref s21);
                Two(x0, x1, v, 3, ref s30, ref s31);
            }
            var finish = new NeonFinish(a, block);
            finish.StoreBlock(d, pitch, s00, s01, s10, s11, s20, s21, s30, s31);
        }
    }

    /// <summary>The last of an odd number of vectors, on its way to scratch: where pairs are pooled, the upper half of what is stored is to spare.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotBy1(Int8ConvArgs* a, int block, int blocks, int* x, float* d, nint pitch)
    {
        int* w = a->W + (nint)block * a->Taps * 4;
        for (int last = block + blocks; block < last; block++, d += 4 * pitch)
        {
            Start(a, block, out var s0, out var s1, out var s2, out var s3);
            for (nint* offset = a->Offsets, end = offset + a->Taps; offset < end; offset++, w += 4)
            {
                Vector128<sbyte> x0 = Vector128.Load(x + *offset).AsSByte(), v = Vector128.Load(w).AsSByte();
                s0 = Dp.DotProductBySelectedQuadruplet(s0, x0, v, 0);
                s1 = Dp.DotProductBySelectedQuadruplet(s1, x0, v, 1);
                s2 = Dp.DotProductBySelectedQuadruplet(s2, x0, v, 2);
                s3 = Dp.DotProductBySelectedQuadruplet(s3, x0, v, 3);
            }
            var finish = new NeonFinish(a, block);
            finish.StoreBlock(d, pitch, s0, s1, s2, s3);
        }
    }

    /// <summary>
    /// Up to six outputs of sixteen channels, which are the lanes: s&lt;block&gt;&lt;step&gt;. A tap's inputs are quadruples of two registers, each of which all sixteen
    /// channels' weights are multiplied by. <paramref name="outputs"/> are left after pooling.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotSixSteps(Int8ConvArgs* a, int block, int* x, float* y, int outputs)
    {
        int* sums = a->Sums + 4 * (nint)block;
        var z = Vector128.Create(a->SumFactor);
        Vector128<int> s00 = Vector128.Load(sums) * z, s10 = Vector128.Load(sums + 4) * z, s20 = Vector128.Load(sums + 8) * z, s30 = Vector128.Load(sums + 12) * z;
        Vector128<int> s01 = s00, s02 = s00, s03 = s00, s04 = s00, s05 = s00;
        Vector128<int> s11 = s10, s12 = s10, s13 = s10, s14 = s10, s15 = s10;
        Vector128<int> s21 = s20, s22 = s20, s23 = s20, s24 = s20, s25 = s20;
        Vector128<int> s31 = s30, s32 = s30, s33 = s30, s34 = s30, s35 = s30;
        nint* offset = a->Offsets, end = offset + a->Taps;
        nint step = 16 * (nint)a->Taps;
        sbyte* w0 = (sbyte*)(a->W + (nint)block * a->Taps * 4), w1 = w0 + step, w2 = w1 + step, w3 = w2 + step;
        for (nint* pairs = offset + (a->Taps & ~1); offset < pairs; offset += 2, w0 += 32, w1 += 32, w2 += 32, w3 += 32)
        {
            sbyte* p = (sbyte*)(x + offset[0]), q = (sbyte*)(x + offset[1]);
            Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16), y0 = Vector128.Load(q), y1 = Vector128.Load(q + 16);
            Vector128<sbyte> v = Vector128.Load(w0), u = Vector128.Load(w0 + 16);
            SixSteps(v, x0, x1, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
            SixSteps(u, y0, y1, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
            (v, u) = (Vector128.Load(w1), Vector128.Load(w1 + 16));
            SixSteps(v, x0, x1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
            SixSteps(u, y0, y1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
            (v, u) = (Vector128.Load(w2), Vector128.Load(w2 + 16));
            SixSteps(v, x0, x1, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
            SixSteps(u, y0, y1, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
            (v, u) = (Vector128.Load(w3), Vector128.Load(w3 + 16));
            SixSteps(v, x0, x1, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
            SixSteps(u, y0, y1, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
        }
        if (offset < end)
        {
            sbyte* p = (sbyte*)(x + *offset);
            Vector128<sbyte> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 16);
            SixSteps(Vector128.Load(w0), x0, x1, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
            SixSteps(Vector128.Load(w1), x0, x1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
            SixSteps(Vector128.Load(w2), x0, x1, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
            SixSteps(Vector128.Load(w3), x0, x1, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
        }
        int* t = (int*)a->Scratch;
        StoreSums(t, s00, s01, s02, s03, s04, s05);
        StoreSums(t + 24, s10, s11, s12, s13, s14, s15);
        StoreSums(t + 48, s20, s21, s22, s23, s24, s25);
        StoreSums(t + 72, s30, s31, s32, s33, s34, s35);
        nint plane = a->Plane;
        for (int b = 0; b < 4; b++, t += 24, y += 4 * plane)
        {
            var finish = new NeonFinish(a, block + b);
            int* window = t;
            for (int i = 0; i < outputs; i++)
            {
                var most = Vector128.Load(window);
                window += 4;
                for (int* past = window + 4 * (a->Pool - 1); window < past; window += 4) most = AdvSimd.Max(most, Vector128.Load(window));
                finish.StoreStep(y + i, plane, most);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void SixSteps(
        Vector128<sbyte> w, Vector128<sbyte> x0, Vector128<sbyte> x1, ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3, ref Vector128<int> s4, ref Vector128<int> s5)
    {
        s0 = Dp.DotProductBySelectedQuadruplet(s0, w, x0, 0);
        s1 = Dp.DotProductBySelectedQuadruplet(s1, w, x0, 1);
        s2 = Dp.DotProductBySelectedQuadruplet(s2, w, x0, 2);
        s3 = Dp.DotProductBySelectedQuadruplet(s3, w, x0, 3);
        s4 = Dp.DotProductBySelectedQuadruplet(s4, w, x1, 0);
        s5 = Dp.DotProductBySelectedQuadruplet(s5, w, x1, 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreSums(int* t, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3, Vector128<int> s4, Vector128<int> s5)
    {
        s0.Store(t);
        s1.Store(t + 4);
        s2.Store(t + 8);
        s3.Store(t + 12);
        s4.Store(t + 16);
        s5.Store(t + 20);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Six(
        Vector128<sbyte> x0, Vector128<sbyte> x1, Vector128<sbyte> x2, Vector128<sbyte> x3, Vector128<sbyte> x4, Vector128<sbyte> x5, Vector128<sbyte> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3, ref Vector128<int> s4, ref Vector128<int> s5)
    {
        Four(x0, x1, x2, x3, w, row, ref s0, ref s1, ref s2, ref s3);
        Two(x4, x5, w, row, ref s4, ref s5);
    }
}
