using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class ConvTime
{
    /// <summary>Channels of a panel, as the weights are packed; a tile has half of them.</summary>
    const int NeonPanel = 8, NeonRows = 4;

    /// <summary>
    /// Four channels × six, four, two or one neighbouring vectors of time: up to 24 sums, six registers of inputs (LDP) and one of weights, which the sums are
    /// multiplied by lane by lane (FMLA by element). With a pool, three vectors of each of two outputs that become one. The bias is added at the end; pairs are
    /// pooled before that, which changes nothing: rounding keeps order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Neon(ConvTimeArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int first = 0, slots; first < a->SlotCount; first += slots)
                {
                    // Those that follow each other in the input and in the output; all but the last are whole vectors then.
                    ConvSlot* slot = a->Slots + first, next = slot + 1;
                    for (ConvSlot* end = a->Slots + a->SlotCount; next < end && next->X == next[-1].X + 4 && next->Y == next[-1].Y + 4;) next++;
                    slots = (int)(next - slot);
                    float* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup + slot->X, y = a->Y + (nint)(n * a->Groups + g) * a->Rows * a->Plane + slot->Y;
                    int outputs = 4 * (slots - 1) + next[-1].Count, room = a->Plane - slot->Y;
                    // In segments of equal tiles. A last tile of pooled vectors begins where it ends with the run, those before overlap it.
                    for (int at = 0; at < slots;)
                    {
                        int left = slots - at, vectors = a->Pool > 1 ? slots >= 3 ? 3 : 1 : left is 6 or >= 8 ? 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
                        if (left < vectors) at -= vectors - left;
                        int tiles = vectors == 6 ? left == 6 ? 1 : (left - 2) / 6 : vectors == 3 ? Math.Max(1, left / 3) : 1;
                        // What is written beyond the outputs, inside the plane, is overwritten by what comes after.
                        if (4 * (at + vectors * tiles) > room) tiles = Math.Max(1, tiles - 1);
                        NeonSegment(a, g, x + 4 * at, y + 4 * at, vectors, tiles, 4 * (at + vectors * tiles) <= room, outputs - 4 * at);
                        at += vectors * tiles;
                    }
                }
    }

    /// <summary>All channels of a segment: <paramref name="tiles"/> of <paramref name="vectors"/> each, of which the first outputs are wanted; one tile where that is not all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonSegment(ConvTimeArgs* a, int group, float* x, float* y, int vectors, int tiles, bool fits, int outputs)
    {
        int first = group * ((a->Rows + NeonPanel - 1) / NeonPanel) * NeonPanel, taps = a->Taps;
        bool isRun = TapRun.Fits(a->Offsets, taps), isShared = a->Pool == 2 && a->Offsets[0] == 0 && SharesTaps(a->Offsets, taps), hasUpper = a->Hi < float.PositiveInfinity;
        for (int row = 0; row < a->Rows; row += NeonRows)
        {
            float* w = a->W + (nint)(first + row - row % NeonPanel) * taps + row % NeonPanel, bias = a->Bias + first + row, to = y + (nint)row * a->Plane;
            if (fits && row + NeonRows <= a->Rows)
            {
                NeonTile(a, w, bias, x, to, a->Plane, vectors, tiles, isRun, isShared, hasUpper);
                continue;
            }
            for (int t = 0; t < tiles; t++)
            {
                NeonTile(a, w, bias, x + 4 * vectors * t, a->Scratch, 4 * vectors, vectors, 1, isRun, isShared, hasUpper);
                for (int r = 0; r < Math.Min(NeonRows, a->Rows - row); r++)
                    for (int i = 0, count = Math.Min(4 * vectors, outputs - 4 * vectors * t); i < count; i += 4)
                        Lanes4.StoreFirst(Lanes4.Load(a->Scratch + r * 4 * vectors + i), to + (nint)r * a->Plane + 4 * vectors * t + i, Math.Min(4, count - i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void NeonTile(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch, int vectors, int tiles, bool isRun, bool isShared, bool hasUpper)
    {
        if (a->Pool == 1)
        {
            if (vectors == 6 && isRun && !hasUpper) NeonBy6<TapRun, LowerBound>(a, w, bias, x, d, pitch, tiles);
            else if (vectors == 6 && !hasUpper) NeonBy6<TapTable, LowerBound>(a, w, bias, x, d, pitch, tiles);
            else if (vectors == 6) NeonBy6<TapTable, BothBounds>(a, w, bias, x, d, pitch, tiles);
            else if (vectors == 4) NeonBy4(a, w, bias, x, d, pitch);
            else if (vectors == 2) NeonBy2(a, w, bias, x, d, pitch);
            else NeonBy1(a, w, bias, x, d, pitch);
            return;
        }
        if (vectors == 3 && isShared)
        {
            if (hasUpper) PooledSharedBy3<BothBounds>(a, w, bias, x, d, pitch, tiles);
            else PooledSharedBy3<LowerBound>(a, w, bias, x, d, pitch, tiles);
            return;
        }
        // The last of an odd number of outputs is computed twice over.
        for (int i = 0; i < a->Pool; i += 2)
        {
            int* early = a->Offsets + i * a->Taps, late = early + (i + 1 < a->Pool ? a->Taps : 0);
            if (vectors == 3) PooledBy3(a, w, bias, x, early, late, d, pitch, tiles, i > 0);
            else PooledBy1(a, w, bias, x, early, late, d, pitch, i > 0);
        }
    }

    /// <summary>Whether each tap of the second output reads what the next tap of the first does, as with one channel and stride 1.</summary>
    static bool SharesTaps(int* offsets, int taps)
    {
        for (int t = 1; t < taps; t++)
            if (offsets[t] != offsets[taps + t - 1]) return false;
        return true;
    }

    /// <summary>Whether taps lie side by side in the input, as those of one channel do, so that none is looked up.</summary>
    interface ITaps
    {
        static abstract bool IsRun { get; }
    }

    readonly struct TapRun : ITaps
    {
        public static bool IsRun => true;

        /// <summary>Whether these taps do.</summary>
        public static bool Fits(int* offsets, int taps)
        {
            for (int t = 0; t < taps; t++)
                if (offsets[t] != t) return false;
            return true;
        }
    }

    readonly struct TapTable : ITaps
    {
        public static bool IsRun => false;
    }

    /// <summary>Whether results have an upper bound; after ReLU they have none.</summary>
    interface IBounds
    {
        static abstract bool HasUpper { get; }
    }

    readonly struct LowerBound : IBounds
    {
        public static bool HasUpper => false;
    }

    readonly struct BothBounds : IBounds
    {
        public static bool HasUpper => true;
    }

    /// <summary>Neighbouring tiles; the first tap's products start the sums.</summary>
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
            var v = Vector128.Load(w);
            Vector128<float> x0 = Vector128.Load(p), x1 = Vector128.Load(p + 4), x2 = Vector128.Load(p + 8), x3 = Vector128.Load(p + 12), x4 = Vector128.Load(p + 16), x5 = Vector128.Load(p + 20);
            First(x0, x1, x2, x3, x4, x5, v, 0, out var s00, out var s01, out var s02, out var s03, out var s04, out var s05);
            First(x0, x1, x2, x3, x4, x5, v, 1, out var s10, out var s11, out var s12, out var s13, out var s14, out var s15);
            First(x0, x1, x2, x3, x4, x5, v, 2, out var s20, out var s21, out var s22, out var s23, out var s24, out var s25);
            First(x0, x1, x2, x3, x4, x5, v, 3, out var s30, out var s31, out var s32, out var s33, out var s34, out var s35);
            offset++;
            w += NeonPanel;
            for (int* even = end - 1; offset < even; offset += 2, w += 2 * NeonPanel)
            {
                p = T.IsRun ? p + 1 : x + (nuint)(uint)offset[0];
                q = T.IsRun ? p + 1 : x + (nuint)(uint)offset[1];
                v = Vector128.Load(w);
                (x0, x1, x2, x3) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8), Vector128.Load(p + 12));
                (x4, x5) = (Vector128.Load(p + 16), Vector128.Load(p + 20));
                Six(x0, x1, x2, x3, x4, x5, v, 0, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
                Six(x0, x1, x2, x3, x4, x5, v, 1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
                Six(x0, x1, x2, x3, x4, x5, v, 2, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
                Six(x0, x1, x2, x3, x4, x5, v, 3, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
                v = Vector128.Load(w + NeonPanel);
                (x0, x1, x2, x3) = (Vector128.Load(q), Vector128.Load(q + 4), Vector128.Load(q + 8), Vector128.Load(q + 12));
                (x4, x5) = (Vector128.Load(q + 16), Vector128.Load(q + 20));
                if (T.IsRun) p++;
                Six(x0, x1, x2, x3, x4, x5, v, 0, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
                Six(x0, x1, x2, x3, x4, x5, v, 1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
                Six(x0, x1, x2, x3, x4, x5, v, 2, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
                Six(x0, x1, x2, x3, x4, x5, v, 3, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
            }
            if (offset < end)
            {
                p = T.IsRun ? p + 1 : x + (nuint)(uint)*offset;
                v = Vector128.Load(w);
                (x0, x1, x2, x3) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8), Vector128.Load(p + 12));
                (x4, x5) = (Vector128.Load(p + 16), Vector128.Load(p + 20));
                Six(x0, x1, x2, x3, x4, x5, v, 0, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
                Six(x0, x1, x2, x3, x4, x5, v, 1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
                Six(x0, x1, x2, x3, x4, x5, v, 2, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
                Six(x0, x1, x2, x3, x4, x5, v, 3, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
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
            Four(x0, x1, x2, x3, v, 0, ref s00, ref s01, ref s02, ref s03);
            Four(x0, x1, x2, x3, v, 1, ref s10, ref s11, ref s12, ref s13);
            Four(x0, x1, x2, x3, v, 2, ref s20, ref s21, ref s22, ref s23);
            Four(x0, x1, x2, x3, v, 3, ref s30, ref s31, ref s32, ref s33);
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
            Two(x0, x1, v, 0, ref s00, ref s01);
            Two(x0, x1, v, 1, ref s10, ref s11);
            Two(x0, x1, v, 2, ref s20, ref s21);
            Two(x0, x1, v, 3, ref s30, ref s31);
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

    /// <summary>Neighbouring tiles of three vectors of two outputs each, s and t.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PooledBy3(ConvTimeArgs* a, float* w, float* bias, float* x, int* early, int* late, float* d, nint pitch, int tiles, bool more)
    {
        var finish = new NeonFinish<BothBounds>(a, bias);
        int taps = a->Taps;
        for (; tiles > 0; tiles--, x += 12, d += 12)
        {
            Vector128<float> s00, s01, s02, s10, s11, s12, s20, s21, s22, s30, s31, s32, t00, t01, t02, t10, t11, t12, t20, t21, t22, t30, t31, t32;
            s00 = s01 = s02 = s10 = s11 = s12 = s20 = s21 = s22 = s30 = s31 = s32 = Vector128<float>.Zero;
            t00 = t01 = t02 = t10 = t11 = t12 = t20 = t21 = t22 = t30 = t31 = t32 = Vector128<float>.Zero;
            float* weights = w;
            for (int tap = 0; tap < taps; tap++, weights += NeonPanel)
            {
                float* p = x + (nuint)(uint)early[tap], q = x + (nuint)(uint)late[tap];
                Vector128<float> v = Vector128.Load(weights), x0 = Vector128.Load(p), x1 = Vector128.Load(p + 4), x2 = Vector128.Load(p + 8);
                Three(x0, x1, x2, v, 0, ref s00, ref s01, ref s02);
                Three(x0, x1, x2, v, 1, ref s10, ref s11, ref s12);
                Three(x0, x1, x2, v, 2, ref s20, ref s21, ref s22);
                Three(x0, x1, x2, v, 3, ref s30, ref s31, ref s32);
                (x0, x1, x2) = (Vector128.Load(q), Vector128.Load(q + 4), Vector128.Load(q + 8));
                Three(x0, x1, x2, v, 0, ref t00, ref t01, ref t02);
                Three(x0, x1, x2, v, 1, ref t10, ref t11, ref t12);
                Three(x0, x1, x2, v, 2, ref t20, ref t21, ref t22);
                Three(x0, x1, x2, v, 3, ref t30, ref t31, ref t32);
            }
            finish.Pool(0, d, s00, s01, s02, t00, t01, t02, more);
            finish.Pool(1, d + pitch, s10, s11, s12, t10, t11, t12, more);
            finish.Pool(2, d + 2 * pitch, s20, s21, s22, t20, t21, t22, more);
            finish.Pool(3, d + 3 * pitch, s30, s31, s32, t30, t31, t32, more);
        }
    }

    /// <summary>As <see cref="PooledBy3"/>, where the second output's taps read what the next taps of the first do: each input is loaded once for both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PooledSharedBy3<B>(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch, int tiles) where B : struct, IBounds
    {
        var finish = new NeonFinish<B>(a, bias);
        int* late = a->Offsets + a->Taps, end = late + a->Taps;
        for (; tiles > 0; tiles--, x += 12, d += 12)
        {
            // What the second output read for a tap is what the first reads for the next.
            float* weights = w, p = x + (nuint)(uint)a->Offsets[0];
            Vector128<float> v = Vector128.Load(weights), x0 = Vector128.Load(p), x1 = Vector128.Load(p + 4), x2 = Vector128.Load(p + 8);
            First(x0, x1, x2, v, 0, out var s00, out var s01, out var s02);
            First(x0, x1, x2, v, 1, out var s10, out var s11, out var s12);
            First(x0, x1, x2, v, 2, out var s20, out var s21, out var s22);
            First(x0, x1, x2, v, 3, out var s30, out var s31, out var s32);
            p = x + (nuint)(uint)late[0];
            (x0, x1, x2) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8));
            First(x0, x1, x2, v, 0, out var t00, out var t01, out var t02);
            First(x0, x1, x2, v, 1, out var t10, out var t11, out var t12);
            First(x0, x1, x2, v, 2, out var t20, out var t21, out var t22);
            First(x0, x1, x2, v, 3, out var t30, out var t31, out var t32);
            int* offset = late + 1;
            weights += NeonPanel;
            for (int* pairs = end - 1; offset < pairs; offset += 2, weights += 2 * NeonPanel)
            {
                v = Vector128.Load(weights);
                Three(x0, x1, x2, v, 0, ref s00, ref s01, ref s02);
                Three(x0, x1, x2, v, 1, ref s10, ref s11, ref s12);
                Three(x0, x1, x2, v, 2, ref s20, ref s21, ref s22);
                Three(x0, x1, x2, v, 3, ref s30, ref s31, ref s32);
                p = x + (nuint)(uint)offset[0];
                (x0, x1, x2) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8));
                Three(x0, x1, x2, v, 0, ref t00, ref t01, ref t02);
                Three(x0, x1, x2, v, 1, ref t10, ref t11, ref t12);
                Three(x0, x1, x2, v, 2, ref t20, ref t21, ref t22);
                Three(x0, x1, x2, v, 3, ref t30, ref t31, ref t32);
                v = Vector128.Load(weights + NeonPanel);
                Three(x0, x1, x2, v, 0, ref s00, ref s01, ref s02);
                Three(x0, x1, x2, v, 1, ref s10, ref s11, ref s12);
                Three(x0, x1, x2, v, 2, ref s20, ref s21, ref s22);
                Three(x0, x1, x2, v, 3, ref s30, ref s31, ref s32);
                p = x + (nuint)(uint)offset[1];
                (x0, x1, x2) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8));
                Three(x0, x1, x2, v, 0, ref t00, ref t01, ref t02);
                Three(x0, x1, x2, v, 1, ref t10, ref t11, ref t12);
                Three(x0, x1, x2, v, 2, ref t20, ref t21, ref t22);
                Three(x0, x1, x2, v, 3, ref t30, ref t31, ref t32);
            }
            if (offset < end)
            {
                v = Vector128.Load(weights);
                Three(x0, x1, x2, v, 0, ref s00, ref s01, ref s02);
                Three(x0, x1, x2, v, 1, ref s10, ref s11, ref s12);
                Three(x0, x1, x2, v, 2, ref s20, ref s21, ref s22);
                Three(x0, x1, x2, v, 3, ref s30, ref s31, ref s32);
                p = x + (nuint)(uint)*offset;
                (x0, x1, x2) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8));
                Three(x0, x1, x2, v, 0, ref t00, ref t01, ref t02);
                Three(x0, x1, x2, v, 1, ref t10, ref t11, ref t12);
                Three(x0, x1, x2, v, 2, ref t20, ref t21, ref t22);
                Three(x0, x1, x2, v, 3, ref t30, ref t31, ref t32);
            }
            finish.Pool(0, d, s00, s01, s02, t00, t01, t02, false);
            finish.Pool(1, d + pitch, s10, s11, s12, t10, t11, t12, false);
            finish.Pool(2, d + 2 * pitch, s20, s21, s22, t20, t21, t22, false);
            finish.Pool(3, d + 3 * pitch, s30, s31, s32, t30, t31, t32, false);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PooledBy1(ConvTimeArgs* a, float* w, float* bias, float* x, int* early, int* late, float* d, nint pitch, bool more)
    {
        Vector128<float> s0, s1, s2, s3, t0, t1, t2, t3;
        s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = Vector128<float>.Zero;
        for (int tap = 0; tap < a->Taps; tap++, w += NeonPanel)
        {
            Vector128<float> v = Vector128.Load(w), x0 = Vector128.Load(x + (nuint)(uint)early[tap]), x1 = Vector128.Load(x + (nuint)(uint)late[tap]);
            Two(x0, x1, v, 0, ref s0, ref t0);
            Two(x0, x1, v, 1, ref s1, ref t1);
            Two(x0, x1, v, 2, ref s2, ref t2);
            Two(x0, x1, v, 3, ref s3, ref t3);
        }
        var finish = new NeonFinish<BothBounds>(a, bias);
        finish.Pool(0, d, s0, t0, more);
        finish.Pool(1, d + pitch, s1, t1, more);
        finish.Pool(2, d + 2 * pitch, s2, t2, more);
        finish.Pool(3, d + 3 * pitch, s3, t3, more);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Three(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2)
    {
        Two(x0, x1, w, row, ref s0, ref s1);
        s2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s2, x2, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void First(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row,
        out Vector128<float> s0, out Vector128<float> s1, out Vector128<float> s2)
    {
        s0 = AdvSimd.MultiplyBySelectedScalar(x0, w, row);
        s1 = AdvSimd.MultiplyBySelectedScalar(x1, w, row);
        s2 = AdvSimd.MultiplyBySelectedScalar(x2, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Two(Vector128<float> x0, Vector128<float> x1, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row, ref Vector128<float> s0, ref Vector128<float> s1)
    {
        s0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s0, x0, w, row);
        s1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s1, x1, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Four(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2, ref Vector128<float> s3)
    {
        Two(x0, x1, w, row, ref s0, ref s1);
        Two(x2, x3, w, row, ref s2, ref s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Six(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> x4, Vector128<float> x5, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2, ref Vector128<float> s3, ref Vector128<float> s4, ref Vector128<float> s5)
    {
        Four(x0, x1, x2, x3, w, row, ref s0, ref s1, ref s2, ref s3);
        Two(x4, x5, w, row, ref s4, ref s5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void First(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> x4, Vector128<float> x5, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row,
        out Vector128<float> s0, out Vector128<float> s1, out Vector128<float> s2, out Vector128<float> s3, out Vector128<float> s4, out Vector128<float> s5)
    {
        s0 = AdvSimd.MultiplyBySelectedScalar(x0, w, row);
        s1 = AdvSimd.MultiplyBySelectedScalar(x1, w, row);
        s2 = AdvSimd.MultiplyBySelectedScalar(x2, w, row);
        s3 = AdvSimd.MultiplyBySelectedScalar(x3, w, row);
        s4 = AdvSimd.MultiplyBySelectedScalar(x4, w, row);
        s5 = AdvSimd.MultiplyBySelectedScalar(x5, w, row);
    }

    /// <summary>clamp(sum + b[o]) of four channels, pairs of sums pooled first or not: constants stay in registers while results are stored.</summary>
    readonly struct NeonFinish<B>(ConvTimeArgs* a, float* bias) where B : struct, IBounds
    {
        readonly Vector128<float> _bias = Vector128.Load(bias), _lo = Vector128.Create(a->Lo), _hi = Vector128.Create(a->Hi);

        /// <summary>The greater of two outputs each, and of what is there if there is <paramref name="more"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Pool(
            [ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> t0, Vector128<float> t1, Vector128<float> t2, bool more)
        {
            Vector128<float> y0 = Value(row, AdvSimd.Max(s0, t0)), y1 = Value(row, AdvSimd.Max(s1, t1)), y2 = Value(row, AdvSimd.Max(s2, t2));
            if (more) (y0, y1, y2) = (AdvSimd.Max(y0, Vector128.Load(d)), AdvSimd.Max(y1, Vector128.Load(d + 4)), AdvSimd.Max(y2, Vector128.Load(d + 8)));
            y0.Store(d);
            y1.Store(d + 4);
            y2.Store(d + 8);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Pool([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s, Vector128<float> t, bool more)
        {
            var y = Value(row, AdvSimd.Max(s, t));
            (more ? AdvSimd.Max(y, Vector128.Load(d)) : y).Store(d);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(
            [ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> s3, Vector128<float> s4, Vector128<float> s5)
        {
            Store(row, d, s0, s1, s2, s3);
            Store(row, d + 16, s4, s5);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> s3)
        {
            Store(row, d, s0, s1);
            Store(row, d + 8, s2, s3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0, Vector128<float> s1)
        {
            // Neighbouring stores become STP.
            Vector128<float> y0 = Value(row, s0), y1 = Value(row, s1);
            y0.Store(d);
            y1.Store(d + 4);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0) => Value(row, s0).Store(d);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<float> Value([ConstantExpected(Max = (byte)3)] byte row, Vector128<float> sum)
        {
            var y = AdvSimd.Max(_lo, sum + AdvSimd.DuplicateSelectedScalarToVector128(_bias, row));
            return B.HasUpper ? AdvSimd.Min(_hi, y) : y;
        }
    }
}
