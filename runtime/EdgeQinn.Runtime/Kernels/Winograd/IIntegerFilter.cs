using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// A minimal filter with integers throughout: <see cref="Divisor"/>·y = Aᵀ[(G g) ∘ (Bᵀ d)], its matrices those of <see cref="IMinimalFilter"/> with rows scaled to
/// whole numbers. For |d| ≤ 255 and |g| ≤ 127, Bᵀ d and G g fit int16. Sums of products may wrap round: the Divisor is 8 times an odd
/// number, which is divided by exactly modulo 2³², so the result is right wherever |8·y| &lt; 2³¹.
/// </summary>
interface IIntegerFilter : IMinimalFilter
{
    /// <summary>Bᵀ, [products, products].</summary>
    static abstract ReadOnlySpan<short> Inputs { get; }

    /// <summary>G, [products, Taps].</summary>
    static abstract ReadOnlySpan<short> Weights { get; }

    /// <summary>Aᵀ, [<see cref="IMinimalFilter.Outputs"/>, products].</summary>
    static abstract ReadOnlySpan<short> Results { get; }

    /// <summary>What Aᵀ gives too much.</summary>
    static abstract int Divisor { get; }
}

/// <summary>What the integer filters share.</summary>
static class IntegerFilter
{
    /// <summary>The most taps times channels whose results, eightfold, fit int32: 255·127 each.</summary>
    public const int MaxTerms = int.MaxValue / (8 * 255 * 127);

    /// <summary>c·x of int16 lanes; <paramref name="c"/> fits int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Times<V>(int c, V x) where V : unmanaged, ILanes<V> => V.MultiplyShort(V.CreateInt(c << 16 | c & 0xFFFF), x);

    /// <summary>bias + scale·(sum / (8·odd)), given the number that <paramref name="inverse"/>·odd = 1 modulo 2³².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Finish<V>(V sum, int inverse, V scale, V bias) where V : unmanaged, ILanes<V> =>
        V.FromInt(V.ShiftRightInt(V.MultiplyInt(sum, V.CreateInt(inverse)), 3)) * scale + bias;
}
