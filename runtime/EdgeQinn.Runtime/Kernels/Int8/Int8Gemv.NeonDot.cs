using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Gemv
{
    /// <summary>
    /// Two panels of sixteen rows at a time, then one, or half of one. Thirty-two inputs are two registers, multiplied quadruple by quadruple (SDOT by
    /// element), and the weights come in pairs (LDP), which makes 0.1 instructions per multiply-add.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonDot(Int8GemvArgs* a)
    {
        int pairs = a->Rows & ~31, left = a->Rows - pairs;
        for (int n = 0; n < a->Batch; n++)
        {
            if (pairs > 0 && a->Mapping == null) DotTwoPanels<AppliedMapping>(a, n, pairs);
            else if (pairs > 0) DotTwoPanels<OwnMapping>(a, n, pairs);
            if (left >= 16) DotPanel(a, n, pairs);
            if (left % 16 > 8) DotPanel(a, n, pairs + (left & 16));
            else if (left % 16 > 0) DotHalfPanel(a, n, pairs + (left & 16));
        }
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

    /// <summary>One panel, or what there is of a last one. Odd units go to sums of their own, to keep eight in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotPanel(Int8GemvArgs* a, int n, int i)
    {
        sbyte* x = (sbyte*)(a->X + (nint)n * a->Units), end = x + 4 * (nint)a->Units, w = a->W + 4 * (nint)a->Units * i;
        var finish = new NeonFinish(a);
        finish.Start(i, out var s0, out var s1, out var s2, out var s3);
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
        finish.Start(i, out var s0, out var s1, out var s2, out var s3);
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
        s0 = Dp.DotProductBySelectedQuadruplet(s0, w0, v, lane);
        s1 = Dp.DotProductBySelectedQuadruplet(s1, w1, v, lane);
        s2 = Dp.DotProductBySelectedQuadruplet(s2, w2, v, lane);
        s3 = Dp.DotProductBySelectedQuadruplet(s3, w3, v, lane);
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
