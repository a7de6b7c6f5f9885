using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Gemv
{
    /// <summary>
    /// Sixteen rows at a time. Thirty-two inputs are two registers, multiplied quadruple by quadruple (SDOT by element), and the weights come in
    /// pairs (LDP), which makes 0.1 instructions per multiply-add. Odd units go to sums of their own, to keep eight in flight.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonDot(Int8GemvArgs* a)
    {
        const int panel = 16;
        for (int n = 0; n < a->Batch; n++)
        {
            sbyte* w = a->W;
            for (int i = 0; i < a->Rows; i += panel)
            {
                sbyte* x = (sbyte*)(a->X + (nint)n * a->Units);
                var z = Vector128.Create(-a->Mapping->ZeroPoint);
                int* sums = a->Sums + i;
                Vector128<int> s0 = Vector128.Load(sums) * z, s1 = Vector128.Load(sums + 4) * z, s2 = Vector128.Load(sums + 8) * z, s3 = Vector128.Load(sums + 12) * z;
                Vector128<int> t0 = Vector128<int>.Zero, t1 = t0, t2 = t0, t3 = t0;
                sbyte* end = x + 4 * (nint)a->Units;
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
                StoreNeon(a, i, a->Y + (nint)n * a->Rows + i, s0 + t0, s1 + t1, s2 + t2, s3 + t3);
            }
        }
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
    static void StoreNeon(Int8GemvArgs* a, int i, float* y, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
    {
        int left = a->Rows - i;
        float* scales = a->Scales + i, bias = a->Bias + i;
        Vector128<float> factor = Vector128.Create(a->Mapping->Scale), lo = Vector128.Create(a->Lo), hi = Vector128.Create(a->Hi);
        if (left >= 16)
        {
            Finish(s0, factor * Vector128.Load(scales), Vector128.Load(bias), lo, hi).Store(y);
            Finish(s1, factor * Vector128.Load(scales + 4), Vector128.Load(bias + 4), lo, hi).Store(y + 4);
            Finish(s2, factor * Vector128.Load(scales + 8), Vector128.Load(bias + 8), lo, hi).Store(y + 8);
            Finish(s3, factor * Vector128.Load(scales + 12), Vector128.Load(bias + 12), lo, hi).Store(y + 12);
            return;
        }
        for (int r = 0; r < left; r += 4)
        {
            int rows = Math.Min(4, left - r);
            var sum = r == 0 ? s0 : r == 4 ? s1 : r == 8 ? s2 : s3;
            Lanes4.StoreFirst(new Lanes4(Finish(sum, factor * Vector128.Load(scales + r), Lanes4.LoadFirst(bias + r, rows).Value, lo, hi)), y + r, rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Finish(Vector128<int> sum, Vector128<float> scale, Vector128<float> bias, Vector128<float> lo, Vector128<float> hi) =>
        AdvSimd.Min(hi, AdvSimd.Max(lo, Vector128.ConvertToSingle(sum) * scale + bias));
}
