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
        int row = a->Before + a->Plane + a->After, units = (a->Channels + 3) / 4;
        if (a->Unit != 4 || (row > 1 ? a->Plane < 8 * a->Phases : a->Channels < 4)) Pack<Lanes4>(a);
        else if (row > 1) NeonRows(a, units, row);
        else if (a->Channels % 4 == 0) NeonNeighbours(a, a->X, (sbyte*)a->Y, a->Blocks * a->Channels);
        else
            for (int b = 0; b < a->Blocks; b++) NeonNeighbours(a, a->X + (nint)b * a->Channels, (sbyte*)(a->Y + (nint)b * units), a->Channels);
    }

    /// <summary>A unit's channels are rows of their own: sixteen positions at a time, or eight, zipped by the store. The last ones overlap those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonRows(QuantiseArgs* a, int units, int row)
    {
        int plane = a->Plane, phases = a->Phases, whole = plane & -phases, last16 = whole - 16, evenAt = a->Place(0), oddAt = a->Place(1), padding = Padding(a);
        var inverse = Vector128.Create(1 / a->Mapping->Scale);
        var zero = Vector128.Create((short)a->Mapping->ZeroPoint);
        int* y = a->Y;
        for (int b = 0; b < a->Blocks; b++)
        {
            float* x = a->X + (nint)b * a->Channels * plane;
            for (int u = 0; u < units; u++, y += row)
            {
                Surround(a, y, padding);
                if (4 * u + 4 > a->Channels)
                {
                    PackRows<Lanes4>(a, x, y, u);
                    continue;
                }
                float* row0 = x + (nint)u * 4 * plane, row1 = row0 + plane, row2 = row1 + plane, row3 = row2 + plane;
                int* even = y + evenAt, odd = y + oddAt;
                if (last16 < 0)
                {
                    for (int next = 0; next < plane; next += 8)
                    {
                        int p = Math.Min(next, plane - 8);
                        AdvSimd.StoreVectorAndZip((sbyte*)(even + p), (Eight(row0 + p, inverse, zero), Eight(row1 + p, inverse, zero), Eight(row2 + p, inverse, zero), Eight(row3 + p, inverse, zero)));
                    }
                    continue;
                }
                for (int p = 0; ; p = Math.Min(p + 16, last16))
                {
                    Vector128<sbyte> c0 = Sixteen(row0 + p, inverse, zero), c1 = Sixteen(row1 + p, inverse, zero), c2 = Sixteen(row2 + p, inverse, zero), c3 = Sixteen(row3 + p, inverse, zero);
                    if (phases == 1) AdvSimd.Arm64.StoreVectorAndZip((sbyte*)(even + p), (c0, c1, c2, c3));
                    else
                    {
                        AdvSimd.StoreVectorAndZip((sbyte*)(even + (p >> 1)), (Evens(c0), Evens(c1), Evens(c2), Evens(c3)));
                        AdvSimd.StoreVectorAndZip((sbyte*)(odd + (p >> 1)), (Odds(c0), Odds(c1), Odds(c2), Odds(c3)));
                    }
                    if (p == last16) break;
                }
                if (whole < plane) y[a->Place(whole)] = Pack(a, x, u, whole);
            }
        }
    }

    /// <summary>A unit's channels, at least four in all, lie side by side: thirty-two at a time, then sixteen. The last ones overlap those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonNeighbours(QuantiseArgs* a, float* x, sbyte* y, int count)
    {
        if (count % 4 != 0) *(int*)(y + count / 4 * 4) = 0; // the channels missing from the last unit
        var inverse = Vector128.Create(1 / a->Mapping->Scale);
        var zero = Vector128.Create((short)a->Mapping->ZeroPoint);
        if (count >= 16)
        {
            for (float* end = x + (count & ~31); x < end; x += 32, y += 32)
            {
                Vector128<sbyte> early = Sixteen(x, inverse, zero), late = Sixteen(x + 16, inverse, zero);
                early.Store(y);
                late.Store(y + 16);
            }
            int left = count & 31;
            if (left >= 16) Sixteen(x, inverse, zero).Store(y);
            if (left % 16 != 0) Sixteen(x + left - 16, inverse, zero).Store(y + left - 16);
        }
        else if (count >= 8)
        {
            Eight(x, inverse, zero).Store(y);
            Eight(x + count - 8, inverse, zero).Store(y + count - 8);
        }
        else
        {
            *(int*)y = Four(x, inverse, zero);
            *(int*)(y + count - 4) = Four(x + count - 4, inverse, zero);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] static Vector64<sbyte> Evens(Vector128<sbyte> v) => AdvSimd.Arm64.UnzipEven(v, v).GetLower();

    [MethodImpl(MethodImplOptions.AggressiveInlining)] static Vector64<sbyte> Odds(Vector128<sbyte> v) => AdvSimd.Arm64.UnzipOdd(v, v).GetLower();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Four(float* x, Vector128<float> inverse, Vector128<short> zero)
    {
        var words = AdvSimd.ExtractNarrowingSaturateLower(AdvSimd.ConvertToInt32RoundToEven(Vector128.Load(x) * inverse));
        return AdvSimd.ExtractNarrowingSaturateLower(AdvSimd.AddSaturate(words, zero.GetLower()).ToVector128Unsafe()).AsInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector64<sbyte> Eight(float* x, Vector128<float> inverse, Vector128<short> zero) =>
        AdvSimd.ExtractNarrowingSaturateLower(Shorts(Vector128.Load(x), Vector128.Load(x + 4), inverse, zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<sbyte> Sixteen(float* x, Vector128<float> inverse, Vector128<short> zero)
    {
        // Neighbouring loads become LDP.
        Vector128<float> x0 = Vector128.Load(x), x1 = Vector128.Load(x + 4), x2 = Vector128.Load(x + 8), x3 = Vector128.Load(x + 12);
        return AdvSimd.ExtractNarrowingSaturateUpper(AdvSimd.ExtractNarrowingSaturateLower(Shorts(x0, x1, inverse, zero)), Shorts(x2, x3, inverse, zero));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<short> Shorts(Vector128<float> x0, Vector128<float> x1, Vector128<float> inverse, Vector128<short> zero)
    {
        Vector128<int> q0 = AdvSimd.ConvertToInt32RoundToEven(x0 * inverse), q1 = AdvSimd.ConvertToInt32RoundToEven(x1 * inverse);
        return AdvSimd.AddSaturate(AdvSimd.ExtractNarrowingSaturateUpper(AdvSimd.ExtractNarrowingSaturateLower(q0), q1), zero);
    }
}
