using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// A minimal-filtering algorithm F(4, r) (Winograd 1980; Toom–Cook by evaluation at points): 4 outputs of an r-tap filter from r + 3
/// multiplications, y = Aᵀ[(G g) ∘ (Bᵀ d)]. The points are 0, pairs ±p and ∞, so both transforms split into even and odd halves:
/// with Q(x) = x·∏(x² − q²) over the other pairs, the rows of Bᵀ for ±p are the coefficients of Q(x)(x ± p); that of 0 is ∏(x² − p²), that
/// of ∞ x·∏(x² − p²); Aᵀ holds powers of the points; G their powers divided by the derivative of ∏(x − p) there.
/// Points were chosen for the least float32 error among sets of small dyadic fractions.
/// </summary>
unsafe interface IMinimalFilter
{
    /// <summary>Outputs per tile.</summary>
    const int Outputs = 4;

    /// <summary>The most taps any of the filters has.</summary>
    const int MaxTaps = 7;

    /// <summary>r.</summary>
    static abstract int Taps { get; }

    /// <summary>The positive point of each pair, in the order of the rows: 0, +p₁, −p₁, +p₂, …, ∞.</summary>
    static abstract ReadOnlySpan<double> Points { get; }

    /// <summary>Whether inputs are pairs of int16, products int32 and the results exact (<see cref="Int8Winograd"/>); float32 otherwise.</summary>
    static abstract bool IsInteger { get; }

    /// <summary>
    /// z_i = (Bᵀ d)_i for as many tiles as lanes; z_i goes to z + i·pitch. Tiles are 4 inputs apart: d₄ of a tile is d₀ of the one after it, and so on; those behind
    /// the last lane are in <paramref name="next0"/> ….
    /// </summary>
    static abstract void Input<V>(V d0, V d1, V d2, V d3, V next0, V next1, V next2, V next3, float* z, nint pitch) where V : unmanaged, ILanes<V>;

    /// <summary>y = bias + Aᵀ z (of integers: bias + scale·Aᵀ z) for as many channels as lanes: z_i lies at z + i·pitch.</summary>
    static abstract void Output<V>(float* z, nint pitch, V scale, V bias, out V y0, out V y1, out V y2, out V y3) where V : unmanaged, ILanes<V>;
}
