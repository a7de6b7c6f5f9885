using System.Globalization;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Selection;

namespace EdgeQinn.Converter.Report;

/// <summary>What a compression tells the user: on the terminal, as JSON, and as a page with plots.</summary>
/// <param name="Source">The model.</param>
/// <param name="Target">The file.</param>
/// <param name="SourceBytes">The model's.</param>
/// <param name="TargetBytes">The file's.</param>
/// <param name="Set">The calibration windows.</param>
/// <param name="Options">How.</param>
/// <param name="Network">What came out.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record CompressionReport(
    string Source, string Target, long SourceBytes, long TargetBytes, CalibrationSet Set, CompressOptions Options, CompressedNetwork Network, TimeSpan Elapsed)
{
    /// <summary>Writes <c>report.html</c> and <c>report.json</c>.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void WriteFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "report.html"), HtmlReport.Write(this));
        File.WriteAllText(Path.Combine(folder, "report.json"), ToJson());
    }

    /// <summary>For programs.</summary>
    public string ToJson() => JsonReport.Write(this);

    /// <summary>For people.</summary>
    public void WriteText(TextWriter writer)
    {
        var c = Network;
        writer.WriteLine($"{Source} → {Target}");
        writer.WriteLine($"  calibration  {Set.Count:N0} windows ({Set.Hash()[..12]}…), {c.FitWindows:N0} fit, {c.HeldOutWindows:N0} judge: {c.SplitRule}");
        writer.WriteLine($"  times        {c.CostSource}");
        writer.WriteLine();
        string[][] rows =
        [
            ["layer", "format", "output error", "bytes", "", "parameters", "", "µs", "", "entropy ÷ Page"],
            .. c.Layers.Select(l => (string[])
            [
                l.Site.Name, l.Chosen.Format, Number(l.Chosen.LayerError, "0.000"), $"{l.Dense.Bytes:N0}", $"→ {l.Chosen.Bytes:N0}", $"{l.Dense.Parameters:N0}", $"→ {l.Chosen.Parameters:N0}",
                Number(l.Dense.Microseconds, "0.00"), $"→ {Number(l.Chosen.Microseconds, "0.00")}", string.Join("  ", l.Spectra.Select(s => $"{Number(s.Entropy, "0.00")}/{Number(s.Page, "0.00")}")),
            ]),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Max(r => r[i].Length))];
        foreach (var row in rows) writer.WriteLine("  " + string.Join("  ", row.Select((cell, i) => i is > 1 and < 9 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        foreach (string note in c.Notes) writer.WriteLine($"  {note}");
        writer.WriteLine();
        writer.WriteLine($"  {c.Metric} over {c.HeldOutWindows:N0} windows held out: {Number(c.ScoreBefore, "0.00")} → {Number(c.ScoreAfter, "0.00")}");
        if (c.Judge.NoiseLevel > 0) writer.WriteLine($"  with noise of {Number(c.Judge.NoiseLevel, "0.00")} standard deviations: {Number(c.Judge.OriginalHard, "0.00")} → {Number(c.After.HardScore, "0.00")}");
        writer.WriteLine($"  {Lost}");
        writer.WriteLine("  the network was trained on such recordings and scores higher there than on new ones: evaluate the file on others");
        writer.WriteLine($"  weights      {c.Bytes.Before:N0} → {c.Bytes.After:N0} bytes ({Change(c.Bytes.Before, c.Bytes.After)}), {c.Parameters.Before:N0} → {c.Parameters.After:N0} parameters ({Change(c.Parameters.Before, c.Parameters.After)})");
        writer.WriteLine($"  file         {SourceBytes:N0} → {TargetBytes:N0} bytes ({Change(SourceBytes, TargetBytes)})");
        writer.WriteLine($"  inference    {Number(c.Microseconds.Before, "0.0")} → {Number(c.Microseconds.After, "0.0")} µs on this machine ({Number(c.Microseconds.Before / c.Microseconds.After, "0.00")} times as fast)");
        writer.WriteLine($"  {Elapsed.TotalSeconds:0.0} s, {Environment.WorkingSet >> 20} MiB");
    }

    /// <summary>The loss, its bounds and the budget.</summary>
    internal string Lost =>
        $"{Number(Network.Loss, "0.00")} points lost{(Network.Judge.NoiseLevel > 0 ? " (windows with noise that were decided rightly, in %)" : "")} of {Number(Options.MaxLoss, "0.##")} allowed; 95 % of draws of {Network.Interval.Drawn} lie between {Number(Network.Interval.Low, "0.00")} and {Number(Network.Interval.High, "0.00")}";

    /// <summary>A number in the invariant culture.</summary>
    internal static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>How much less there is, in %.</summary>
    internal static string Change(double before, double after) => Number(100 * (after / before - 1), "+0.0;−0.0") + " %";
}
