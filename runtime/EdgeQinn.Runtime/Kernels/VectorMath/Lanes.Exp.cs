using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

/// <summary>
/// Elementary functions on float32 lanes. Errors are in units in the last place of the exact result, found by trying every float
/// (tests keep a dense sample). Coefficients are minimax fits made for this project.
/// </summary>
public static partial class Lanes
{
    const float Log2E = 1.44269504f;

    // ln 2 in two parts: the first has 12 trailing zero bits, so that n · Ln2High is exact for |n| < 2¹¹.
    const float Ln2High = 0.693115234f, Ln2Low = 3.19461833e-5f;

    /// <summary>eˣ. At most 1 ulp, denormal results included; e^−∞ = 0, overflow gives ∞, NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x) where V : unmanaged, ILanes<V>
    {
        x = V.Min(V.Create(89f), V.Max(V.Create(-104f), x));
        V n = V.Round(x * V.Create(Log2E));
        V p = ExpReduced(x, n);
        // 2ⁿ may be beyond float while p · 2ⁿ is not: two factors, each normal.
        V whole = V.ToInt(n), half = V.ShiftRightInt(whole, 1);
        return p * PowerOfTwo(half) * PowerOfTwo(V.SubtractInt(whole, half));
    }

    /// <summary>eˣ for −87 ≤ x ≤ 88 (or NaN): one scaling instead of two. At most 1 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpNormal<V>(V x) where V : unmanaged, ILanes<V>
    {
        V n = V.Round(x * V.Create(Log2E));
        return ExpReduced(x, n) * PowerOfTwo(V.ToInt(n));
    }

    /// <summary>e^(x − n ln 2), where |x − n ln 2| ≤ ½ ln 2: 1 + r + r² P(r).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ExpReduced<V>(V x, V n) where V : unmanaged, ILanes<V>
    {
        V r = Reduce(x, n);
        return V.Create(1f) + ExpM1Reduced(r);
    }

    /// <summary>x − n ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Reduce<V>(V x, V n) where V : unmanaged, ILanes<V> =>
        V.MultiplySubtractFrom(n, V.Create(Ln2Low), V.MultiplySubtractFrom(n, V.Create(Ln2High), x));

    /// <summary>eʳ − 1 = r + r² P(r) for |r| ≤ ½ ln 2, as a tree: recurrent cells wait for it, so depth counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ExpM1Reduced<V>(V r) where V : unmanaged, ILanes<V>
    {
        V square = r * r;
        V low = V.MultiplyAdd(V.Create(1.6666520399e-01f), r, V.Create(4.9999993432e-01f));
        V high = V.MultiplyAdd(V.Create(8.3687451133e-03f), r, V.Create(4.1668390787e-02f));
        high = V.MultiplyAdd(V.Create(1.3814540019e-03f), square, high);
        return V.MultiplyAdd(V.MultiplyAdd(high, square, low), square, r);
    }

    /// <summary>2ⁿ of int32 lanes, −126 ≤ n ≤ 127; n = 128 gives ∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V PowerOfTwo<V>(V n) where V : unmanaged, ILanes<V> => V.ShiftLeftInt(V.AddInt(n, V.CreateInt(127)), 23);
}
