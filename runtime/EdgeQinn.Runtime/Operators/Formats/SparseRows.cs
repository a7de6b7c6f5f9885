using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>A block-sparse weight cut for a kernel: blocks of one column and of at most the stored height, in float32.</summary>
/// <param name="Pointers">Where each group of rows begins, and the end.</param>
/// <param name="Columns">Each block's column.</param>
/// <param name="Values">[blocks, height].</param>
sealed record SparseRows(uint[] Pointers, uint[] Columns, float[] Values)
{
    /// <summary>Cuts <paramref name="weight"/> into blocks of <paramref name="height"/> rows, a divisor of its own.</summary>
    /// <param name="weight">The stored blocks.</param>
    /// <param name="height">Rows per block.</param>
    /// <param name="skipZeros">Whether blocks of zeros are left out. (A zero times an infinite input is NaN: left out, it is zero.)</param>
    public static SparseRows Of(BlockSparseWeight weight, int height, bool skipZeros) => Of(weight, height, skipZeros, weight.Value);

    /// <summary>The same of an int8 weight with its levels, not yet scaled, as values; blocks of zeros are left out.</summary>
    public static SparseRows OfLevels(BlockSparseWeight weight, int height) => Of(weight, height, true, (block, group, row, column) => weight.Level(block, group, row, column));

    static SparseRows Of(BlockSparseWeight weight, int height, bool skipZeros, Func<int, int, int, int, float> value)
    {
        var pointers = new List<uint> { 0 };
        var columns = new List<uint>();
        var values = new List<float>();
        var block = new float[height];
        for (int first = 0; first < weight.Rows; first += height)
        {
            int g = first / weight.Height, within = first % weight.Height;
            for (uint b = weight.Pointers[g]; b < weight.Pointers[g + 1]; b++)
                for (int c = 0; c < weight.Width; c++)
                {
                    uint column = weight.BlockColumn[(int)b] * (uint)weight.Width + (uint)c;
                    if (column >= weight.Columns) continue;
                    for (int r = 0; r < height; r++) block[r] = value((int)b, g, within + r, c);
                    if (skipZeros && !block.AsSpan().ContainsAnyExcept(0f)) continue;
                    columns.Add(column);
                    values.AddRange(block);
                }
            pointers.Add((uint)columns.Count);
        }
        return new SparseRows([.. pointers], [.. columns], [.. values]);
    }
}
