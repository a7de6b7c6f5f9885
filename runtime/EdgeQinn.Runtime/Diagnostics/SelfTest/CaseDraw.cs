namespace EdgeQinn.Runtime.Diagnostics.SelfTest;

/// <summary>
/// The sizes and data of a case: random, but one of the sizes can be pinned, so that a test can walk through every size that a case draws; the others
/// are then near their least.
/// </summary>
/// <param name="seed">Of all that is drawn.</param>
sealed class CaseDraw(int seed) : Random(seed)
{
    const int Range = 6;

    /// <summary>Which size is pinned, counted as drawn; −1 for none.</summary>
    public int Pinned { get; init; } = -1;

    /// <summary>What it is pinned to: a size, or where 0 and 1 are too small anyway, how much more than the least.</summary>
    public int To { get; init; }

    /// <summary>The sizes drawn so far.</summary>
    public int Sizes { get; private set; }

    /// <summary>Whether <see cref="To"/> is less than the case allows there.</summary>
    public bool IsBelow { get; private set; }

    /// <summary>A size of at least <paramref name="least"/> and below <paramref name="most"/>, where it is not the pinned one.</summary>
    public int Size(int least, int most)
    {
        if (Sizes++ != Pinned) return Next(least, Pinned < 0 ? most : Math.Min(most, least + Range));
        if (least > 1) return least + To;
        IsBelow = To < least;
        return Math.Max(least, To);
    }
}
