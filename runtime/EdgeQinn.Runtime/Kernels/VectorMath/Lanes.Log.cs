using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

public static partial class Lanes
{
    /// <summary>ln x. At most 2 ulp, denormal arguments included; ln 0 = −∞, ln ∞ = ∞, NaN for x &lt; 0 and NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<V>(V x) where V : unmanaged, ILanes<V>
    {
        V smallest = V.Create(1.17549435e-38f);
        V denormal = V.Less(x, smallest);
        V scaled = V.Select(denormal, x * V.Create(8388608f), x);

        // x = 2ᵉ (1 + f) with √½ ≤ 1 + f < √2.
        V e = V.ShiftRightInt(V.SubtractInt(scaled, V.CreateInt(0x3f3504f3)), 23);
        V f = V.SubtractInt(scaled, V.ShiftLeftInt(e, 23)) - V.Create(1f);
        V n = V.FromInt(e) - (denormal & V.Create(23f));

        // ln(1 + f) = f − f²/2 + f³ P(f)
        V p = V.MultiplyAdd(V.Create(-7.6344977568e-02f), f, V.Create(1.2761577536e-01f));
        p = V.MultiplyAdd(p, f, V.Create(-1.3160182162e-01f));
        p = V.MultiplyAdd(p, f, V.Create(1.4201757917e-01f));
        p = V.MultiplyAdd(p, f, V.Create(-1.6623357360e-01f));
        p = V.MultiplyAdd(p, f, V.Create(2.0001226880e-01f));
        p = V.MultiplyAdd(p, f, V.Create(-2.5000821034e-01f));
        p = V.MultiplyAdd(p, f, V.Create(3.3333331708e-01f));
        V square = f * f;
        V tail = V.MultiplyAdd(p * f, square, V.MultiplyAdd(n, V.Create(Ln2Low), square * V.Create(-0.5f)));
        V result = V.MultiplyAdd(n, V.Create(Ln2High), f + tail);

        V infinity = V.Create(float.PositiveInfinity);
        result = V.Select(V.Less(x, infinity), result, x);                        // ∞ and NaN stay
        result = V.Select(V.Equal(x, V.Create(0f)), V.Create(float.NegativeInfinity), result);
        return V.Select(V.Less(x, V.Create(0f)), V.Create(float.NaN), result);
    }
}
