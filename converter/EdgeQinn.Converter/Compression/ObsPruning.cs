using System.Collections.Concurrent;
using EdgeQinn.Converter.Calibration;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Which blocks of V rows × 1 column stay when a calibrated layer is pruned, and what the weights in them become: the order comes from
/// <see cref="ObsOrder"/>, groups compete for the layer's blocks by the error each removal costs, and the weights that stay are the exact ridge
/// regression on their columns. All densities come from one order, which is kept for as long as the layer is.
/// </summary>
sealed class ObsPruning
{
    /// <summary>Multiply-adds that the exact steps of a layer may take; beyond, the cheapest columns of each group go in one step before them.</summary>
    const double ExactWork = 4e9;

    readonly DenseLayer _layer;
    readonly InputMoments _moments;
    readonly int _height;
    readonly ObsOrder[] _orders;
    readonly ConcurrentDictionary<double, Lazy<(bool[,], DenseLayer)>> _pruned = [];

    ObsPruning(DenseLayer layer, int height)
    {
        (_layer, _moments, _height) = (layer, layer.Inputs!.Moments, height);
        var h = _moments.Weighting;
        double[] inverse = _moments.Inverse;
        int groups = (layer.Rows + height - 1) / height;
        int exact = (int)Math.Min(layer.Columns, Math.Cbrt(ExactWork / groups));
        _orders = new ObsOrder[groups];
        Parallel.For(0, groups, g => _orders[g] = ObsOrder.Of(h, inverse, Rows(g), exact));
    }

    /// <summary>The order for a calibrated layer, worked out once.</summary>
    public static ObsPruning Of(DenseLayer layer, int height) => LayerCache.Get(layer, $"order of blocks of {height}", () => new ObsPruning(layer, height));

    /// <summary>The blocks that stay, [groups, columns], and the layer with the weights they get.</summary>
    /// <param name="density">The share of blocks that stay.</param>
    public (bool[,] Keep, DenseLayer Layer) Prune(double density) => _pruned.GetOrAdd(density, d => new(() => Pruned(d))).Value;

    (bool[,] Keep, DenseLayer Layer) Pruned(double density)
    {
        int n = _layer.Columns, groups = _orders.Length;
        int gone = groups * n - (int)Math.Round(density * groups * n, MidpointRounding.AwayFromZero);
        var keep = new bool[groups, n];
        for (int g = 0; g < groups; g++)
            for (int j = 0; j < n; j++) keep[g, j] = true;
        // Costs do not fall along a group's order, so the cheapest steps over all groups are beginnings of their orders.
        foreach (var (g, step) in Enumerable.Range(0, groups).SelectMany(g => Enumerable.Range(0, n).Select(step => (g, step)))
            .OrderBy(s => _orders[s.g].Cost[s.step]).ThenBy(s => s.step).ThenBy(s => s.g).Take(gone))
            keep[g, _orders[g].Columns[step]] = false;
        return (keep, Refitted(_layer, _moments, keep, _height));
    }

    /// <summary>The layer with the weights that do best where only the blocks in <paramref name="keep"/> are left.</summary>
    public static DenseLayer Refitted(DenseLayer layer, InputMoments moments, bool[,] keep, int height, int width = 1)
    {
        var h = moments.Weighting;
        var data = new float[layer.Data.Length];
        Parallel.For(0, keep.GetLength(0), g =>
        {
            int[] columns = [.. Enumerable.Range(0, layer.Columns).Where(j => keep[g, j / width])];
            if (columns.Length == 0) return;
            var rows = RowsOf(layer, g, height);
            var fitted = columns.Length == layer.Columns ? rows : ObsOrder.Refit(h, ObsOrder.Submatrix(h, columns), rows, columns);
            for (int r = 0; r < rows.Length; r++)
                for (int s = 0; s < columns.Length; s++) data[(g * height + r) * layer.Columns + columns[s]] = (float)fitted[r][s];
        });
        return layer with { Data = data };
    }

    double[][] Rows(int group) => RowsOf(_layer, group, _height);

    static double[][] RowsOf(DenseLayer layer, int group, int height) =>
        [.. Enumerable.Range(group * height, Math.Min(height, layer.Rows - group * height)).Select(r => Array.ConvertAll(layer.Data[(r * layer.Columns)..((r + 1) * layer.Columns)], v => (double)v))];
}
