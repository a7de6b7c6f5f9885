using System.Globalization;
using System.Net;
using System.Text;

namespace EdgeQinn.Converter.Report;

/// <summary>One point of a plot.</summary>
/// <param name="X">Across.</param>
/// <param name="Y">Up.</param>
/// <param name="Title">Shown where the mouse rests.</param>
readonly record struct PlotPoint(double X, double Y, string Title = "");

/// <summary>Points drawn alike.</summary>
/// <param name="Name">For the legend; empty for none.</param>
/// <param name="Colour">CSS.</param>
/// <param name="Points">In order.</param>
/// <param name="IsLine">Whether they are joined, else dots.</param>
/// <param name="Radius">Of dots.</param>
sealed record PlotSeries(string Name, string Colour, IReadOnlyList<PlotPoint> Points, bool IsLine = false, double Radius = 3);

/// <summary>A plot as inline SVG, without script or anything from elsewhere.</summary>
/// <param name="XLabel">The horizontal axis.</param>
/// <param name="YLabel">The vertical axis.</param>
/// <param name="LogX">Whether the horizontal axis is logarithmic.</param>
/// <param name="LogY">Whether the vertical axis is logarithmic.</param>
sealed record SvgPlot(string XLabel, string YLabel, bool LogX, bool LogY)
{
    const int Width = 440, Height = 260, Left = 58, Right = 12, Top = 10, Bottom = 40;

    /// <summary>The markup; what an axis cannot show (zero on a logarithmic one) is left out.</summary>
    public string Draw(IReadOnlyList<PlotSeries> series)
    {
        var shown = series.Select(s => s with { Points = [.. s.Points.Where(p => Fits(p.X, LogX) && Fits(p.Y, LogY))] }).Where(s => s.Points.Count > 0).ToArray();
        var svg = new StringBuilder().Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(YLabel)} against {Escape(XLabel)}\">");
        if (shown.Length == 0) return svg.Append("<text x=\"20\" y=\"40\">nothing to show</text></svg>").ToString();
        var (xLow, xHigh) = Range(shown.SelectMany(s => s.Points.Select(p => p.X)), LogX);
        var (yLow, yHigh) = Range(shown.SelectMany(s => s.Points.Select(p => p.Y)), LogY);
        double X(double v) => Left + (Scale(v, LogX) - xLow) / (xHigh - xLow) * (Width - Left - Right);
        double Y(double v) => Height - Bottom - (Scale(v, LogY) - yLow) / (yHigh - yLow) * (Height - Top - Bottom);
        foreach (double tick in Ticks(xLow, xHigh, LogX))
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{X(tick):0.#} {Top}V{Height - Bottom}\"/><text class=\"x\" x=\"{X(tick):0.#}\" y=\"{Height - Bottom + 14}\">{Label(tick)}</text>");
        foreach (double tick in Ticks(yLow, yHigh, LogY))
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{Left} {Y(tick):0.#}H{Width - Right}\"/><text class=\"y\" x=\"{Left - 5}\" y=\"{Y(tick) + 3:0.#}\">{Label(tick)}</text>");
        foreach (var s in shown)
        {
            if (s.IsLine)
                svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{s.Colour}\" stroke-width=\"1.6\" points=\"{string.Join(' ', s.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):0.#},{Y(p.Y):0.#}")))}\"/>");
            else
                foreach (var p in s.Points)
                    svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(p.X):0.#}\" cy=\"{Y(p.Y):0.#}\" r=\"{s.Radius}\" fill=\"{s.Colour}\"><title>{Escape(p.Title)}</title></circle>");
        }
        int line = 0;
        foreach (var s in shown.Where(s => s.Name.Length > 0))
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"legend\" x=\"{Width - Right - 4}\" y=\"{Top + 12 + 13 * line++}\" fill=\"{s.Colour}\">{Escape(s.Name)}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\">{Escape(XLabel)}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" transform=\"translate(12 {(Top + Height - Bottom) / 2}) rotate(-90)\">{Escape(YLabel)}</text></svg>");
        return svg.ToString();
    }

    /// <summary>Text as HTML.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    static bool Fits(double value, bool log) => double.IsFinite(value) && (!log || value > 0);

    static double Scale(double value, bool log) => log ? Math.Log10(value) : value;

    static (double Low, double High) Range(IEnumerable<double> values, bool log)
    {
        double[] scaled = [.. values.Select(v => Scale(v, log))];
        double low = scaled.Min(), high = scaled.Max(), margin = Math.Max(0.04 * (high - low), 1e-3 * Math.Max(1, Math.Abs(high)));
        return (low - margin, high + margin);
    }

    /// <summary>Powers of ten, or 1, 2 or 5 times one.</summary>
    static IEnumerable<double> Ticks(double low, double high, bool log)
    {
        if (log && high - low > 1)
        {
            for (double e = Math.Ceiling(low); e <= high; e++) yield return Math.Pow(10, e);
            yield break;
        }
        (low, high) = log ? (Math.Pow(10, low), Math.Pow(10, high)) : (low, high);
        double rough = (high - low) / 5, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        for (double t = Math.Ceiling(low / step) * step; t <= high; t += step) yield return t;
    }

    static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.##} M"),
        >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.#} k"),
        < 1e-3 => value.ToString("0e0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
