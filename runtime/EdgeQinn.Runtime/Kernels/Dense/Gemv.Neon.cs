using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    /// <summary>
    /// P = 8 registers. Four columns at a time: their inputs are one register, multiplied lane by lane (FMLA by element), and the
    /// weights come in pairs (LDP), which makes 0.4 instructions per multiply-add.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Neon(GemvArgs* a)
    {
        const int panel = 8 * 4;
        float* w = a->W, b = a->B, y = a->Y;
        int n = a->N;
        for (int rows = a->M; rows > 0;)
        {
            if (IsByRows(rows, n, panel))
            {
                ByRows<Lanes4>(a, w, b, y, rows);
                return;
            }
            int block = BlockRows(rows, panel);
            if (block == panel) NeonBlock8(a, w, b, y, rows);
            else if (block == panel / 2) NeonBlock4(a, w, b, y, rows);
            else if (block == panel / 4) Block2<Lanes4>(a, w, b, y, rows);
            else Block1<Lanes4>(a, w, b, y, rows);
            w += (long)block * n;
            b += block;
            y += block;
            rows -= block;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBlock8(GemvArgs* a, float* w, float* b, float* y, int rows)
    {
        int last = Math.Min(4, rows - 28);
        Vector128<float> s0 = Vector128.Load(b), s1 = Vector128.Load(b + 4), s2 = Vector128.Load(b + 8), s3 = Vector128.Load(b + 12);
        Vector128<float> s4 = Vector128.Load(b + 16), s5 = Vector128.Load(b + 20), s6 = Vector128.Load(b + 24), s7 = Lanes4.LoadFirst(b + 28, last).Value;
        float* x = a->X, end = x + a->N;
        for (float* fours = x + (a->N & ~3); x < fours; x += 4, w += 4 * 32)
        {
            var v = Vector128.Load(x);
            Column4(w, 0, v, 0, ref s0, ref s1, ref s2, ref s3);
            Column4(w, 16, v, 0, ref s4, ref s5, ref s6, ref s7);
            Column4(w, 32, v, 1, ref s0, ref s1, ref s2, ref s3);
            Column4(w, 48, v, 1, ref s4, ref s5, ref s6, ref s7);
            Column4(w, 64, v, 2, ref s0, ref s1, ref s2, ref s3);
            Column4(w, 80, v, 2, ref s4, ref s5, ref s6, ref s7);
            Column4(w, 96, v, 3, ref s0, ref s1, ref s2, ref s3);
            Column4(w, 112, v, 3, ref s4, ref s5, ref s6, ref s7);
        }
        for (; x != end; x++, w += 32)
        {
            var v = Vector128.CreateScalarUnsafe(*x);
            Column4(w, 0, v, 0, ref s0, ref s1, ref s2, ref s3);
            Column4(w, 16, v, 0, ref s4, ref s5, ref s6, ref s7);
        }
        NeonStore(a, y, s0, s1, s2, s3, 4);
        NeonStore(a, y + 16, s4, s5, s6, s7, last);
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
