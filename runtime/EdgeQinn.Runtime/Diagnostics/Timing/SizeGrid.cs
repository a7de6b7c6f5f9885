namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>The times of layers that differ in sizes only, as a tree: one level per size, one branch per value measured. The branches need not have the same values below them.</summary>
sealed class SizeGrid
{
    readonly string[] _names;
    readonly double[] _least, _most;
    readonly Branch _root;

    /// <summary>One value of a size (as a logarithm), and below it either the next size's values or the logarithm of µs per multiply-add.</summary>
    sealed record Branch(double At, Branch[] Children, double Rate);

    public SizeGrid(IReadOnlyList<LayerTime> entries)
    {
        _names = [.. entries[0].Layer.Sizes.Select(s => s.Name)];
        var points = entries.Where(e => HasNames(e.Layer)).Select(e => (Point(e.Layer), Math.Log(e.Microseconds / e.Layer.MultiplyAdds))).ToList();
        _least = [.. Enumerable.Range(0, _names.Length).Select(i => points.Min(p => p.Item1[i]))];
        _most = [.. Enumerable.Range(0, _names.Length).Select(i => points.Max(p => p.Item1[i]))];
        _root = Grow(0, points, 0);
    }

    /// <summary>The estimate; null where the layer's sizes are called otherwise.</summary>
    public TimeEstimate? Estimate(TimedLayer layer)
    {
        const double Rounding = 1e-6;
        if (!HasNames(layer)) return null;
        double[] at = Point(layer);
        bool outside = false;
        double below = 0;
        for (int i = 0; i < at.Length; i++)
        {
            outside |= at[i] < _least[i] - Rounding || at[i] > _most[i] + Rounding;
            below += Math.Max(0, _least[i] - at[i]); // the smallest layer's time, not its rate
        }
        return new TimeEstimate(layer.MultiplyAdds * Math.Exp(Interpolate(_root, at, 0) + below), outside);
    }

    static double Interpolate(Branch branch, double[] at, int level)
    {
        if (level == at.Length) return branch.Rate;
        var values = branch.Children;
        int above = Array.FindIndex(values, v => v.At >= at[level]);
        if (above < 0) return Interpolate(values[^1], at, level + 1);
        double high = Interpolate(values[above], at, level + 1);
        if (above == 0) return high;
        double low = Interpolate(values[above - 1], at, level + 1);
        return low + (high - low) * (at[level] - values[above - 1].At) / (values[above].At - values[above - 1].At);
    }

    Branch Grow(double at, List<(double[] Sizes, double Rate)> points, int level) => level == _names.Length
        ? new Branch(at, [], points.Average(p => p.Rate))
        : new Branch(at, [.. points.GroupBy(p => p.Sizes[level]).OrderBy(g => g.Key).Select(g => Grow(g.Key, [.. g], level + 1))], 0);

    bool HasNames(TimedLayer layer) => layer.Sizes.Length == _names.Length && !layer.Sizes.Where((s, i) => s.Name != _names[i]).Any();

    static double[] Point(TimedLayer layer) => [.. layer.Sizes.Select(s => Math.Log(s.Value))];
}
