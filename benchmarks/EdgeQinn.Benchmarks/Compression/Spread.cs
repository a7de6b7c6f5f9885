using System.Globalization;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>What repeated measurements of one figure say.</summary>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation, of a sample (n − 1); 0 for one.</param>
/// <param name="Least">The least.</param>
/// <param name="Most">The greatest.</param>
sealed record Spread(int Count, double Mean, double Deviation, double Least, double Most)
{
    /// <summary>Of some figures; at least one.</summary>
    public static Spread Of(IEnumerable<double> figures)
    {
        double[] all = [.. figures];
        if (all.Length == 0) throw new ArgumentException("there is nothing to average", nameof(figures));
        double mean = all.Average();
        return new(all.Length, mean, all.Length == 1 ? 0 : Math.Sqrt(all.Sum(x => (x - mean) * (x - mean)) / (all.Length - 1)), all.Min(), all.Max());
    }

    /// <summary>mean ± deviation (least–most).</summary>
    public string ToText(string format)
    {
        string Show(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return Count == 1 ? Show(Mean) : $"{Show(Mean)} ± {Show(Deviation)} ({Show(Least)}–{Show(Most)})";
    }
}
