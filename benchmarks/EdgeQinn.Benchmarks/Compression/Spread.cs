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

    /// <summary>mean ± deviation (least–most), or the one figure that all are.</summary>
    /// <param name="format">Of each figure.</param>
    /// <param name="signed">Whether a plus stands before what is above zero.</param>
    public string ToText(string format, bool signed = false)
    {
        string Show(double value) => (signed && value > 0 ? "+" : "") + value.ToString(format, CultureInfo.InvariantCulture);
        return Least.Equals(Most) ? Show(Mean) : $"{Show(Mean)} ± {Deviation.ToString(format, CultureInfo.InvariantCulture)} ({Show(Least)} to {Show(Most)})";
    }
}
