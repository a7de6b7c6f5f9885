using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

public static unsafe partial class DenseRecurrence
{
    /// <summary>
    /// R h + b of four units and their three or four gates on Arm64. Eight states are two registers, multiplied lane by lane (FMLA by element), and the
    /// weights come in pairs (LDP), which makes 0.43 instructions per multiply-add. Columns go in eights, from the last eight to the first where
    /// <paramref name="back"/>; those that are left over come one by one at the end they lie at. Four columns' sums are apart: twelve or sixteen in flight.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void NeonSums<C>(DenseRecurrenceArgs* a, int u, bool back, float* state, float* sums) where C : struct, IDenseCell
    {
        int h = a->H, units = Math.Min(4, h - u), eights = h / 8;
        float* w = a->R + (long)u * h * C.Gates, x = state, b = a->B + u;
        Vector128<float> p0 = Load<Lanes4>(b, units).Value, q0 = Load<Lanes4>(b + h, units).Value, r0 = Load<Lanes4>(b + 2 * h, units).Value, s0 = default;
        if (C.Gates > 3) s0 = Load<Lanes4>(b + 3 * h, units).Value;
        Vector128<float> p1 = default, q1 = default, r1 = default, s1 = default, p2 = default, q2 = default, r2 = default, s2 = default, p3 = default, q3 = default, r3 = default, s3 = default;
        nint row = 4 * C.Gates, eight = 8;
        if (back)
        {
            w += (nint)h * row;
            x += h;
            for (int left = h & 7; left > 0; left--)
            {
                w -= row;
                x--;
                Column<C>(w, 0, Vector128.CreateScalarUnsafe(*x), 0, ref p0, ref q0, ref r0, ref s0);
            }
            w -= 8 * row;
            x -= 8;
            eight = -8;
        }
        for (nint step = eight * row; eights != 0; eights--, x += eight, w += step)
        {
            Vector128<float> v = Vector128.Load(x), v1 = Vector128.Load(x + 4);
            Column<C>(w, 0, v, 0, ref p0, ref q0, ref r0, ref s0);
            Column<C>(w, 1, v, 1, ref p1, ref q1, ref r1, ref s1);
            Column<C>(w, 2, v, 2, ref p2, ref q2, ref r2, ref s2);
            Column<C>(w, 3, v, 3, ref p3, ref q3, ref r3, ref s3);
            Column<C>(w, 4, v1, 0, ref p0, ref q0, ref r0, ref s0);
            Column<C>(w, 5, v1, 1, ref p1, ref q1, ref r1, ref s1);
            Column<C>(w, 6, v1, 2, ref p2, ref q2, ref r2, ref s2);
            Column<C>(w, 7, v1, 3, ref p3, ref q3, ref r3, ref s3);
        }
        for (int left = back ? 0 : h & 7; left > 0; left--, x++, w += row) Column<C>(w, 0, Vector128.CreateScalarUnsafe(*x), 0, ref p0, ref q0, ref r0, ref s0);
        (p0 + p1 + (p2 + p3)).Store(sums);
        (q0 + q1 + (q2 + q3)).Store(sums + 4);
        (r0 + r1 + (r2 + r3)).Store(sums + 8);
        if (C.Gates > 3) (s0 + s1 + (s2 + s3)).Store(sums + 12);
    }

    /// <summary>Adds all gates of column <paramref name="column"/> from w on, times a lane of <paramref name="v"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Column<C>(
        float* w, int column, Vector128<float> v, [ConstantExpected(Max = (byte)3)] byte lane, ref Vector128<float> p, ref Vector128<float> q, ref Vector128<float> r, ref Vector128<float> s)
        where C : struct, IDenseCell
    {
        int at = column * 4 * C.Gates;
        Vector128<float> w0 = Vector128.Load(w + at), w1 = Vector128.Load(w + (at + 4)), w2 = Vector128.Load(w + (at + 8));
        p = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(p, w0, v, lane);
        q = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(q, w1, v, lane);
        r = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(r, w2, v, lane);
        if (C.Gates > 3) s = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s, Vector128.Load(w + (at + 12)), v, lane);
    }
}
