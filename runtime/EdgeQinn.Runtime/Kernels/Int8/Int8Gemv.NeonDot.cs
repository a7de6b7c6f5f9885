using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Gemv
{
    /// <summary>
    /// Two panels of sixteen rows at a time. Thirty-two inputs are two registers, multiplied quadruple by quadruple (SDOT by element), and the weights come in
    /// pairs (LDP), which makes 0.1 instructions per multiply-add.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonDot(Int8GemvArgs* a)
    {
        const int panel = 16;
        for (int n = 0; n < a->Batch; n++)
        {
            int i = 0;
            for (; i + panel < a->Rows; i += 2 * panel) DotTwoPanels(a, n, i);
            if (i < a->Rows) DotPanel(a, n, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotTwoPanels(Int8GemvArgs* a, int n, int i)
    {
        sbyte* x = (sbyte*)(a->X + (nint)n * a->Units), end = x + 4 * (nint)a->Units, w = a->W + 4 * (nint)a->Units * i, v = w + 64 * (nint)a->Units;
        Start(a, i, out var s0, out var s1, out var s2, out var s3);
        Start(a, i + 16, out var t0, out var t1, out var t2, out var t3);
        for (sbyte* whole = x + 4 * (nint)(a->Units & ~7); x < whole; x += 32, w += 8 * 64, v += 8 * 64)
        {
            Vector128<sbyte> x0 = Vector128.Load(x), x1 = Vector128.Load(x + 16);
            Unit16(w, 0, x0, 0, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 0, x0, 0, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 64, x0, 1, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 64, x0, 1, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 128, x0, 2, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 128, x0, 2, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 192, x0, 3, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 192, x0, 3, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 256, x1, 0, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 256, x1, 0, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 320, x1, 1, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 320, x1, 1, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 384, x1, 2, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 384, x1, 2, ref t0, ref t1, ref t2, ref t3);
            Unit16(w, 448, x1, 3, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 448, x1, 3, ref t0, ref t1, ref t2, ref t3);
        }
        for (; x < end; x += 4, w += 64, v += 64)
        {
            var x0 = Vector128.CreateScalarUnsafe(*(int*)x).AsSByte();
            Unit16(w, 0, x0, 0, ref s0, ref s1, ref s2, ref s3);
            Unit16(v, 0, x0, 0, ref t0, ref t1, ref t2, ref t3);
        }
        StoreNeon(a, n, i, s0, s1, s2, s3);
        StoreNeon(a, n, i + 16, t0, t1, t2, t3);
    }

    /// <summary>A last panel. Odd units go to sums of their own, to keep eight in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DotPanel(Int8GemvArgs* a, int n, int i)
    {
        sbyte* x = (sbyte*)(a->X + (nint)n * a->Units), end = x + 4 * (nint)a->Units, w = a->W + 4 * (nint)a->Units * i;
        Start(a, i, out var s0, out var s1, out var s2, out var s3);
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
        for (; x < end; x += 4, w += 64) Unit16(w, 0, Vector128.CreateScalarUnsafe(*(int*)x).AsSByte(), 0, ref s0, ref s1, ref s2, ref s3);
        StoreNeon(a, n, i, s0 + t0, s1 + t1, s2 + t2, s3 + t3);
    }

    /// <summary>−z·Σw of sixteen rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Start(Int8GemvArgs* a, int i, out Vector128<int> s0, out Vector128<int> s1, out Vector128<int> s2, out Vector128<int> s3)
    {
        var z = Vector128.Create(-a->Mapping->ZeroPoint);
        int* sums = a->Sums + i;
        (s0, s1, s2, s3) = (Vector128.Load(sums), Vector128.Load(sums + 4), Vector128.Load(sums + 8), Vector128.Load(sums + 12));
        (s0, s1, s2, s3) = (s0 * z, s1 * z, s2 * z, s3 * z);
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

    /// <summary>y[r] = clamp(s_x·s[i + r]·sum[r] + b[i + r]) for the rows there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreNeon(Int8GemvArgs* a, int n, int i, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
    {
        int left = a->Rows - i;
        float* scales = a->Scales + i, bias = a->Bias + i, y = a->Y + (nint)n * a->Rows + i;
        if (left < 16)
        {
            StoreFew(a, left, scales, bias, y, s0, s1, s2, s3);
            return;
        }
        // Neighbouring loads and stores become LDP and STP.
        Vector128<float> factor = Vector128.Create(a->Mapping->Scale), lo = Vector128.Create(a->Lo), hi = Vector128.Create(a->Hi);
        Vector128<float> c0 = Vector128.Load(scales), c1 = Vector128.Load(scales + 4), c2 = Vector128.Load(scales + 8), c3 = Vector128.Load(scales + 12);
        Vector128<float> b0 = Vector128.Load(bias), b1 = Vector128.Load(bias + 4), b2 = Vector128.Load(bias + 8), b3 = Vector128.Load(bias + 12);
        (c0, c1, c2, c3) = (Finish(s0, factor * c0, b0, lo, hi), Finish(s1, factor * c1, b1, lo, hi), Finish(s2, factor * c2, b2, lo, hi), Finish(s3, factor * c3, b3, lo, hi));
        c0.Store(y);
        c1.Store(y + 4);
        c2.Store(y + 8);
        c3.Store(y + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void StoreFew(Int8GemvArgs* a, int left, float* scales, float* bias, float* y, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
    {
        Vector128<float> factor = Vector128.Create(a->Mapping->Scale), lo = Vector128.Create(a->Lo), hi = Vector128.Create(a->Hi);
        for (int r = 0; r < left; r += 4)
        {
            int rows = Math.Min(4, left - r);
            Lanes4.StoreFirst(new Lanes4(Finish(s0, factor * Vector128.Load(scales + r), Lanes4.LoadFirst(bias + r, rows).Value, lo, hi)), y + r, rows);
            (s0, s1, s2) = (s1, s2, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Finish(Vector128<int> sum, Vector128<float> scale, Vector128<float> bias, Vector128<float> lo, Vector128<float> hi) =>
        AdvSimd.Min(hi, AdvSimd.Max(lo, Vector128.ConvertToSingle(sum) * scale + bias));
}
