using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Block-sparse rows, one threshold for the whole layer: by magnitude, the blocks with the largest norms stay as they are; with calibration the blocks
/// that outputs miss most stay, and make up for the others (<see cref="ObsPruning"/>).
/// </summary>
public static class BlockSparseBuilder
{
    /// <summary>The pruned weight.</summary>
    /// <param name="layer">The dense weight.</param>
    /// <param name="height">Rows per block: 1, 4, 8 or 16.</param>
    /// <param name="width">Columns per block: 1, or 4 with height 4.</param>
    /// <param name="density">The share of blocks that stay, 0 to 1.</param>
    /// <param name="int8">Whether values are stored in int8 with a scale per row.</param>
    public static BlockSparseWeight Build(DenseLayer layer, int height, int width, double density, bool int8 = false)
    {
        if (layer.Inputs is not { } inputs) return FromMask(layer, height, width, LargestBlocks(layer, height, width, density), int8);
        if (width == 1)
        {
            var (keep, pruned) = ObsPruning.Of(layer, height).Prune(density);
            return FromMask(pruned, height, width, keep, int8);
        }
        // Wanda's score, |w|·‖x‖ (Sun et al. 2024), names the wider blocks; their weights are refitted as exactly.
        double[] deviations = [.. inputs.Moments.Weighting.Diagonal().Select(Math.Sqrt)];
        var scored = layer with { Data = [.. layer.Data.Select((w, i) => (float)(w * deviations[i % layer.Columns]))] };
        bool[,] mask = LargestBlocks(scored, height, width, density);
        return FromMask(ObsPruning.Refitted(layer, inputs.Moments, mask, height, width), height, width, mask, int8);
    }

    /// <summary>The weight that keeps the blocks <paramref name="keep"/>[group, column] names, and in them the layer's values.</summary>
    public static BlockSparseWeight FromMask(DenseLayer layer, int height, int width, bool[,] keep, bool int8 = false) =>
        FromMask(layer, height, width, keep, int8 ? new float[layer.Rows] : null);

    /// <summary>The same in int8, with a scale per row that is at least the one given.</summary>
    public static BlockSparseWeight FromMask(DenseLayer layer, int height, int width, bool[,] keep, float[]? scales)
    {
        int groups = keep.GetLength(0);
        var pointers = new uint[groups + 1];
        var columns = new List<uint>();
        var values = new List<float>();
        for (int g = 0; g < groups; g++)
        {
            for (int b = 0; b < keep.GetLength(1); b++)
            {
                if (!keep[g, b]) continue;
                columns.Add((uint)b);
                for (int c = 0; c < width; c++)
                    for (int r = 0; r < height; r++) values.Add(Value(layer, g * height + r, b * width + c));
            }
            pointers[g + 1] = (uint)columns.Count;
        }
        return scales is not null ? Quantise(layer, height, width, pointers, [.. columns], values, [.. scales])
            : new BlockSparseWeight(layer.Type, layer.Rows, height, width, pointers, [.. columns], [.. values]);
    }

    static BlockSparseWeight Quantise(DenseLayer layer, int height, int width, uint[] pointers, uint[] columns, List<float> values, float[] scales)
    {
        int RowOf(int group, int i) => group * height + i % height;
        var quantised = new sbyte[values.Count];
        int size = height * width;
        for (int pass = 0; pass < 2; pass++)
            for (int g = 0; g + 1 < pointers.Length; g++)
                for (int i = (int)pointers[g] * size; i < pointers[g + 1] * size; i++)
                {
                    int row = RowOf(g, i);
                    if (row >= layer.Rows) continue;
                    if (pass == 0) scales[row] = Math.Max(scales[row], Math.Abs(values[i]) / 127);
                    else quantised[i] = Int8Builder.Quantise(values[i], scales[row]);
                }
        return new BlockSparseWeight(layer.Type, height, width, pointers, columns, quantised, scales);
    }

    /// <summary>The mask [groups, block columns] of the <paramref name="density"/>·blocks with the largest Frobenius norms; of equals the first.</summary>
    public static bool[,] LargestBlocks(DenseLayer layer, int height, int width, double density)
    {
        int groups = (layer.Rows + height - 1) / height, blocks = (layer.Columns + width - 1) / width;
        var norms = new double[groups * blocks];
        for (int i = 0; i < layer.Rows; i++)
            for (int j = 0; j < layer.Columns; j++)
            {
                double w = layer.Data[i * layer.Columns + j];
                norms[i / height * blocks + j / width] += w * w;
            }
        int kept = (int)Math.Round(density * norms.Length, MidpointRounding.AwayFromZero);
        var keep = new bool[groups, blocks];
        foreach (int b in Enumerable.Range(0, norms.Length).OrderByDescending(b => norms[b]).ThenBy(b => b).Take(kept)) keep[b / blocks, b % blocks] = true;
        return keep;
    }

    static float Value(DenseLayer layer, int row, int column) => row < layer.Rows && column < layer.Columns ? layer.Data[row * layer.Columns + column] : 0;
}
