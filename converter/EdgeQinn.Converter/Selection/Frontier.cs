namespace EdgeQinn.Converter.Selection;

/// <summary>One choice over all layers.</summary>
/// <param name="Divergence">The sum over layers.</param>
/// <param name="Cost">The sum over layers.</param>
/// <param name="Choice">Which option each layer takes.</param>
public sealed record FrontierPoint(double Divergence, double Cost, int[] Choice);

/// <summary>
/// The choices over all layers that nothing else beats in both divergence and cost, found by dynamic programming: layer by layer, every point that is left is
/// joined with every option, and what is dominated goes (Nemhauser and Ullmann 1969). Where points become many, those that lie close together are thinned.
/// </summary>
public static class Frontier
{
    const int MostPoints = 3000;

    /// <summary>The frontier, cheapest first.</summary>
    /// <param name="layers">Each layer's options: divergence and cost.</param>
    public static IReadOnlyList<FrontierPoint> Of(IReadOnlyList<IReadOnlyList<(double Divergence, double Cost)>> layers)
    {
        var points = new List<FrontierPoint> { new(0, 0, []) };
        foreach (var options in layers)
        {
            var joined = points.SelectMany(p => options.Select((o, i) => new FrontierPoint(p.Divergence + o.Divergence, p.Cost + o.Cost, [.. p.Choice, i])));
            points = Thin(Undominated(joined));
        }
        return points;
    }

    static List<FrontierPoint> Undominated(IEnumerable<FrontierPoint> points)
    {
        var kept = new List<FrontierPoint>();
        double least = double.PositiveInfinity;
        foreach (var p in points.OrderBy(p => p.Cost).ThenBy(p => p.Divergence))
        {
            if (p.Divergence >= least) continue;
            least = p.Divergence;
            kept.Add(p);
        }
        return kept;
    }

    /// <summary>Leaves the cheapest point of each small step of the divergence's logarithm.</summary>
    static List<FrontierPoint> Thin(List<FrontierPoint> points)
    {
        if (points.Count <= MostPoints) return points;
        double high = Math.Log(Math.Max(points[0].Divergence, 1e-12)), low = Math.Log(Math.Max(points[^1].Divergence, 1e-12));
        double step = Math.Max((high - low) / MostPoints, 1e-12);
        // Of a step's points the last has the least divergence; the first, the cheapest, stays, and the very last of all.
        return [.. points.GroupBy(p => (int)((high - Math.Log(Math.Max(p.Divergence, 1e-12))) / step)).Select(g => g.First()).Append(points[^1]).Distinct()];
    }
}
