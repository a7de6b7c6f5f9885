using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

public static partial class Lanes
{
    /// <summary>
    /// σ(x) = 1 / (1 + e⁻ˣ). At most 3 ulp; results below 2.2e-39 (x &lt; −89) are 0; σ(−∞) = 0, σ(∞) = 1, NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x) where V : unmanaged, ILanes<V>
    {
        // ½ / (½ + e⁻ˣ/2): halving e⁻ˣ keeps it in range until the result is denormal; where n − 1 reaches 128 it becomes ∞ and the result 0.
        V minus = V.Max(V.Create(-86f), V.Min(V.Create(89.3f), V.Create(0f) - x));
        V n = V.Round(minus * V.Create(Log2E));
        V half = V.Create(0.5f);
        V e = ExpReduced(minus, n) * PowerOfTwo(V.ToInt(n - V.Create(1f)));
        return half / (half + e);
    }

    /// <summary>
    /// tanh x. At most 3 ulp, denormals included; tanh ±∞ = ±1, never beyond, NaN stays NaN.
    /// t / (t + 2) with t = e²ˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1), which loses nothing near 0; |x| above 9.02 rounds to 1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x) where V : unmanaged, ILanes<V>
    {
        x = V.Min(V.Create(9.02f), V.Max(V.Create(-9.02f), x));
        V n = V.Round(x * V.Create(2 * Log2E));
        V r = Reduce(x + x, n);
        V t = ExpM1Reduced(r);
        V power = PowerOfTwo(V.ToInt(n));
        t = V.MultiplyAdd(t, power, power - V.Create(1f));
        return t / (t + V.Create(2f));
    }
}
