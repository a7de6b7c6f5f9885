using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn bench --kernels</c>: times every weight format over a grid of layers and writes the kernel table.</summary>
static class KernelTimesCommand
{
    public static int Run(Invocation call, string? path, bool quick)
    {
        var allowed = IsaChoice.Allowed();
        // Opened first: a place that cannot be written to must not cost the minutes of measuring.
        using var file = path is null ? null : File.Create(path);
        using var progress = new ProgressLine(call.Error);
        var times = KernelTableBuilder.Measure(quick ? LayerGrid.Fineness.Quick : LayerGrid.Fineness.Full, allowed, SystemFacts.Processor() ?? "unknown", ProgramVersion.Text,
            done => progress.Show($"{done} layers timed"));
        if (file is not null) times.Write(file);
        if (call.Json) WriteJson(call.Output, times);
        else WriteText(call.Output, times, path);
        return 0;
    }

    static void WriteJson(TextWriter output, LayerTimes times)
    {
        using var json = new MemoryStream();
        times.Write(json);
        output.Write(System.Text.Encoding.UTF8.GetString(json.GetBuffer().AsSpan(0, (int)json.Length)));
    }

    static void WriteText(TextWriter output, LayerTimes times, string? path)
    {
        var peaks = times.Peaks;
        output.WriteLine($"{times.Processor}, {times.Isa}");
        output.WriteLine($"peak   {peaks.FloatMultiplyAdds:0.0} G multiply-adds/s in float32, {peaks.Int8MultiplyAdds:0.0} in int8");
        output.WriteLine($"reads  {string.Join(", ", peaks.Reads.Select(r => $"{r.Level} {r.GigabytesPerSecond:0.0} GB/s"))}\n");
        var dense = times.Entries.Where(e => e.Layer.Format == DenseWeight.Name).ToLookup(e => Shape(e.Layer));
        var table = new TextTable("layers of one kind", ">timed", ">speed-up over dense: median", ">largest");
        foreach (var group in times.Entries.GroupBy(e => e.Layer.Key))
        {
            double[] gains = [.. group.Where(e => e.Layer.Format != DenseWeight.Name).SelectMany(e => dense[Shape(e.Layer)].Take(1).Select(d => d.Microseconds / e.Microseconds)).Order()];
            table.Add(group.Key, $"{group.Count()}", gains.Length > 0 ? $"{gains[gains.Length / 2]:0.00}" : "", gains.Length > 0 ? $"{gains[^1]:0.0}" : "");
        }
        table.Write(output);
        double[] errors = [.. times.Checks.Select(c => times.Estimate(c.Layer) is { } e ? Math.Abs(e.Microseconds / c.Microseconds - 1) : double.NaN).Where(double.IsFinite).Order()];
        if (errors.Length > 0)
            output.WriteLine($"\n{errors.Length} layers off the grid: the table's estimate is off by {errors[errors.Length / 2]:0 %} in the median, {errors[errors.Length * 9 / 10]:0 %} at the 90th percentile");
        if (path is not null) output.WriteLine($"wrote {path}");
    }

    /// <summary>Operator, windows and shape: what a layer has in common with its dense form.</summary>
    static string Shape(TimedLayer layer) =>
        $"{layer.Operator} {layer.Kinds.GetValueOrDefault("windows")} {string.Join(' ', layer.Sizes.Take(layer.Operator == "Conv" ? 4 : 3))}";
}
