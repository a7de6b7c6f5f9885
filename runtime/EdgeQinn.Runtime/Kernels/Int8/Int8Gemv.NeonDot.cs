using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Gemv
{
    /// <summary>
    /// Two panels of sixteen rows at a time, then one, or half of one. Sixteen inputs are a register, multiplied quadruple by quadruple (SDOT by element), and the
    /// weights come in pairs (LDP), which makes 0.1 instructions per multiply-add. Four rows of a batch share what is loaded of a panel.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonDot(Int8GemvArgs* a)
    {
        if (a->Mapping == null) DotAll<AppliedMapping>(a);
        else DotAll<OwnMapping>(a);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void DotAll<M>(Int8GemvArgs* a) where M : struct, IMapping
    {
        int panels = a->Rows & ~15, pairs = a->Rows & ~31, n = 0;
        for (; n + 4 <= a->Batch; n += 4)
        {
            if (panels > 0) DotFourInputs<M>(a, n, panels);
            for (int input = n; input < n + 4; input++) DotRest(a, input, panels);
        }
        for (; n < a->Batch; n++)
        {
            if (pairs > 0) DotTwoPanels<M>(a, n, pairs);
            if (pairs < panels) DotPanel(a, n, pairs);
            DotRest(a, n, panels);
        }
    }

    /// <summary>The rows that do not fill a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void DotRest(Int8GemvArgs* a, int n, int i)
    {
        if (a->Rows - i > 8) DotPanel(a, n, i);
        else if (a->Rows > i) DotHalfPanel(a, n, i);
    }

    /// <summary>Whether a mapping is applied already, known when the kernel is compiled: asking costs moves as well.</summary>
    interface IMapping
    {
        static abstract bool IsApplied { get; }
    }

    readonly struct AppliedMapping : IMapping
    {
        public static bool IsApplied => true;
    }

    readonly struct OwnMapping : IMapping
    {
        public static bool IsApplied => false;
    }

    /// <summary>The first rows, a multiple of thirty-two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotTwoPanels<M>(Int8GemvArgs* a, int n, int rows) where M : struct, IMapping
    {
        sbyte* inputs = (sbyte*)(a->X + (nint)n * a->Units), end = inputs + 4 * (nint)a->Units, sixteens = inputs + 4 * (nint)(a->Units & ~15), w = a->W;
        bool eight = (a->Units & 8) != 0;
        var finish = new NeonFinish(a);
        float* y = a->Y + (nint)n * a->Rows;
        nint panel = 64 * (nint)a->Units;
        for (int i = 0; i < rows; i += 32, w += panel)
        {
            sbyte* x = inputs, v = w + panel;
            finish.Start(M.IsApplied, i, out var s0, out var s1, out var s2, out var s3, out var t0, out var t1, out var t2, out var t3);
            for (; x < sixteens; x += 64, w += 16 * 64, v += 16 * 64)
            {
                Vector128<sbyte> x0 = Vector128.Load(x), x1 = Vector128.Load(x + 16), x2 = Vector128.Load(x + 32), x3 = Vector128.Load(x + 48);
                FourUnits(w, v, 0, x0, ref s0, ref s1, ref s2, ref s3, ref t0, ref t1, ref t2, ref t3);
                FourUnits(w, v, 256, x1, ref s0, ref s1, ref s2, ref s3, ref t0, ref t1, ref t2, ref t3);
                FourUnits(w, v, 512, x2, ref s0, ref s1, ref s2, ref s3, ref t0, ref t1, ref t2, ref t3);
                FourUnits(w, v, 768, x3, ref s0, ref s1, ref s2, ref s3, ref t0, ref t1, ref t2, ref t3);
            }
            if (eight)
            {
                Vector128<sbyte> x0 = Vector128.Load(x), x1 = Vector128.Load(x + 16);
                FourUnits(w, v, 0, x0, ref s0, ref s1, ref s2, ref s3, ref t0, ref t1, ref t2, ref t3);
                FourUnits(w, v, 256, x1, ref s0, ref s1, ref s2, ref s3, ref t0, ref t1, ref t2, ref t3);
                x += 32;
                w += 8 * 64;
                v += 8 * 64;
            }
            for (; x < end; x += 4, w += 64, v += 64)
            {
                var x0 = OneUnit(x);
                Unit16(w, 0, x0, 0, ref s0, ref s1, ref s2, ref s3);
                Unit16(v, 0, x0, 0, ref t0, ref t1, ref t2, ref t3);
            }
            finish.Store(M.IsApplied, y + i, i, s0, s1, s2, s3, t0, t1, t2, t3);
        }
    }

    /// <summary>The first rows, a multiple of sixteen, for four neighbours of a batch: s&lt;input&gt;&lt;vector&gt;.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotFourInputs<M>(Int8GemvArgs* a, int n, int rows) where M : struct, IMapping
    {
        nint bytes = 4 * (nint)a->Units, pitch = a->Rows;
        sbyte* inputs = (sbyte*)a->X + n * bytes, end = inputs + bytes, whole = inputs + 4 * (nint)(a->Units & ~7), w = a->W;
        var finish = new NeonFinish(a);
        float* y = a->Y + n * pitch;
        for (int i = 0; i < rows; i += 16, y += 16)
        {
            sbyte* x = inputs, x1 = x + bytes, x2 = x1 + bytes, x3 = x2 + bytes;
            finish.Start(M.IsApplied, i, out var s00, out var s01, out var s02, out var s03);
            Vector128<int> s10 = s00, s11 = s01, s12 = s02, s13 = s03, s20 = s00, s21 = s01, s22 = s02, s23 = s03, s30 = s00, s31 = s01, s32 = s02, s33 = s03;
            for (; x < whole; w += 8 * 64, x += 32, x1 += 32, x2 += 32, x3 += 32)
            {
                Vector128<sbyte> v0 = Vector128.Load(x), u0 = Vector128.Load(x + 16), v1 = Vector128.Load(x1), u1 = Vector128.Load(x1 + 16);
                Vector128<sbyte> v2 = Vector128.Load(x2), u2 = Vector128.Load(x2 + 16), v3 = Vector128.Load(x3), u3 = Vector128.Load(x3 + 16);
                FourInputs(w, 0, v0, v1, v2, v3, 0, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                FourInputs(w, 64, v0, v1, v2, v3, 1, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                FourInputs(w, 128, v0, v1, v2, v3, 2, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                FourInputs(w, 192, v0, v1, v2, v3, 3, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                FourInputs(w, 256, u0, u1, u2, u3, 0, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                FourInputs(w, 320, u0, u1, u2, u3, 1, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                FourInputs(w, 384, u0, u1, u2, u3, 2, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
                FourInputs(w, 448, u0, u1, u2, u3, 3, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
            }
            for (; x < end; w += 64, x += 4, x1 += 4, x2 += 4, x3 += 4)
            {
                Vector128<sbyte> v0 = OneUnit(x), v1 = OneUnit(x1), v2 = OneUnit(x2), v3 = OneUnit(x3);
                FourInputs(w, 0, v0, v1, v2, v3, 0, ref s00, ref s01, ref s02, ref s03, ref s10, ref s11, ref s12, ref s13, ref s20, ref s21, ref s22, ref s23, ref s30, ref s31, ref s32, ref s33);
            }
            finish.Constants(M.IsApplied, finish.Scales + i, finish.Bias + i, out var c0, out var c1, out var c2, out var c3, out var b0, out var b1, out var b2, out var b3);
            finish.StoreTwo(y, pitch, s00, s01, s02, s03, s10, s11, s12, s13, c0, c1, c2, c3, b0, b1, b2, b3);
            finish.StoreTwo(y + 2 * pitch, pitch, s20, s21, s22, s23, s30, s31, s32, s33, c0, c1, c2, c3, b0, b1, b2, b3);
        }
    }

    /// <summary>One panel, or what there is of a last one. Odd units go to sums of their own, to keep eight in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotPanel(Int8GemvArgs* a, int n, int i)
    {
        sbyte* x = (sbyte*)(a->X + (nint)n * a->Units), end = x + 4 * (nint)a->Units, w = a->W + 4 * (nint)a->Units * i;
        var finish = new NeonFinish(a);
        finish.Start(a->Mapping == null, i, out var s0, out var s1, out var s2, out var s3);
        Vector128<int> t0, t1, t2, t3;
        t0 = t1 = t2 = t3 = Vector128<int>.Zero;
        for (sbyte* whole = x + 4 * (nint)(a->Units & ~7); x < whole; x += 32, w += 8 * 64)
        {
            Vector128<sbyte> v = Vector128.Load(x), v1 = Vector128.Load(x + 16);
            Unit16(w, 0, v, 0, ref s0, ref s1, ref s2, ref s3);
            Unit16(w, 64, v, 1, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 128, v, 2, ref s0, ref s1, ref s2, ref s3);
            Unit16(w, 192, v, 3, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 256, v1, 0, ref s0, ref s1, ref s2, ref s3);
            Unit16(w, 320, v1, 1, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 384, v1, 2, ref s0, ref s1, ref s2, ref s3);
            Unit16(w, 448, v1, 3, ref t0, ref t1, ref t2, ref t3);
        }
        for (; x < end; x += 4, w += 64) Unit16(w, 0, OneUnit(x), 0, ref s0, ref s1, ref s2, ref s3);
        finish.StoreFirst(a->Rows - i, a->Y + (nint)n * a->Rows + i, i, s0 + t0, s1 + t1, s2 + t2, s3 + t3);
    }

    /// <summary>The first eight rows of a last panel, in four sums each of which takes every second unit of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotHalfPanel(Int8GemvArgs* a, int n, int i)
    {
        sbyte* x = (sbyte*)(a->X + (nint)n * a->Units), end = x + 4 * (nint)a->Units, w = a->W + 4 * (nint)a->Units * i;
        var finish = new NeonFinish(a);
        finish.Start(a->Mapping == null, i, out var s0, out var s1, out var s2, out var s3);
        Vector128<int> t0, t1;
        t0 = t1 = Vector128<int>.Zero;
        for (sbyte* whole = x + 4 * (nint)(a->Units & ~7); x < whole; x += 32, w += 8 * 64)
        {
            Vector128<sbyte> v = Vector128.Load(x), v1 = Vector128.Load(x + 16);
            Unit8(w, 0, v, 0, ref s0, ref s1);
            Unit8(w, 64, v, 1, ref t0, ref t1);
            Unit8(w, 128, v, 2, ref s0, ref s1);
            Unit8(w, 192, v, 3, ref t0, ref t1);
            Unit8(w, 256, v1, 0, ref s0, ref s1);
            Unit8(w, 320, v1, 1, ref t0, ref t1);
            Unit8(w, 384, v1, 2, ref s0, ref s1);
            Unit8(w, 448, v1, 3, ref t0, ref t1);
        }
        for (; x < end; x += 4, w += 64) Unit8(w, 0, OneUnit(x), 0, ref s0, ref s1);
        finish.StoreFirst(a->Rows - i, a->Y + (nint)n * a->Rows + i, i, s0 + t0, s1 + t1, s2, s3);
    }

    /// <summary>A unit for SDOT by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<sbyte> OneUnit(sbyte* x) => AdvSimd.LoadAndReplicateToVector128((int*)x).AsSByte();

    /// <summary>Adds four units, the quadruples of <paramref name="x"/>, of two panels, in which they begin at w[at] and v[at].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void FourUnits(
        sbyte* w, sbyte* v, int at, Vector128<sbyte> x, ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3,
        ref Vector128<int> t0, ref Vector128<int> t1, ref Vector128<int> t2, ref Vector128<int> t3)
    {
        Unit16(w, at, x, 0, ref s0, ref s1, ref s2, ref s3);
        Unit16(v, at, x, 0, ref t0, ref t1, ref t2, ref t3);
        Unit16(w, at + 64, x, 1, ref s0, ref s1, ref s2, ref s3);
        Unit16(v, at + 64, x, 1, ref t0, ref t1, ref t2, ref t3);
        Unit16(w, at + 128, x, 2, ref s0, ref s1, ref s2, ref s3);
        Unit16(v, at + 128, x, 2, ref t0, ref t1, ref t2, ref t3);
        Unit16(w, at + 192, x, 3, ref s0, ref s1, ref s2, ref s3);
        Unit16(v, at + 192, x, 3, ref t0, ref t1, ref t2, ref t3);
    }

    /// <summary>Adds one unit of sixteen rows, which begins at w[at], times quadruple <paramref name="lane"/> of <paramref name="v"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Unit16(
        sbyte* w, int at, Vector128<sbyte> v, [ConstantExpected(Max = (byte)3)] byte lane, ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3)
    {
        Vector128<sbyte> w0 = Vector128.Load(w + at), w1 = Vector128.Load(w + (at + 16)), w2 = Vector128.Load(w + (at + 32)), w3 = Vector128.Load(w + (at + 48));
        Products(w0, w1, w2, w3, v, lane, ref s0, ref s1, ref s2, ref s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Products(
        Vector128<sbyte> w0, Vector128<sbyte> w1, Vector128<sbyte> w2, Vector128<sbyte> w3, Vector128<sbyte> x, [ConstantExpected(Max = (byte)3)] byte lane,
        ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3)
    {
        s0 = Dp.DotProductBySelectedQuadruplet(s0, w0, x, lane);
        s1 = Dp.DotProductBySelectedQuadruplet(s1, w1, x, lane);
        s2 = Dp.DotProductBySelectedQuadruplet(s2, w2, x, lane);
        s3 = Dp.DotProductBySelectedQuadruplet(s3, w3, x, lane);
    }

    /// <summary>Adds one unit of sixteen rows, which begins at w[at], times quadruple <paramref name="lane"/> of each of four inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void FourInputs(
        sbyte* w, int at, Vector128<sbyte> x0, Vector128<sbyte> x1, Vector128<sbyte> x2, Vector128<sbyte> x3, [ConstantExpected(Max = (byte)3)] byte lane,
        ref Vector128<int> s00, ref Vector128<int> s01, ref Vector128<int> s02, ref Vector128<int> s03, ref Vector128<int> s10, ref Vector128<int> s11, ref Vector128<int> s12, ref Vector128<int> s13,
        ref Vector128<int> s20, ref Vector128<int> s21, ref Vector128<int> s22, ref Vector128<int> s23, ref Vector128<int> s30, ref Vector128<int> s31, ref Vector128<int> s32, ref Vector128<int> s33)
    {
        Vector128<sbyte> w0 = Vector128.Load(w + at), w1 = Vector128.Load(w + (at + 16)), w2 = Vector128.Load(w + (at + 32)), w3 = Vector128.Load(w + (at + 48));
        Products(w0, w1, w2, w3, x0, lane, ref s00, ref s01, ref s02, ref s03);
        Products(w0, w1, w2, w3, x1, lane, ref s10, ref s11, ref s12, ref s13);
        Products(w0, w1, w2, w3, x2, lane, ref s20, ref s21, ref s22, ref s23);
        Products(w0, w1, w2, w3, x3, lane, ref s30, ref s31, ref s32, ref s33);
    }

    /// <summary>Adds one unit of the first eight rows of a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Unit8(sbyte* w, int at, Vector128<sbyte> v, [ConstantExpected(Max = (byte)3)] byte lane, ref Vector128<int> s0, ref Vector128<int> s1)
    {
        Vector128<sbyte> w0 = Vector128.Load(w + at), w1 = Vector128.Load(w + (at + 16));
        s0 = Dp.DotProductBySelectedQuadruplet(s0, w0, v, lane);
        s1 = Dp.DotProductBySelectedQuadruplet(s1, w1, v, lane);
    }
}
