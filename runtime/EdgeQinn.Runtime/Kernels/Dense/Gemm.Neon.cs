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
        if (IsWide(a))
        {
            int done = NeonWide(a);
            if (done == a->M) return;
            var rest = *a;
            rest.W += done / 8 * a->WPanel;
            rest.B += done;
            rest.Y += done;
            rest.M -= done;
            Run<NeonTiles, Lanes4>(&rest);
        }
        else if (a->XColumn == 1) Run<NeonTiles, Lanes4>(a);
        else Run<LaneTiles<Lanes4>, Lanes4>(a);
    }

    /// <summary>
    /// Tiles of up to 8 rows that take four columns of X at once, one register a row, and multiply by its lanes (FMLA by element): 16 sums, 8 inputs and a pair
    /// of weights (LDP), which makes 0.33 instructions per multiply-add.
    /// </summary>
    readonly struct NeonTiles : ITiles
    {
        public static int MostRows => 8;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Tile<N>(GemmArgs* a, float* w, int m, int r, int columns) where N : struct, ITileRows
        {
            LoadBias(a, m, columns, out Lanes4 b0, out Lanes4 b1);
            Vector128<float> s0 = b0.Value, t0 = b1.Value, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0, t6 = t0, t7 = t0;
            Vector128<float> v0, v1, v2, v3, v4, v5, v6, v7;
            v1 = v2 = v3 = v4 = v5 = v6 = v7 = default;
            nint row = (nint)a->XRow * sizeof(float), row2 = 2 * row, row3 = 3 * row, step = (nint)a->WStep * sizeof(float);
            byte* x0 = (byte*)a->X + r * row, x4 = x0 + 4 * row, p = (byte*)w;
            int n = a->N;
            for (; n >= 4; n -= 4, x0 += 16, x4 += 16)
            {
                v0 = Vector128.Load((float*)x0);
                if (N.Rows > 1) v1 = Vector128.Load((float*)(x0 + row));
                if (N.Rows > 2) v2 = Vector128.Load((float*)(x0 + row2));
                if (N.Rows > 3) v3 = Vector128.Load((float*)(x0 + row3));
                if (N.Rows > 4) v4 = Vector128.Load((float*)x4);
                if (N.Rows > 5) v5 = Vector128.Load((float*)(x4 + row));
                if (N.Rows > 6) v6 = Vector128.Load((float*)(x4 + row2));
                if (N.Rows > 7) v7 = Vector128.Load((float*)(x4 + row3));
                Column<N>(p, 0, v0, v1, v2, v3, v4, v5, v6, v7, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5, ref s6, ref t6, ref s7, ref t7);
                p += step;
                Column<N>(p, 1, v0, v1, v2, v3, v4, v5, v6, v7, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5, ref s6, ref t6, ref s7, ref t7);
                p += step;
                Column<N>(p, 2, v0, v1, v2, v3, v4, v5, v6, v7, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5, ref s6, ref t6, ref s7, ref t7);
                p += step;
                Column<N>(p, 3, v0, v1, v2, v3, v4, v5, v6, v7, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5, ref s6, ref t6, ref s7, ref t7);
                p += step;
            }
            for (; n > 0; n--, x0 += sizeof(float), x4 += sizeof(float), p += step)
            {
                v0 = Vector128.CreateScalarUnsafe(*(float*)x0);
                if (N.Rows > 1) v1 = Vector128.CreateScalarUnsafe(*(float*)(x0 + row));
                if (N.Rows > 2) v2 = Vector128.CreateScalarUnsafe(*(float*)(x0 + row2));
                if (N.Rows > 3) v3 = Vector128.CreateScalarUnsafe(*(float*)(x0 + row3));
                if (N.Rows > 4) v4 = Vector128.CreateScalarUnsafe(*(float*)x4);
                if (N.Rows > 5) v5 = Vector128.CreateScalarUnsafe(*(float*)(x4 + row));
                if (N.Rows > 6) v6 = Vector128.CreateScalarUnsafe(*(float*)(x4 + row2));
                if (N.Rows > 7) v7 = Vector128.CreateScalarUnsafe(*(float*)(x4 + row3));
                Column<N>(p, 0, v0, v1, v2, v3, v4, v5, v6, v7, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5, ref s6, ref t6, ref s7, ref t7);
            }
            float* y = a->Y + r * a->YRow + m;
            if (a->Low > float.NegativeInfinity || a->High < float.PositiveInfinity)
            {
                Vector128<float> low = Vector128.Create(a->Low), high = Vector128.Create(a->High);
                s0 = AdvSimd.Min(high, AdvSimd.Max(low, s0));
                t0 = AdvSimd.Min(high, AdvSimd.Max(low, t0));
                if (N.Rows > 1) s1 = AdvSimd.Min(high, AdvSimd.Max(low, s1));
                if (N.Rows > 1) t1 = AdvSimd.Min(high, AdvSimd.Max(low, t1));
                if (N.Rows > 2) s2 = AdvSimd.Min(high, AdvSimd.Max(low, s2));
                if (N.Rows > 2) t2 = AdvSimd.Min(high, AdvSimd.Max(low, t2));
                if (N.Rows > 3) s3 = AdvSimd.Min(high, AdvSimd.Max(low, s3));
                if (N.Rows > 3) t3 = AdvSimd.Min(high, AdvSimd.Max(low, t3));
                if (N.Rows > 4) s4 = AdvSimd.Min(high, AdvSimd.Max(low, s4));
                if (N.Rows > 4) t4 = AdvSimd.Min(high, AdvSimd.Max(low, t4));
                if (N.Rows > 5) s5 = AdvSimd.Min(high, AdvSimd.Max(low, s5));
                if (N.Rows > 5) t5 = AdvSimd.Min(high, AdvSimd.Max(low, t5));
                if (N.Rows > 6) s6 = AdvSimd.Min(high, AdvSimd.Max(low, s6));
                if (N.Rows > 6) t6 = AdvSimd.Min(high, AdvSimd.Max(low, t6));
                if (N.Rows > 7) s7 = AdvSimd.Min(high, AdvSimd.Max(low, s7));
                if (N.Rows > 7) t7 = AdvSimd.Min(high, AdvSimd.Max(low, t7));
            }
            nint pitch = (nint)a->YRow;
            if (columns < 8)
            {
                StoreFirst(y, s0, t0, columns);
                if (N.Rows > 1) StoreFirst(y += pitch, s1, t1, columns);
                if (N.Rows > 2) StoreFirst(y += pitch, s2, t2, columns);
                if (N.Rows > 3) StoreFirst(y += pitch, s3, t3, columns);
                if (N.Rows > 4) StoreFirst(y += pitch, s4, t4, columns);
                if (N.Rows > 5) StoreFirst(y += pitch, s5, t5, columns);
                if (N.Rows > 6) StoreFirst(y += pitch, s6, t6, columns);
                if (N.Rows > 7) StoreFirst(y += pitch, s7, t7, columns);
                return;
            }
            Store(y, s0, t0);
            if (N.Rows > 1) Store(y += pitch, s1, t1);
            if (N.Rows > 2) Store(y += pitch, s2, t2);
            if (N.Rows > 3) Store(y += pitch, s3, t3);
            if (N.Rows > 4) Store(y += pitch, s4, t4);
            if (N.Rows > 5) Store(y += pitch, s5, t5);
            if (N.Rows > 6) Store(y += pitch, s6, t6);
            if (N.Rows > 7) Store(y += pitch, s7, t7);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(float* y, Vector128<float> s, Vector128<float> t)
        {
            s.Store(y);
            t.Store(y + 4);
        }

        static void StoreFirst(float* y, Vector128<float> s, Vector128<float> t, int columns)
        {
            Lanes4.StoreFirst(new Lanes4(s), y, Math.Min(4, columns));
            Lanes4.StoreFirst(new Lanes4(t), y + 4, Math.Max(0, columns - 4));
        }

        /// <summary>Adds one column of W times lane <paramref name="lane"/> of every row's register.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Column<N>(
            byte* w, [ConstantExpected(Max = (byte)3)] byte lane,
            Vector128<float> v0, Vector128<float> v1, Vector128<float> v2, Vector128<float> v3,
            Vector128<float> v4, Vector128<float> v5, Vector128<float> v6, Vector128<float> v7,
            ref Vector128<float> s0, ref Vector128<float> t0, ref Vector128<float> s1, ref Vector128<float> t1,
            ref Vector128<float> s2, ref Vector128<float> t2, ref Vector128<float> s3, ref Vector128<float> t3,
            ref Vector128<float> s4, ref Vector128<float> t4, ref Vector128<float> s5, ref Vector128<float> t5,
            ref Vector128<float> s6, ref Vector128<float> t6, ref Vector128<float> s7, ref Vector128<float> t7) where N : struct, ITileRows
        {
            Vector128<float> p = Vector128.Load((float*)w), q = Vector128.Load((float*)w + 4);
            Row(p, q, v0, lane, ref s0, ref t0);
            if (N.Rows > 1) Row(p, q, v1, lane, ref s1, ref t1);
            if (N.Rows > 2) Row(p, q, v2, lane, ref s2, ref t2);
            if (N.Rows > 3) Row(p, q, v3, lane, ref s3, ref t3);
            if (N.Rows > 4) Row(p, q, v4, lane, ref s4, ref t4);
            if (N.Rows > 5) Row(p, q, v5, lane, ref s5, ref t5);
            if (N.Rows > 6) Row(p, q, v6, lane, ref s6, ref t6);
            if (N.Rows > 7) Row(p, q, v7, lane, ref s7, ref t7);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Row(Vector128<float> p, Vector128<float> q, Vector128<float> v, [ConstantExpected(Max = (byte)3)] byte lane, ref Vector128<float> s, ref Vector128<float> t)
        {
            s = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s, p, v, lane);
            t = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t, q, v, lane);
        }
    }
}
