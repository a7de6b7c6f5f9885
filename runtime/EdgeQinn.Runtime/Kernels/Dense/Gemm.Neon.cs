using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Neon(GemmArgs* a)
    {
        if (a->XColumn == 1) Run<NeonTiles, Lanes4>(a);
        else Run<LaneTiles<Lanes4>, Lanes4>(a);
    }

    /// <summary>Tiles that take four columns of X at once, one register a row, and multiply by its lanes (FMLA by element).</summary>
    readonly struct NeonTiles : ITiles
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Tile<N>(GemmArgs* a, float* w, int m, int r, int columns) where N : struct, ITileRows
        {
            Lanes4 b0, b1;
            LoadBias(a, m, columns, out b0, out b1);
            Vector128<float> s0 = b0.Value, t0 = b1.Value, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0;
            Vector128<float> v0, v1, v2, v3, v4, v5;
            nint row = (nint)a->XRow, step = (nint)a->WStep;
            float* x0 = a->X + r * row, x3 = x0 + 3 * row;
            int n = a->N;
            v1 = v2 = v3 = v4 = v5 = default;
            for (; n >= 4; n -= 4, x0 += 4, x3 += 4)
            {
                v0 = Vector128.Load(x0);
                if (N.Rows > 1) v1 = Vector128.Load(x0 + row);
                if (N.Rows > 2) v2 = Vector128.Load(x0 + 2 * row);
                if (N.Rows > 3) v3 = Vector128.Load(x3);
                if (N.Rows > 4) v4 = Vector128.Load(x3 + row);
                if (N.Rows > 5) v5 = Vector128.Load(x3 + 2 * row);
                Column<N>(w, 0, v0, v1, v2, v3, v4, v5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
                w += step;
                Column<N>(w, 1, v0, v1, v2, v3, v4, v5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
                w += step;
                Column<N>(w, 2, v0, v1, v2, v3, v4, v5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
                w += step;
                Column<N>(w, 3, v0, v1, v2, v3, v4, v5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
                w += step;
            }
            for (; n > 0; n--, x0++, x3++, w += step)
            {
                v0 = Vector128.CreateScalarUnsafe(*x0);
                if (N.Rows > 1) v1 = Vector128.CreateScalarUnsafe(x0[row]);
                if (N.Rows > 2) v2 = Vector128.CreateScalarUnsafe(x0[2 * row]);
                if (N.Rows > 3) v3 = Vector128.CreateScalarUnsafe(*x3);
                if (N.Rows > 4) v4 = Vector128.CreateScalarUnsafe(x3[row]);
                if (N.Rows > 5) v5 = Vector128.CreateScalarUnsafe(x3[2 * row]);
                Column<N>(w, 0, v0, v1, v2, v3, v4, v5, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            }
            Lanes4 low = Lanes4.Create(a->Low), high = Lanes4.Create(a->High);
            float* y = a->Y + r * a->YRow + m;
            Store(y, new Lanes4(s0), new Lanes4(t0), low, high, columns);
            if (N.Rows > 1) Store(y += a->YRow, new Lanes4(s1), new Lanes4(t1), low, high, columns);
            if (N.Rows > 2) Store(y += a->YRow, new Lanes4(s2), new Lanes4(t2), low, high, columns);
            if (N.Rows > 3) Store(y += a->YRow, new Lanes4(s3), new Lanes4(t3), low, high, columns);
            if (N.Rows > 4) Store(y += a->YRow, new Lanes4(s4), new Lanes4(t4), low, high, columns);
            if (N.Rows > 5) Store(y += a->YRow, new Lanes4(s5), new Lanes4(t5), low, high, columns);
        }

        /// <summary>Adds one column of W times lane <paramref name="lane"/> of every row's register.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Column<N>(float* w, [ConstantExpected(Max = (byte)3)] byte lane,
            Vector128<float> v0, Vector128<float> v1, Vector128<float> v2, Vector128<float> v3, Vector128<float> v4, Vector128<float> v5,
            ref Vector128<float> s0, ref Vector128<float> t0, ref Vector128<float> s1, ref Vector128<float> t1,
            ref Vector128<float> s2, ref Vector128<float> t2, ref Vector128<float> s3, ref Vector128<float> t3,
            ref Vector128<float> s4, ref Vector128<float> t4, ref Vector128<float> s5, ref Vector128<float> t5) where N : struct, ITileRows
        {
            Vector128<float> p = Vector128.Load(w), q = Vector128.Load(w + 4);
            s0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s0, p, v0, lane);
            t0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t0, q, v0, lane);
            if (N.Rows > 1) s1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s1, p, v1, lane);
            if (N.Rows > 1) t1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t1, q, v1, lane);
            if (N.Rows > 2) s2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s2, p, v2, lane);
            if (N.Rows > 2) t2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t2, q, v2, lane);
            if (N.Rows > 3) s3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s3, p, v3, lane);
            if (N.Rows > 3) t3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t3, q, v3, lane);
            if (N.Rows > 4) s4 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s4, p, v4, lane);
            if (N.Rows > 4) t4 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t4, q, v4, lane);
            if (N.Rows > 5) s5 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s5, p, v5, lane);
            if (N.Rows > 5) t5 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t5, q, v5, lane);
        }
    }
}
