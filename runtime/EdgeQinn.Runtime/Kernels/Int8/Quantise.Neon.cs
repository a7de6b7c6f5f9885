using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Quantise
{
    /// <summary>
    /// Units of four int8. FCVTNS rounds to even, saturates and makes 0 of NaN; narrowing to int16 saturates, so does adding the zero point, so does
    /// narrowing to int8: together clamp(round(x / scale) + zero, −128, 127), because what saturates early is beyond the end either way.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Neon(QuantiseArgs* a)
    {
        if (a->RangeCount >= 0) Measure<Lanes4>(a);
        if (a->Unit != 4)
        {
            Pack<Lanes4>(a);
            return;
        }
        int units = (a->Channels + 3) / 4;
        for (int b = 0; b < a->Blocks; b++)
        {
            float* x = a->X + (nint)b * a->Channels * a->Plane;
            int* y = a->Y + (nint)b * units * a->Pitch + a->Before;
            if (a->Pitch == 1 && a->Channels >= 16) NeonNeighbours(a, x, y, units);
            else if (a->Pitch == 1) PackNeighbours<Lanes4>(a, x, y, units);
            else
                for (int u = 0; u < units; u++, y += a->Pitch)
                {
                    if (a->Plane >= 8) NeonRows(a, x, y, u);
                    else PackRows<Lanes4>(a, x, y, u);
                    Surround(a, y);
                }
        }
    }

    /// <summary>A unit's channels are rows of their own: eight positions at a time, zipped by the store. The last eight overlap those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonRows(QuantiseArgs* a, float* x, int* y, int u)
    {
        int plane = a->Plane, present = Math.Min(4, a->Channels - 4 * u);
        var inverse = Vector128.Create(1 / a->Mapping->Scale);
        var zero = Vector128.Create((short)a->Mapping->ZeroPoint);
        float* row0 = x + (nint)u * 4 * plane, row1 = row0 + plane, row2 = row1 + plane, row3 = row2 + plane;
        for (int p = 0; p < plane; p += 8)
        {
            int from = Math.Min(p, plane - 8);
            Vector64<sbyte> c0 = Eight(row0 + from, inverse, zero), c1 = default, c2 = default, c3 = default;
            if (present == 4)
            {
                c1 = Eight(row1 + from, inverse, zero);
                c2 = Eight(row2 + from, inverse, zero);
                c3 = Eight(row3 + from, inverse, zero);
            }
            else
            {
                if (present > 1) c1 = Eight(row1 + from, inverse, zero);
                if (present > 2) c2 = Eight(row2 + from, inverse, zero);
            }
            AdvSimd.StoreVectorAndZip((sbyte*)(y + from), (c0, c1, c2, c3));
        }
    }

    /// <summary>A unit's channels lie side by side: sixteen at a time. The last sixteen whole ones overlap those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonNeighbours(QuantiseArgs* a, float* x, int* y, int units)
    {
        var inverse = Vector128.Create(1 / a->Mapping->Scale);
        var zero = Vector128.Create((short)a->Mapping->ZeroPoint);
        int whole = a->Channels & ~3;
        for (int c = 0; c < whole; c += 16)
        {
            int from = Math.Min(c, whole - 16);
            AdvSimd.ExtractNarrowingSaturateUpper(Eight(x + from, inverse, zero), Words(x + from + 8, inverse, zero)).Store((sbyte*)y + from);
        }
        if (units > whole / 4) y[units - 1] = Pack(a, x, units - 1, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector64<sbyte> Eight(float* x, Vector128<float> inverse, Vector128<short> zero) => AdvSimd.ExtractNarrowingSaturateLower(Words(x, inverse, zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<short> Words(float* x, Vector128<float> inverse, Vector128<short> zero)
    {
        Vector128<float> x0 = Vector128.Load(x), x1 = Vector128.Load(x + 4);
        Vector128<int> q0 = AdvSimd.ConvertToInt32RoundToEven(x0 * inverse), q1 = AdvSimd.ConvertToInt32RoundToEven(x1 * inverse);
        return AdvSimd.AddSaturate(AdvSimd.ExtractNarrowingSaturateUpper(AdvSimd.ExtractNarrowingSaturateLower(q0), q1), zero);
    }
}
