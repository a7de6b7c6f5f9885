using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

public static partial class Lanes
{
    /// <summary>min(hi, max(lo, x)); NaN where x is. The bounds are no NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Clamp<V>(V x, V lo, V hi) where V : unmanaged, ILanes<V> => V.Min(hi, V.Max(lo, x));

    /// <summary>The larger of a and b; NaN where either is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Maximum<V>(V a, V b) where V : unmanaged, ILanes<V> => V.Select(V.Equal(a, a), V.Max(a, b), a);

    /// <summary>The smaller of a and b; NaN where either is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Minimum<V>(V a, V b) where V : unmanaged, ILanes<V> => V.Select(V.Equal(a, a), V.Min(a, b), a);
}
