using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

public static partial class Lanes
{
    /// <summary>
    /// erf x = 2/√π ∫₀ˣ e^(−t²) dt. At most 3 ulp, denormals included; erf ±∞ = ±1, NaN stays NaN.
    /// x P(x²) below 0.92, 1 − e^(−Q(|x|)) above.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x) where V : unmanaged, ILanes<V>
    {
        V sign = x & V.CreateInt(int.MinValue);
        V a = V.Min(V.Create(3.95f), x ^ sign);
        V y = a * a;

        V small = V.MultiplyAdd(V.Create(8.3167897143e-05f), y, V.Create(-8.1300170750e-04f));
        small = V.MultiplyAdd(small, y, V.Create(5.1999071825e-03f));
        small = V.MultiplyAdd(small, y, V.Create(-2.6858941796e-02f));
        small = V.MultiplyAdd(small, y, V.Create(1.1283687196e-01f));
        small = V.MultiplyAdd(small, y, V.Create(-3.7612633189e-01f));
        small = V.MultiplyAdd(small, y, V.Create(1.1283791666f));
        small *= a;

        V q = V.MultiplyAdd(V.Create(-1.9821965149e-04f), a, V.Create(3.0654902571e-03f));
        q = V.MultiplyAdd(q, a, V.Create(-2.2315212837e-02f));
        q = V.MultiplyAdd(q, a, V.Create(1.0411367813e-01f));
        q = V.MultiplyAdd(q, a, V.Create(6.3697608408e-01f));
        q = V.MultiplyAdd(q, a, V.Create(1.1277972420f));
        q = V.MultiplyAdd(q, a, V.Create(1.6644777504e-04f));
        V large = V.Create(1f) - ExpNormal(V.Create(0f) - q);

        return V.Select(V.Less(a, V.Create(0.92f)), small, large) | sign;
    }
}
