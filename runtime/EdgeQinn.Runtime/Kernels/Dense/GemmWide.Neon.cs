using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    /// <summary>Whether <see cref="NeonWide"/> computes anything: packed weights, whole pairs of panels, and rows enough to share them.</summary>
    static bool IsWide(GemmArgs* a) => a->XColumn == 1 && a->WStep == 8 && a->M >= 16 && a->R >= 3;

    /// <summary>Pairs of panels: tiles of three to six rows by four registers, the rows shared out evenly. Returns the columns that are done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int NeonWide(GemmArgs* a)
    {
        int tiles = (a->R + 5) / 6, m = 0;
        for (; m + 16 <= a->M; m += 16)
            for (int tile = 0, r = 0, rows; tile < tiles; tile++, r += rows)
            {
                rows = (a->R - r + tiles - tile - 1) / (tiles - tile);
                if (rows == 6) WideTile<Rows6>(a, m, r);
                else if (rows == 5) WideTile<Rows5>(a, m, r);
                else if (rows == 4) WideTile<Rows4>(a, m, r);
                else WideTile<Rows3>(a, m, r);
            }
        return m;
    }

    /// <summary>
    /// As <see cref="NeonTiles"/>, with twice the columns: up to 24 sums, six inputs and a pair of weights fill all registers; 0.31 instructions per multiply-add.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void WideTile<N>(GemmArgs* a, int m, int r) where N : struct, ITileRows
    {
        float* w = a->W + m / 8 * a->WPanel, next = w + a->WPanel, b = a->B + m;
        Vector128<float> s0 = Vector128.Load(b), t0 = Vector128.Load(b + 4), u0 = Vector128.Load(b + 8), v0 = Vector128.Load(b + 12);
        Vector128<float> s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
        Vector128<float> t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0;
        Vector128<float> u1 = u0, u2 = u0, u3 = u0, u4 = u0, u5 = u0;
        Vector128<float> v1 = v0, v2 = v0, v3 = v0, v4 = v0, v5 = v0;
        Vector128<float> x0, x1, x2, x3 = default, x4 = default, x5 = default;
        nint row = (nint)a->XRow * sizeof(float), row2 = 2 * row;
        byte* x = (byte*)a->X + r * row, far = x + 3 * row;
        int n = a->N;
        for (; n >= 4; n -= 4, x += 16, far += 16, w += 32, next += 32)
        {
            x0 = Vector128.Load((float*)x);
            x1 = Vector128.Load((float*)(x + row));
            x2 = Vector128.Load((float*)(x + row2));
            if (N.Rows > 3) x3 = Vector128.Load((float*)far);
            if (N.Rows > 4) x4 = Vector128.Load((float*)(far + row));
            if (N.Rows > 5) x5 = Vector128.Load((float*)(far + row2));
            WideColumn<N>(w, 0, 0, x0, x1, x2, x3, x4, x5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            WideColumn<N>(next, 0, 0, x0, x1, x2, x3, x4, x5, ref u0, ref v0, ref u1, ref v1, ref u2, ref v2, ref u3, ref v3, ref u4, ref v4, ref u5, ref v5);
            WideColumn<N>(w, 8, 1, x0, x1, x2, x3, x4, x5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            WideColumn<N>(next, 8, 1, x0, x1, x2, x3, x4, x5, ref u0, ref v0, ref u1, ref v1, ref u2, ref v2, ref u3, ref v3, ref u4, ref v4, ref u5, ref v5);
            WideColumn<N>(w, 16, 2, x0, x1, x2, x3, x4, x5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            WideColumn<N>(next, 16, 2, x0, x1, x2, x3, x4, x5, ref u0, ref v0, ref u1, ref v1, ref u2, ref v2, ref u3, ref v3, ref u4, ref v4, ref u5, ref v5);
            WideColumn<N>(w, 24, 3, x0, x1, x2, x3, x4, x5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            WideColumn<N>(next, 24, 3, x0, x1, x2, x3, x4, x5, ref u0, ref v0, ref u1, ref v1, ref u2, ref v2, ref u3, ref v3, ref u4, ref v4, ref u5, ref v5);
        }
        for (; n > 0; n--, x += sizeof(float), far += sizeof(float), w += 8, next += 8)
        {
            x0 = Vector128.CreateScalarUnsafe(*(float*)x);
            x1 = Vector128.CreateScalarUnsafe(*(float*)(x + row));
            x2 = Vector128.CreateScalarUnsafe(*(float*)(x + row2));
            if (N.Rows > 3) x3 = Vector128.CreateScalarUnsafe(*(float*)far);
            if (N.Rows > 4) x4 = Vector128.CreateScalarUnsafe(*(float*)(far + row));
            if (N.Rows > 5) x5 = Vector128.CreateScalarUnsafe(*(float*)(far + row2));
            WideColumn<N>(w, 0, 0, x0, x1, x2, x3, x4, x5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            WideColumn<N>(next, 0, 0, x0, x1, x2, x3, x4, x5, ref u0, ref v0, ref u1, ref v1, ref u2, ref v2, ref u3, ref v3, ref u4, ref v4, ref u5, ref v5);
        }
        if (a->Low > float.NegativeInfinity || a->High < float.PositiveInfinity)
        {
            Vector128<float> low = Vector128.Create(a->Low), high = Vector128.Create(a->High);
            s0 = AdvSimd.Min(high, AdvSimd.Max(low, s0));
            t0 = AdvSimd.Min(high, AdvSimd.Max(low, t0));
            u0 = AdvSimd.Min(high, AdvSimd.Max(low, u0));
            v0 = AdvSimd.Min(high, AdvSimd.Max(low, v0));
            s1 = AdvSimd.Min(high, AdvSimd.Max(low, s1));
            t1 = AdvSimd.Min(high, AdvSimd.Max(low, t1));
            u1 = AdvSimd.Min(high, AdvSimd.Max(low, u1));
            v1 = AdvSimd.Min(high, AdvSimd.Max(low, v1));
            s2 = AdvSimd.Min(high, AdvSimd.Max(low, s2));
            t2 = AdvSimd.Min(high, AdvSimd.Max(low, t2));
            u2 = AdvSimd.Min(high, AdvSimd.Max(low, u2));
            v2 = AdvSimd.Min(high, AdvSimd.Max(low, v2));
            if (N.Rows > 3)
            {
                s3 = AdvSimd.Min(high, AdvSimd.Max(low, s3));
                t3 = AdvSimd.Min(high, AdvSimd.Max(low, t3));
                u3 = AdvSimd.Min(high, AdvSimd.Max(low, u3));
                v3 = AdvSimd.Min(high, AdvSimd.Max(low, v3));
            }
            if (N.Rows > 4)
            {
                s4 = AdvSimd.Min(high, AdvSimd.Max(low, s4));
                t4 = AdvSimd.Min(high, AdvSimd.Max(low, t4));
                u4 = AdvSimd.Min(high, AdvSimd.Max(low, u4));
                v4 = AdvSimd.Min(high, AdvSimd.Max(low, v4));
            }
            if (N.Rows > 5)
            {
                s5 = AdvSimd.Min(high, AdvSimd.Max(low, s5));
                t5 = AdvSimd.Min(high, AdvSimd.Max(low, t5));
                u5 = AdvSimd.Min(high, AdvSimd.Max(low, u5));
                v5 = AdvSimd.Min(high, AdvSimd.Max(low, v5));
            }
        }
        nint pitch = (nint)a->YRow;
        float* y = a->Y + r * pitch + m;
        WideStore(y, s0, t0, u0, v0);
        WideStore(y += pitch, s1, t1, u1, v1);
        WideStore(y += pitch, s2, t2, u2, v2);
        if (N.Rows > 3) WideStore(y += pitch, s3, t3, u3, v3);
        if (N.Rows > 4) WideStore(y += pitch, s4, t4, u4, v4);
        if (N.Rows > 5) WideStore(y += pitch, s5, t5, u5, v5);
    }

    /// <summary>Adds a column of a panel, at w[at], times lane <paramref name="lane"/> of every row's register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void WideColumn<N>(
        float* w, int at, [ConstantExpected(Max = (byte)3)] byte lane,
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> x4, Vector128<float> x5,
        ref Vector128<float> s0, ref Vector128<float> t0, ref Vector128<float> s1, ref Vector128<float> t1,
        ref Vector128<float> s2, ref Vector128<float> t2, ref Vector128<float> s3, ref Vector128<float> t3,
        ref Vector128<float> s4, ref Vector128<float> t4, ref Vector128<float> s5, ref Vector128<float> t5) where N : struct, ITileRows
    {
        Vector128<float> p = Vector128.Load(w + at), q = Vector128.Load(w + (at + 4));
        s0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s0, p, x0, lane);
        t0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t0, q, x0, lane);
        s1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s1, p, x1, lane);
        t1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t1, q, x1, lane);
        s2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s2, p, x2, lane);
        t2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t2, q, x2, lane);
        if (N.Rows > 3)
        {
            s3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s3, p, x3, lane);
            t3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t3, q, x3, lane);
        }
        if (N.Rows > 4)
        {
            s4 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s4, p, x4, lane);
            t4 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t4, q, x4, lane);
        }
        if (N.Rows > 5)
        {
            s5 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s5, p, x5, lane);
            t5 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t5, q, x5, lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void WideStore(float* y, Vector128<float> s, Vector128<float> t, Vector128<float> u, Vector128<float> v)
    {
        s.Store(y);
        t.Store(y + 4);
        u.Store(y + 8);
        v.Store(y + 12);
    }
}
