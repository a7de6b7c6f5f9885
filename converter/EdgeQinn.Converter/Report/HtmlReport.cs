using System.Text;
using EdgeQinn.Converter.Selection;
using static EdgeQinn.Converter.Report.CompressionReport;
using static EdgeQinn.Converter.Report.SvgPlot;

namespace EdgeQinn.Converter.Report;

/// <summary>The report as one page that needs nothing else: tables, and plots as inline SVG.</summary>
static class HtmlReport
{
    const string Style = """
        body{font:14px/1.45 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
        h1{font-size:1.5em}h2{margin-top:2em;border-bottom:1px solid #ccc}
        table{border-collapse:collapse;margin:.6em 0}td,th{padding:.15em .7em;text-align:right;border-bottom:1px solid #e5e5e5;white-space:nowrap}
        td:first-child,th:first-child,td.t,th.t{text-align:left}td.w{text-align:left;white-space:normal;min-width:22em;color:#555}
        tr.chosen{background:#e8f5e9;font-weight:600}tr.lost{color:#888}.warn{color:#a40}
        .plots{display:flex;flex-wrap:wrap;gap:1em}figure{margin:0;width:460px}figcaption{color:#555}
        svg{width:100%;height:auto;background:#fafafa}svg text{font-size:10.5px;fill:#333}svg .x{text-anchor:middle}svg .y{text-anchor:end}
        svg .legend{text-anchor:end;fill:inherit}svg .grid{stroke:#e2e2e2;fill:none}details{margin:.4em 0}summary{cursor:pointer}
        """;

    const string Good = "#1b7f3b", Plain = "#3366aa", Faint = "#b9b9b9", Warm = "#c4571a", Third = "#7a4fa3";

    public static string Write(CompressionReport report)
    {
        var c = report.Network;
        var page = new StringBuilder();
        string name = Path.GetFileName(report.Source);
        page.Append($"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{Escape(name)} compressed</title><style>{Style}</style>\n<h1>{Escape(name)} → {Escape(Path.GetFileName(report.Target))}</h1>\n");
        foreach (string shortfall in c.Shortfalls) page.Append($"<p class=\"warn\"><strong>{Escape(shortfall)}</strong></p>\n");
        foreach (string warning in report.Set.Warnings) page.Append($"<p class=\"warn\">{Escape(warning)}</p>\n");
        WriteSummary(page, report);
        WriteFrontier(page, report);
        WriteHealing(page, c);
        WriteChoices(page, c);
        foreach (var layer in c.Layers) WriteLayer(page, layer);
        return page.Append("</html>\n").ToString();
    }

    static void WriteSummary(StringBuilder page, CompressionReport report)
    {
        var c = report.Network;
        page.Append("<table><tr><th></th><th>before</th><th>after</th><th>change</th></tr>\n");
        Row($"{c.Metric} ({c.HeldOutWindows:N0} windows held out)", Number(c.ScoreBefore, "0.00"), Number(c.ScoreAfter, "0.00"), $"{Number(c.ScoreAfter - c.ScoreBefore, "+0.00;−0.00;0.00")} points");
        if (c.Judge.NoiseLevel > 0) Row($"the same, with noise of {Number(c.Judge.NoiseLevel, "0.00")} standard deviations", Number(c.Judge.OriginalHard, "0.00"), Number(c.After.HardScore, "0.00"), $"{Number(c.After.HardScore - c.Judge.OriginalHard, "+0.00;−0.00;0.00")} points");
        Row("bytes of the file", $"{report.SourceBytes:N0}", $"{report.TargetBytes:N0}", Change(report.SourceBytes, report.TargetBytes));
        Row("bytes of the weights", $"{c.Bytes.Before:N0}", $"{c.Bytes.After:N0}", Change(c.Bytes.Before, c.Bytes.After));
        Row("parameters", $"{c.Parameters.Before:N0}", $"{c.Parameters.After:N0}", Change(c.Parameters.Before, c.Parameters.After));
        Row("inference on this machine, µs (median)", Number(c.Microseconds.Before, "0.00"), Number(c.Microseconds.After, "0.00"), $"{Number(c.Microseconds.Before / c.Microseconds.After, "0.00")} × as fast");
        page.Append($"</table>\n<p><strong>{Escape(report.Lost)}.</strong> The network was trained on these recordings, so the score before is higher than on new ones; test the file on others.</p>\n<p>Calibrated on {report.Set.Count:N0} windows (SHA-256 {report.Set.Hash()[..16]}…): {c.FitWindows:N0} fit, {c.HeldOutWindows:N0} judge, {Escape(c.SplitRule)}. "
            + $"Times: {Escape(c.CostSource)}. Objective: {report.Options.Objective.ToString().ToLowerInvariant()}. Seed {report.Options.Seed}. {Number(report.Elapsed.TotalSeconds, "0.0")} s.</p>\n");

        void Row(string what, string before, string after, string change) =>
            page.Append($"<tr><td>{Escape(what)}</td><td>{before}</td><td>{after}</td><td>{change}</td></tr>\n");
    }

