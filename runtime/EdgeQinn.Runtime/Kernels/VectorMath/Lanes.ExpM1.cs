using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

public static partial class Lanes
{
    /// <summary>eˣ − 1 without cancellation near 0: 2ⁿ (eʳ − 1) + (2ⁿ − 1). Overflow gives ∞, NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpM1<V>(V x) where V : unmanaged, ILanes<V>
    {
        V clamped = V.Min(V.Create(88.5f), V.Max(V.Create(-87f), x));
        V n = V.Round(clamped * V.Create(Log2E));
        V r = Reduce(clamped, n);
        V scale = PowerOfTwo(V.ToInt(n));
        V result = V.MultiplyAdd(scale, ExpM1Reduced(r), scale - V.Create(1));
        // 88.5 is still finite; and −0 comes out as 0 otherwise.
        result = V.Select(V.Less(V.Create(88.7228394f), x), V.Create(float.PositiveInfinity), result);
        return V.Select(V.Equal(x, V.Create(0)), x, result);
    }

    /// <summary>ln(1 + u) for u ≥ 0 without losing small u: ln w − ((w − 1) − u) / w with w = 1 + u rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogP1<V>(V u) where V : unmanaged, ILanes<V>
    {
        V one = V.Create(1), w = one + u;
        return Log(w) - (w - one - u) / w;
    }
}
