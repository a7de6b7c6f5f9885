using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Gemv
{
    /// <summary>
    /// Without dot product: products of int8 go to int16 (SMULL), those of the next unit are added (SMLAL: 2·128·127 fits), neighbours of these sums are added to
    /// int32 (SADALP), which makes 3 instructions for 16 multiply-adds. A register of sums holds two rows, two sums each.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Neon(Int8GemvArgs* a)
    {
        const int panel = 16, unit = 4 * panel;
        var finish = new NeonFinish(a);
        for (int n = 0; n < a->Batch; n++)
        {
            sbyte* w = a->W;
            for (int i = 0; i < a->Rows; i += panel)
            {
                sbyte* x = (sbyte*)(a->X + (nint)n * a->Units), end = x + 4 * (nint)a->Units;
                Vector128<int> s0, s1, s2, s3, s4, s5, s6, s7;
                s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = Vector128<int>.Zero;
                for (sbyte* whole = x + 4 * (nint)(a->Units & ~3); x < whole; x += 16, w += 4 * unit)
                {
                    var v = Vector128.Load((int*)x);
                    Vector128<sbyte> v0 = AdvSimd.DuplicateSelectedScalarToVector128(v, 0).AsSByte(), v1 = AdvSimd.DuplicateSelectedScalarToVector128(v, 1).AsSByte();
                    Rows4(w, 0, v0, v1, ref s0, ref s1, ref s2, ref s3);
                    Rows4(w, 32, v0, v1, ref s4, ref s5, ref s6, ref s7);
                    v0 = AdvSimd.DuplicateSelectedScalarToVector128(v, 2).AsSByte();
                    v1 = AdvSimd.DuplicateSelectedScalarToVector128(v, 3).AsSByte();
                    Rows4(w, 2 * unit, v0, v1, ref s0, ref s1, ref s2, ref s3);
                    Rows4(w, 2 * unit + 32, v0, v1, ref s4, ref s5, ref s6, ref s7);
                }
                for (; x < end; x += 4, w += unit)
                {
                    var v = Vector128.Create(*(int*)x).AsSByte();
                    OneUnit(w, v, ref s0, ref s1);
                    OneUnit(w + 16, v, ref s2, ref s3);
                    OneUnit(w + 32, v, ref s4, ref s5);
                    OneUnit(w + 48, v, ref s6, ref s7);
                }
                finish.Start(a->Mapping == null, i, out var z0, out var z1, out var z2, out var z3);
                finish.StoreFirst(
                    a->Rows - i, a->Y + (nint)n * a->Rows + i, i,
                    AdvSimd.Arm64.AddPairwise(s0, s1) + z0, AdvSimd.Arm64.AddPairwise(s2, s3) + z1, AdvSimd.Arm64.AddPairwise(s4, s5) + z2, AdvSimd.Arm64.AddPairwise(s6, s7) + z3);
            }
        }
    }

    /// <summary>Adds two units of eight rows: those of the first begin at w[at], those of the second a unit further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Rows4(sbyte* w, int at, Vector128<sbyte> x0, Vector128<sbyte> x1, ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3)
    {
        Vector128<sbyte> early0 = Vector128.Load(w + at), late0 = Vector128.Load(w + (at + 16)), early1 = Vector128.Load(w + (at + 64)), late1 = Vector128.Load(w + (at + 80));
        TwoUnits(early0, early1, x0, x1, ref s0, ref s1);
        TwoUnits(late0, late1, x0, x1, ref s2, ref s3);
    }

    /// <summary>Adds two units of four rows, times the units <paramref name="x0"/> and <paramref name="x1"/> are full of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TwoUnits(Vector128<sbyte> w0, Vector128<sbyte> w1, Vector128<sbyte> x0, Vector128<sbyte> x1, ref Vector128<int> low, ref Vector128<int> high)
    {
        // The lower halves last: taking one of a register that is still wanted costs a move.
        high = AdvSimd.AddPairwiseWideningAndAdd(high, AdvSimd.MultiplyWideningUpperAndAdd(AdvSimd.MultiplyWideningUpper(w0, x0), w1, x1));
        low = AdvSimd.AddPairwiseWideningAndAdd(low, AdvSimd.MultiplyWideningLowerAndAdd(AdvSimd.MultiplyWideningLower(w0.GetLower(), x0.GetLower()), w1.GetLower(), x1.GetLower()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void OneUnit(sbyte* w, Vector128<sbyte> x, ref Vector128<int> low, ref Vector128<int> high)
    {
        var v = Vector128.Load(w);
        high = AdvSimd.AddPairwiseWideningAndAdd(high, AdvSimd.MultiplyWideningUpper(v, x));
        low = AdvSimd.AddPairwiseWideningAndAdd(low, AdvSimd.MultiplyWideningLower(v.GetLower(), x.GetLower()));
    }
}