    static void WriteFrontier(StringBuilder page, CompressionReport report)
    {
        var c = report.Network;
        long dense = c.Layers.Sum(l => l.Dense.Bytes), chosen = c.Layers.Sum(l => l.Chosen.Bytes);
        double denseTime = c.Layers.Sum(l => l.Dense.Microseconds), chosenTime = c.Layers.Sum(l => l.Chosen.Microseconds);
        page.Append("<h2>Accuracy against size and time</h2>\n<p>Choices over all layers that were tried on the task; each is the cheapest for its divergence.</p>\n<div class=\"plots\">");
        Plot("bytes of the layers", p => p.Bytes, dense, chosen);
        Plot("sum of the layers' times, µs", p => p.Microseconds, denseTime, chosenTime);
        page.Append("</div>\n");

        void Plot(string axis, Func<VerifiedPoint, double> x, double before, double after)
        {
            var plot = new SvgPlot(axis, "score", LogX: true, LogY: false);
            page.Append("<figure>").Append(plot.Draw([
                new PlotSeries("tried after healing", Third, [.. c.Tried.Where(p => p.Healed != HealingDepth.None).Select(p => new PlotPoint(x(p), p.Score, $"healed, {p.Bytes:N0} bytes, {Number(p.Microseconds, "0.0")} µs: {Number(p.Score, "0.00")}"))]),
                new PlotSeries("tried", Plain, [.. c.Tried.Where(p => p.Healed == HealingDepth.None).Select(p => new PlotPoint(x(p), p.Score, $"{p.Bytes:N0} bytes, {Number(p.Microseconds, "0.0")} µs: {Number(p.Score, "0.00")}"))]),
                new PlotSeries("as it was", Warm, [new PlotPoint(before, c.ScoreBefore, "as it was")], Radius: 5),
                new PlotSeries("chosen", Good, [new PlotPoint(after, c.ScoreAfter, "chosen")], Radius: 5),
                new PlotSeries("budget", Faint, [new PlotPoint(Math.Min(after, c.Tried.Min(x)), c.ScoreBefore - report.Options.MaxLoss), new PlotPoint(before, c.ScoreBefore - report.Options.MaxLoss)], IsLine: true),
            ])).Append("</figure>");
        }
    }

    static void WriteHealing(StringBuilder page, CompressedNetwork c)
    {
        if (c.Healing.Count == 0) return;
        page.Append("<h2>Healing</h2>\n<figure>");
        page.Append(new SvgPlot("epoch", "loss", LogX: false, LogY: true).Draw([
            new PlotSeries("trained on", Faint, [.. c.Healing.Where(e => !e.Matching).Select(e => new PlotPoint(e.Epoch, e.Loss))], IsLine: true),
            new PlotSeries("matching layers", Third, [.. c.Healing.Where(e => e.Matching).Select(e => new PlotPoint(e.Epoch, e.HeldOut))]),
            new PlotSeries("held out for stopping", Plain, [.. c.Healing.Select(e => new PlotPoint(e.Epoch, e.HeldOut))], IsLine: true),
            new PlotSeries("kept", Good, [.. c.Healing.OrderBy(e => e.HeldOut).Take(1).Select(e => new PlotPoint(e.Epoch, e.HeldOut, $"epoch {e.Epoch}: {Number(e.HeldOut, "0.0000")}"))], Radius: 5),
        ])).Append($"<figcaption>Distance from the network as it was, end to end, epoch by epoch; the first {c.Healing.Count(e => e.Matching)} match layers.</figcaption></figure>\n");
    }

