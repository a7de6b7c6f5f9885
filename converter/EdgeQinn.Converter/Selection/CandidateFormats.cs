using System.Globalization;
using EdgeQinn.Converter.Calibration;

namespace EdgeQinn.Converter.Selection;

/// <summary>Which formats, with which parameters, a layer is tried in; written as <c>--format</c> takes them.</summary>
public static class CandidateFormats
{
    /// <summary>Below this many elements a layer's format decides nothing; it is tried in a few.</summary>
    const int FewElements = 1024;

    /// <summary>Above this many, fits take long: those that seldom win are tried less, unless they are asked for by name.</summary>
    const int LargeElements = 1 << 18;

    static readonly double[] Densities = [0.5, 0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.035, 0.025];
    static readonly int[] Ranks = [2, 4, 8, 16, 24, 32, 48, 64];
    static readonly string[] Types = ["", ",type=int8"];

    /// <summary>The formats for <paramref name="site"/> whose every term is in <paramref name="allowed"/>; all where that is empty. Dense is none of them: it is the yardstick.</summary>
    public static IReadOnlyList<string> For(WeightSite site, IReadOnlyCollection<string> allowed)
    {
        var all = site.Weight.Data.Length < FewElements ? Small(site) : site.IsConvolution ? Convolution(site) : Matrix(site, quick: allowed.Count == 0 && site.Weight.Data.Length > LargeElements);
        return [.. all.Where(f => allowed.Count == 0 || f.Split('+').All(term => allowed.Contains(term.Split(':')[0])))];
    }

    static IEnumerable<string> Small(WeightSite site) => ["int8", .. Sparse(site.IsConvolution ? [4] : [16, 4], Densities[..4])];

    static IEnumerable<string> Convolution(WeightSite site)
    {
        int rows = site.Weight.Rows, columns = site.Weight.Columns, channels = site.Weight.Type.Shape[1], taps = columns / channels;
        yield return "int8";
        foreach (string f in Sparse([4], Densities)) yield return f;
        foreach (double density in Densities)
            foreach (string type in Types) yield return $"sparse:density={Number(density)}{type}";
        if (channels >= 4 && taps > 1)
        {
            foreach (var (left, right) in new[] { (8, 8), (4, 8), (8, 4), (4, 4), (2, 4), (2, 2) })
                if (channels / left is var r and > 0 && rows / right is var s and > 0) yield return $"tucker2:rank={r},readout={s}";
            foreach (int share in (int[])[4, 2, 1])
                if (channels / share is var r and > 0) yield return $"cp:rank={r}";
        }
        foreach (int r in Ranks.Where(r => r * (rows + columns) < 0.6 * rows * columns)) yield return $"lowrank:rank={r}";
    }

    static IEnumerable<string> Matrix(WeightSite site, bool quick)
    {
        int rows = site.Weight.Rows, columns = site.Weight.Columns;
        yield return "int8";
        foreach (string f in Sparse(rows % 16 == 0 ? [16, 4] : [8, 4], Densities)) yield return f;
        foreach (string f in Densities.Where(d => d <= 0.05).SelectMany(d => Types.Select(t => $"sparse:density={Number(d)}{t}"))) yield return f;
        foreach (int r in Ranks.Where(r => r * (rows + columns) < 0.6 * rows * columns))
            foreach (string type in Types) yield return $"lowrank:rank={r}{type}";
        foreach (int bond in quick ? (int[])[1, 2, 4] : [1, 2, 4, 8, 16])
            if (bond * 4 <= Math.Min(rows, columns)) yield return $"mps:bond={bond}";
        foreach (int groups in quick ? (int[])[8] : [4, 8])
        {
            if (rows % groups != 0 || rows / groups < 4) continue;
            foreach (int r in quick ? (int[])[16] : [8, 16, 32, 64])
            {
                if (r * (columns + rows) >= 0.6 * rows * columns) continue;
                yield return $"entangled:kind=phase,groups={groups},rank={r}";
                yield return $"entangled:kind=coupled,groups={groups},rank={r},readout={Math.Max(2, r / 2)}";
                if (groups == 4 && r < 32 && !quick) yield return $"entangled:kind=rotation,groups={groups},rank={r}";
            }
            if (columns % groups == 0)
                if (!quick) // two cores of a train once more
                    foreach (int terms in (int[])[2, 4]) yield return $"entangled:kind=schmidt,groups={groups},inputs={groups},rank={terms}";
        }
        foreach (double density in quick ? (double[])[0.05] : [0.2, 0.1, 0.05])
            foreach (string type in Types) yield return $"hadamard:density={Number(density)}{type}";
        foreach (string overlay in (string[])["bcsr:density=0.05", "bcsr:density=0.05,type=int8", "int8"])
            if (8 * (rows + columns) < 0.3 * rows * columns) yield return $"lowrank:rank=8+{overlay}";
        if (!quick) yield return "mps:bond=2+bcsr:density=0.05";
    }

    

    static IEnumerable<string> Sparse(int[] heights, double[] densities) =>
        from v in heights from d in densities from type in Types select $"bcsr:v={v},density={Number(d)}{type}";

    static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
