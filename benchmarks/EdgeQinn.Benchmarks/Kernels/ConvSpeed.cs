using System.Diagnostics;
using System.Globalization;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Benchmarks.Kernels;

/// <summary>Times every convolution algorithm on the layers of the reference models: GMAC/s (of the definition) and share of the measured peak.</summary>
static class ConvSpeed
{
    /// <summary>Prints one Markdown table. Arguments: instruction sets, algorithms, <c>=part</c> of the layers' names, samples; by default the best set, all, 60.</summary>
    public static int Run(string[] args)
    {
        Isa[] sets = [.. Enum.GetValues<Isa>().Where(i => Cpu.Supports(i) && args.Any(a => a.Equals(i.ToString(), StringComparison.OrdinalIgnoreCase)))];
        if (sets.Length == 0) sets = [Cpu.Allowed()[0]];
        string[] algorithms = [.. new[] { "chosen", "time", "depthwise", "channel", "winograd" }.Where(a => args.Contains(a))];
        if (algorithms.Length == 0) algorithms = ["chosen", "time", "channel", "winograd"];
        int samples = args.Select(a => int.TryParse(a, CultureInfo.InvariantCulture, out int n) ? n : 0).FirstOrDefault(n => n > 0, 60);
        string[] names = [.. args.Where(a => a.StartsWith('='))];
        Console.WriteLine("| layer | kernel | µs | GMAC/s | of peak | ÷ best direct |\n|---|---|--:|--:|--:|--:|");
        foreach (var layer in BenchmarkLayer.All.Where(l => l is { Operator: "Conv", Formats: [] }))
            if (names.Length == 0 || names.Any(n => layer.Title.Contains(n[1..], StringComparison.Ordinal))) Compare(layer, sets, algorithms, samples);
        return 0;
    }

    static void Compare(BenchmarkLayer layer, Isa[] sets, string[] algorithms, int samples)
    {
        var (times, peak) = Measure(layer, sets, algorithms, samples);
        double direct = times.Where(t => t.Algorithm is "time" or "channel" or "depthwise").Select(t => t.Microseconds).DefaultIfEmpty(double.NaN).Min();
        foreach (var (algorithm, isa, us) in times)
        {
            double rate = layer.MultiplyAdds / us / 1000;
            string ratio = double.IsNaN(direct) ? "" : (us / direct).ToString("F2", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {layer.Title} | {algorithm}/{isa.ToString().ToLowerInvariant()} | {us:F2} | {rate:F1} | {rate / peak:P0} | {ratio} |"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| | peak | | {peak:F1} | | |"));
    }

    /// <summary>Times the algorithms that fit the layer in turns: the least of <paramref name="samples"/> each, and the peak measured between them, in GMAC/s.</summary>
    public static (IReadOnlyList<(string Algorithm, Isa Isa, double Microseconds)> Times, double Peak) Measure(BenchmarkLayer layer, Isa[] sets, string[] algorithms, int samples)
    {
        var runs = new List<(string Algorithm, Isa Isa, Model Model, Session Session, double Best)>();
        foreach (var isa in sets)
            foreach (string algorithm in algorithms)
                if (TryLoad(layer, algorithm, isa) is { } model) runs.Add((algorithm, isa, model, model.CreateSession(), double.MaxValue));
        double peak = 0;
        int repeats = (int)Math.Max(5, 4_000_000 / layer.MultiplyAdds);
        for (int sample = 0; sample < samples; sample++)
        {
            peak = Math.Max(peak, ArithmeticPeak.Float(Cpu.Allowed()));
            for (int r = 0; r < runs.Count; r++)
            {
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < repeats; i++) runs[r].Session.Run();
                double us = Stopwatch.GetElapsedTime(start).TotalMicroseconds / repeats;
                runs[r] = runs[r] with { Best = Math.Min(runs[r].Best, us) };
            }
        }
        foreach (var run in runs)
        {
            run.Session.Dispose();
            run.Model.Dispose();
        }
        return ([.. runs.Select(r => (r.Algorithm, r.Isa, r.Best))], peak);
    }

    static Model? TryLoad(BenchmarkLayer layer, string algorithm, Isa isa)
    {
        try
        {
            return Model.FromGraph(layer.Graph(algorithm: algorithm == "chosen" ? "" : algorithm), isa == Isa.Scalar ? [Isa.Scalar] : [.. Enum.GetValues<Isa>().Where(i => i <= isa && Cpu.Supports(i)).Reverse()]);
        }
        catch (GraphException)
        {
            return null;
        }
    }
}
