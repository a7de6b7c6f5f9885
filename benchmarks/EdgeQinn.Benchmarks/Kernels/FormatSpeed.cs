using System.Diagnostics;
using System.Globalization;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Kernels;

/// <summary>
/// Times layers in every format as models of one node, each taking turns with the dense layer of the same shape: time, stored and dense-equivalent
/// multiply-adds, speed-up, and the rate of multiply-adds as a share of the dense layer's own. Convolutions race the direct dense kernel and,
/// where that is faster, minimal filtering too.
/// </summary>
static class FormatSpeed
{
    const int Samples = 60, WarmMilliseconds = 120;

    /// <summary>Prints one Markdown table. Arguments: parts of names to keep; none for all.</summary>
    public static int Run(string[] args)
    {
        Console.WriteLine("| layer | format | dense µs | µs | stored GMAC/s | speed-up | rate ÷ dense | speed-up over minimal filtering |\n|---|---|--:|--:|--:|--:|--:|--:|");
        foreach (var layer in BenchmarkLayer.All)
            foreach (string format in layer.Formats)
                if (args.Length == 0 || args.Any(a => $"{layer.Title} {format}".Contains(a, StringComparison.Ordinal))) Race(layer, format);
        return 0;
    }

    static void Race(BenchmarkLayer layer, string format)
    {
        var race = Measure(layer, format);
        string minimal = race.DenseUsesMinimalFiltering ? race.SpeedUpOverBest.ToString("F2", CultureInfo.InvariantCulture) : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {layer.Title} | {format} | {race.Direct:F2} | {race.Formatted:F2} | {race.StoredMultiplyAdds / race.Formatted / 1000:F1} | {race.SpeedUp:F2} | {race.RateOverDense:F2} | {minimal} |"));
    }

    /// <summary>A layer in a format beside its dense form: the best times in µs.</summary>
    /// <param name="Direct">Dense, by the direct kernel.</param>
    /// <param name="Best">Dense, by the kernel that is chosen.</param>
    /// <param name="Formatted">In the format.</param>
    /// <param name="StoredMultiplyAdds">With the weight as it is stored.</param>
    /// <param name="MultiplyAdds">With a dense weight.</param>
    public sealed record Outcome(double Direct, double Best, double Formatted, double StoredMultiplyAdds, double MultiplyAdds)
    {
        public double SpeedUp => Direct / Formatted;

        public double SpeedUpOverBest => Best / Formatted;

        public double RateOverDense => StoredMultiplyAdds / Formatted / (MultiplyAdds / Direct);

        public bool DenseUsesMinimalFiltering => Best < 0.95 * Direct;
    }

    /// <summary>Times the layer in the format and dense, in turns.</summary>
    public static Outcome Measure(BenchmarkLayer layer, string format)
    {
        var weight = layer.Build(format);
        var dense = layer.Build("dense").Encode();
        using var direct = Open(layer.Graph(dense, layer.Operator == "Conv" ? "time" : ""));
        using var best = Open(layer.Graph(dense));
        using var formatted = Open(layer.Graph(weight.Encode()));
        double[] times = Times(direct, best, formatted);
        return new Outcome(times[0], times[1], times[2], weight.MultiplyAdds * ((double)layer.MultiplyAdds / weight.Type.Count), layer.MultiplyAdds);
    }

    /// <summary>A model with a session and random inputs.</summary>
    public sealed class Opened(Model model) : IDisposable
    {
        public Session Session { get; } = model.CreateSession();

        /// <summary>The kernel of the plan's last step.</summary>
        public string LastKernel => model.Plan.Steps[^1].Kernel;

        public void Dispose()
        {
            Session.Dispose();
            model.Dispose();
        }
    }

    /// <summary>A model ready to be timed.</summary>
    public static Opened Open(ModelGraph graph)
    {
        var opened = new Opened(Model.FromGraph(graph));
        LayerTimer.FillInputs(opened.Session);
        return opened;
    }

    /// <summary>The best of many samples each, in µs, the layers taking turns.</summary>
    public static double[] Times(params Opened[] layers)
    {
        var best = new double[layers.Length];
        var repeats = new int[layers.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            for (var warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < WarmMilliseconds;) layers[i].Session.Run();
            long start = Stopwatch.GetTimestamp();
            for (int run = 0; run < 20; run++) layers[i].Session.Run();
            repeats[i] = (int)Math.Clamp(20 * 50 / Math.Max(1, Stopwatch.GetElapsedTime(start).TotalMicroseconds), 1, 2000);
            best[i] = double.PositiveInfinity;
        }
        for (int sample = 0; sample < Samples; sample++)
            for (int i = 0; i < layers.Length; i++)
            {
                layers[i].Session.Run();
                long start = Stopwatch.GetTimestamp();
                for (int run = 0; run < repeats[i]; run++) layers[i].Session.Run();
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(start).TotalMicroseconds / repeats[i]);
            }
        return best;
    }
}
