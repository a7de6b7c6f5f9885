namespace EdgeQinn.Runtime.Streaming;

/// <summary>
/// Whether a layer runs faster on some columns than on all. The unit is one multiply-add of a long run; the constants were fitted to timings of the reference
/// models' layers (benchmarks/results/incremental.md).
/// </summary>
static class StreamCost
{
    /// <summary>A multiply-add of a short run: weights are read for fewer results, and filters that save multiplications pay less.</summary>
    const double ShortRun = 2.5;

    /// <summary>Putting a row of columns together from past and present.</summary>
    const double Row = 800;

    /// <summary>A step more.</summary>
    const double Step = 8000;

    /// <summary>An element of a layer that is no product.</summary>
    const double Element = 2;

    /// <summary>Whether streaming pays.</summary>
    /// <param name="multiplyAdds">Of the layer over a window.</param>
    /// <param name="elements">Of its result.</param>
    /// <param name="share">The part of its columns that is computed anew at every hop.</param>
    /// <param name="rows">Rows of its input, across time.</param>
    /// <param name="pieces">Runs of columns: the new ones, and those that padding at the window's start reaches.</param>
    public static bool Pays(long multiplyAdds, long elements, double share, long rows, int pieces) =>
        share * (ShortRun * multiplyAdds + Element * elements) + pieces * (rows * Row + Step) < multiplyAdds + Element * elements;
}