    static void WriteChoices(StringBuilder page, CompressedNetwork c)
    {
        page.Append("<h2>Layers</h2>\n<table><tr><th>layer</th><th class=\"t\">weight</th><th class=\"t\">format</th><th>output error</th><th>bytes</th><th></th><th>µs</th><th></th><th>divergence</th></tr>\n");
        foreach (var layer in c.Layers)
            page.Append($"<tr><td><a href=\"#{Escape(layer.Site.Name)}\">{Escape(layer.Site.Name)}</a></td><td class=\"t\">{Escape(layer.Site.Weight.Type.ToString())}</td><td class=\"t\">{Escape(layer.Chosen.Format)}</td><td>{Number(layer.Chosen.LayerError, "0.000")}</td>"
                + $"<td>{layer.Dense.Bytes:N0}</td><td>{layer.Chosen.Bytes:N0}</td><td>{Number(layer.Dense.Microseconds, "0.00")}</td><td>{Number(layer.Chosen.Microseconds, "0.00")}</td><td>{Number(layer.Chosen.Divergence, "0.0e0")}</td></tr>\n");
        page.Append("</table>\n");
        foreach (string note in c.Notes) page.Append($"<p class=\"warn\">{Escape(note)}</p>\n");
        page.Append($"<p>Output error: root mean square over inputs held out, relative to the outputs' standard deviation. Divergence: {Escape(c.DivergenceName)}, with this layer alone compressed.</p>\n");
    }

    static void WriteLayer(StringBuilder page, LayerChoice layer)
    {
        page.Append($"<h2 id=\"{Escape(layer.Site.Name)}\">{Escape(layer.Site.Name)} <small>{Escape(layer.Site.Weight.Type.ToString())}</small></h2>\n<div class=\"plots\"><figure>");
        string[] colours = [Plain, Good, Third];
        page.Append(new SvgPlot("singular value number ÷ how many there are", "σ ÷ largest", LogX: false, LogY: true).Draw([.. layer.Spectra.Select((s, i) =>
            new PlotSeries(s.Cut, colours[i % colours.Length], [.. s.Sigma.Select((v, k) => new PlotPoint((k + 1.0) / s.Sigma.Length, Math.Max(v, 1e-6)))], IsLine: true))]));
        page.Append("<figcaption>Entanglement entropy S in nats, and the Page value a random matrix has: ");
        page.AppendJoin("; ", layer.Spectra.Select(s => $"{Escape(s.Cut)}: {Number(s.Entropy, "0.00")} of {Number(s.Page, "0.00")} (compressibility {Number(s.Compressibility, "0.00")})"));
        page.Append("</figcaption></figure><figure>");
        var competing = layer.Candidates.Where(c => c.State == CandidateState.Competes && !c.IsDense);
        page.Append(new SvgPlot("bytes", "output error", LogX: true, LogY: true).Draw([
            new PlotSeries("not competing", Faint, [.. layer.Candidates.Where(c => c.State is CandidateState.Dominated or CandidateState.Slower).Select(Point)], Radius: 2),
            new PlotSeries("competing", Plain, [.. competing.Select(Point)]),
            new PlotSeries("chosen", Good, [Point(layer.Chosen)], Radius: 5),
        ]));
        page.Append("</figure></div>\n<details><summary>").Append($"{layer.Candidates.Count} candidates, {layer.Candidates.Count(c => c.State == CandidateState.Competes)} compete</summary>\n");
        page.Append("<table><tr><th>format</th><th>output error</th><th>divergence</th><th>bytes</th><th>parameters</th><th>multiply-adds</th><th>µs</th><th class=\"t\">why not</th></tr>\n");
        foreach (var candidate in layer.Candidates.OrderBy(c => c.Format == layer.Chosen.Format ? 0 : 1).ThenBy(c => c.State).ThenBy(c => c.Bytes))
        {
            string kind = candidate.Format == layer.Chosen.Format ? "chosen" : candidate.State == CandidateState.Competes ? "" : "lost";
            page.Append($"<tr class=\"{kind}\"><td>{Escape(candidate.Format)}</td><td>{Figure(candidate.LayerError, "0.000")}</td><td>{Figure(candidate.Divergence, "0.0e0")}</td><td>{candidate.Bytes:N0}</td><td>{candidate.Parameters:N0}</td><td>{candidate.MultiplyAdds:N0}</td><td>{Figure(candidate.Microseconds, "0.00")}</td><td class=\"w\">{Escape(Reasons.Of(layer, candidate))}</td></tr>\n");
        }
        page.Append("</table></details>\n");
    }

    static PlotPoint Point(Candidate c) => new(c.Bytes, c.LayerError, $"{c.Format}: error {Number(c.LayerError, "0.000")}, {c.Bytes:N0} bytes, {Number(c.Microseconds, "0.00")} µs");

    static string Figure(double value, string format) => double.IsFinite(value) ? Number(value, format) : "–";
}
