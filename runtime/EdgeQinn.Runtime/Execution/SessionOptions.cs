namespace EdgeQinn.Runtime.Execution;

/// <summary>How a session runs its model.</summary>
public sealed record SessionOptions
{
    /// <summary>The largest <see cref="Batch"/>.</summary>
    public const int MaxBatch = 1 << 16;

    /// <summary>
    /// The independent inputs that one run takes. The results are those of as many single runs: bit for bit but for what linear and recurrent
    /// layers compute for all at once, whose sums may be in another order (within float32 rounding). The first session of a size packs the
    /// weights for it; the model keeps them for those that follow.
    /// </summary>
    public int Batch { get; init; } = 1;
}
