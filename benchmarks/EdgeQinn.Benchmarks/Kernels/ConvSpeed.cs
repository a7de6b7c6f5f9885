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
        Console.WriteLine("| layer | kernel | µs | GMAC/s | of peak |\n|---|---|--:|--:|--:|");
        foreach (var layer in BenchmarkLayer.All.Where(l => l is { Operator: "Conv", Formats: [] }))
            if (names.Length == 0 || names.Any(n => layer.Title.Contains(n[1..], StringComparison.Ordinal))) Compare(layer, sets, algorithms, samples);
        return 0;
    }

    static void Compare(BenchmarkLayer layer, Isa[] sets, string[] algorithms, int samples)
    {
        var runs = new List<(string Name, Model Model, Session Session, double Best)>();
        foreach (var isa in sets)
            foreach (string algorithm in algorithms)
                if (TryLoad(layer, algorithm, isa) is { } model) runs.Add(($"{algorithm}/{isa.ToString().ToLowerInvariant()}", model, model.CreateSession(), double.MaxValue));
        double peak = 0;
        for (int sample = 0; sample < samples; sample++)
        {
            peak = Math.Max(peak, ArithmeticPeak.Float(Cpu.Allowed()));
            for (int r = 0; r < runs.Count; r++)
            {
                int repeats = Math.Max(5, (int)(4_000_000 / layer.MultiplyAdds));
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < repeats; i++) runs[r].Session.Run();
                double us = Stopwatch.GetElapsedTime(start).TotalMicroseconds / repeats;
                runs[r] = runs[r] with { Best = Math.Min(runs[r].Best, us) };
            }
        }
        foreach (var run in runs)
        {
            double rate = layer.MultiplyAdds / run.Best / 1000;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {layer.Title} | {run.Name} | {run.Best:F2} | {rate:F1} | {rate / peak:P0} |"));
            run.Session.Dispose();
            run.Model.Dispose();
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| | peak | | {peak:F1} | |"));
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
