using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    /// <summary>
    /// P = 8 registers. Eight columns at a time: their inputs are two registers, multiplied lane by lane (FMLA by element), and the
    /// weights come in pairs (LDP), which makes 0.39 instructions per multiply-add.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Neon(GemvArgs* a)
    {
        const int panel = 8 * 4;
        float* w = a->W, b = a->B, y = a->Y;
        int n = a->N, rows = a->M;
        bool hasHigh = a->High < float.PositiveInfinity;
        for (; rows >= panel; rows -= panel, b += panel, y += panel)
        {
            Vector128<float> s0 = Vector128.Load(b), s1 = Vector128.Load(b + 4), s2 = Vector128.Load(b + 8), s3 = Vector128.Load(b + 12);
            Vector128<float> s4 = Vector128.Load(b + 16), s5 = Vector128.Load(b + 20), s6 = Vector128.Load(b + 24), s7 = Vector128.Load(b + 28);
            float* x = a->X;
            for (float* end = x + (n & ~7); x < end; x += 8, w += 8 * 32)
            {
                Vector128<float> v0 = Vector128.Load(x), v1 = Vector128.Load(x + 4);
                Column8(w, 0, v0, 0, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 1, v0, 1, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 2, v0, 2, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 3, v0, 3, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 4, v1, 0, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 5, v1, 1, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 6, v1, 2, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 7, v1, 3, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            }
            if ((n & 4) != 0)
            {
                var v = Vector128.Load(x);
                Column8(w, 0, v, 0, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 1, v, 1, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 2, v, 2, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                Column8(w, 3, v, 3, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
                x += 4;
                w += 4 * 32;
            }
            for (int left = n & 3; left > 0; left--, x++, w += 32)
                Column8(w, 0, Vector128.CreateScalarUnsafe(*x), 0, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
            Vector128<float> low = Vector128.Create(a->Low), high = Vector128.Create(a->High);
            s0 = AdvSimd.Max(low, s0);
            s1 = AdvSimd.Max(low, s1);
            s2 = AdvSimd.Max(low, s2);
            s3 = AdvSimd.Max(low, s3);
            s4 = AdvSimd.Max(low, s4);
            s5 = AdvSimd.Max(low, s5);
            s6 = AdvSimd.Max(low, s6);
            s7 = AdvSimd.Max(low, s7);
            if (hasHigh)
            {
                s0 = AdvSimd.Min(high, s0);
                s1 = AdvSimd.Min(high, s1);
                s2 = AdvSimd.Min(high, s2);
                s3 = AdvSimd.Min(high, s3);
                s4 = AdvSimd.Min(high, s4);
                s5 = AdvSimd.Min(high, s5);
                s6 = AdvSimd.Min(high, s6);
                s7 = AdvSimd.Min(high, s7);
            }
            s0.Store(y);
            s1.Store(y + 4);
            s2.Store(y + 8);
            s3.Store(y + 12);
            s4.Store(y + 16);
            s5.Store(y + 20);
            s6.Store(y + 24);
            s7.Store(y + 28);
        }
        if (rows == 0) return;
        if (IsByRows(rows, n, panel)) ByRows<Lanes4>(a, w, b, y, rows);
        else NeonRest(a, w, b, y, rows);
    }

    /// <summary>Fewer rows than a block of eight registers, or a last one that is not full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonRest(GemvArgs* a, float* w, float* b, float* y, int rows)
    {
        const int panel = 8 * 4;
        int n = a->N;
        do
        {
            if (IsByRows(rows, n, panel))
            {
                ByRows<Lanes4>(a, w, b, y, rows);
                return;
            }
            int block = BlockRows(rows, panel);
            if (block == panel) Block8<Lanes4>(a, w, b, y, rows);
            else if (block == panel / 2) NeonBlock4(a, w, b, y, rows);
            else if (block == panel / 4) Block2<Lanes4>(a, w, b, y, rows);
            else Block1<Lanes4>(a, w, b, y, rows);
            w += (long)block * n;
            b += block;
            y += block;
            rows -= block;
        }
        while (rows > 0);
    }

    /// <summary>Two columns go to sums of their own, to keep eight in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBlock4(GemvArgs* a, float* w, float* b, float* y, int rows)
    {
        int last = Math.Min(4, rows - 12);
        Vector128<float> s0 = Vector128.Load(b), s1 = Vector128.Load(b + 4), s2 = Vector128.Load(b + 8), s3 = Lanes4.LoadFirst(b + 12, last).Value;
        Vector128<float> t0 = Vector128<float>.Zero, t1 = t0, t2 = t0, t3 = t0;
        float* x = a->X, end = x + a->N;
        for (float* fours = x + (a->N & ~3); x < fours; x += 4, w += 4 * 16)
        {
            var v = Vector128.Load(x);
            Column4(w, 0, v, 0, ref s0, ref s1, ref s2, ref s3);
            Column4(w, 16, v, 1, ref t0, ref t1, ref t2, ref t3);
            Column4(w, 32, v, 2, ref s0, ref s1, ref s2, ref s3);
            Column4(w, 48, v, 3, ref t0, ref t1, ref t2, ref t3);
        }
        for (; x != end; x++, w += 16) Column4(w, 0, Vector128.CreateScalarUnsafe(*x), 0, ref s0, ref s1, ref s2, ref s3);
        NeonStore(a, y, s0 + t0, s1 + t1, s2 + t2, s3 + t3, last);
    }

    /// <summary>Adds 32 rows of column <paramref name="column"/> from w on, times lane <paramref name="lane"/> of <paramref name="v"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Column8(
        float* w, int column, Vector128<float> v, [ConstantExpected(Max = (byte)3)] byte lane, ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2, ref Vector128<float> s3,
        ref Vector128<float> s4, ref Vector128<float> s5, ref Vector128<float> s6, ref Vector128<float> s7)
    {
        Column4(w, 32 * column, v, lane, ref s0, ref s1, ref s2, ref s3);
        Column4(w, 32 * column + 16, v, lane, ref s4, ref s5, ref s6, ref s7);
    }

    /// <summary>Adds sixteen rows of one column, which begins at w[at], times lane <paramref name="lane"/> of <paramref name="v"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Column4(
        float* w, int at, Vector128<float> v, [ConstantExpected(Max = (byte)3)] byte lane, ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2, ref Vector128<float> s3)
    {
        // Neighbouring loads become LDP.
        Vector128<float> w0 = Vector128.Load(w + at), w1 = Vector128.Load(w + (at + 4)), w2 = Vector128.Load(w + (at + 8)), w3 = Vector128.Load(w + (at + 12));
        s0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s0, w0, v, lane);
        s1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s1, w1, v, lane);
        s2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s2, w2, v, lane);
        s3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s3, w3, v, lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void NeonStore(GemvArgs* a, float* y, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> s3, int last)
    {
        Lanes4 low = Lanes4.Create(a->Low), high = Lanes4.Create(a->High);
        Lanes4.Store(Lanes.Clamp(new Lanes4(s0), low, high), y);
        Lanes4.Store(Lanes.Clamp(new Lanes4(s1), low, high), y + 4);
        Lanes4.Store(Lanes.Clamp(new Lanes4(s2), low, high), y + 8);
        Lanes4.StoreFirst(Lanes.Clamp(new Lanes4(s3), low, high), y + 12, last);
    }
}
