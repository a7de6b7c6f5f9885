using System.Diagnostics;
using System.Globalization;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Benchmarks.Kernels;

/// <summary>
/// Times linear and recurrent layers as models of one node: time, rates, and the share of the bound, which is the slower of arithmetic at
/// the measured peak and reading the weights (a recurrence: once per step) at the measured read rate of that working set.
/// </summary>
static class LinearSpeed
{
    /// <param name="Name">What is timed.</param>
    /// <param name="Graph">The model.</param>
    /// <param name="MultiplyAdds">Multiply-adds per run.</param>
    /// <param name="Bytes">The weights that are read again and again.</param>
    /// <param name="Passes">How often a run reads them.</param>
    /// <param name="Cached">Multiply-adds with other weights, which the caches serve.</param>
    /// <param name="Layer">The layer of the shapes file, if it is one.</param>
    public sealed record Case(string Name, ModelGraph Graph, double MultiplyAdds, double Bytes, double Passes = 1, double Cached = 0, BenchmarkLayer? Layer = null);

    sealed class Timing(Case layer, Isa isa)
    {
        public readonly Case Layer = layer;
        public readonly Isa Isa = isa;
        public readonly Model Model = Model.FromGraph(layer.Graph, isa == Isa.Scalar ? [Isa.Scalar] : [isa, Isa.Scalar]);
        public readonly List<double> Times = [];
        public Session Session = null!;
    }

    /// <summary>The linear and recurrent layers of the shapes file, and a chain of linear layers.</summary>
    public static IEnumerable<Case> Cases()
    {
        foreach (var layer in BenchmarkLayer.All.Where(l => l is { Operator: not "Conv", Formats: [] }))
        {
            int m = layer.Weight[0], n = layer.Weight[1];
            if (layer.Operator == "Linear")
            {
                yield return new(layer.Title, layer.Graph(), layer.MultiplyAdds, 4.0 * n * m, Layer: layer);
                continue;
            }
            // The inputs' weights are read once for all steps, from the caches.
            double recur = (double)layer.Gates * m * m;
            yield return new(layer.Title, layer.Graph(), layer.MultiplyAdds, 4 * recur, layer.Vectors, layer.MultiplyAdds - layer.Vectors * recur, layer);
        }
        yield return Autoencoder();
    }

    /// <summary>Prints one Markdown table. Arguments: instruction sets (by default the best), or parts of names to keep, after '='.</summary>
    public static int Run(string[] args)
    {
        Isa[] sets = [.. Enum.GetValues<Isa>().Where(i => Cpu.Supports(i) && args.Any(a => a.Equals(i.ToString(), StringComparison.OrdinalIgnoreCase)))];
        if (sets.Length == 0) sets = [Cpu.Allowed()[0]];
        string[] names = [.. args.Where(a => a.StartsWith('=')).Select(a => a[1..])];
        Console.WriteLine("| layer | kernels | best µs | median µs | GMAC/s | GB/s | bound µs | best at share of bound |\n|---|---|--:|--:|--:|--:|--:|--:|");
        foreach (var layer in Cases().Where(c => names.Length == 0 || names.Any(n => c.Name.Contains(n, StringComparison.Ordinal)))) Compare(layer, sets);
        return 0;
    }

    static void Compare(Case layer, Isa[] sets)
    {
        var (times, bound, peak, bandwidth) = Measure(layer, sets, samples: 150);
        foreach (var (isa, best, median) in times)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {layer.Name} | {isa.ToString().ToLowerInvariant()} | {best:F3} | {median:F3} | {layer.MultiplyAdds / best / 1000:F1} | {layer.Passes * layer.Bytes / best / 1000:F1} | {bound:F3} | {bound / best:P0} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| | peak | | | {peak:F1} | {bandwidth:F1} | | |"));
    }

    /// <summary>Times a layer, and the machine's bound for it, in turns; µs, GMAC/s and GB/s.</summary>
    public static (IReadOnlyList<(Isa Isa, double Best, double Median)> Times, double Bound, double Peak, double Bandwidth) Measure(Case layer, Isa[] sets, int samples)
    {
        var runs = sets.Select(isa => new Timing(layer, isa)).ToList();
        foreach (var run in runs)
        {
            run.Session = run.Model.CreateSession();
            var random = new Random(1);
            foreach (ref float v in run.Session.Inputs[0].AsSpan<float>()) v = random.NextSingle() - 0.5f;
        }
        using var read = new ReadRate((long)layer.Bytes, Cpu.Allowed());
        int repeats = (int)Math.Clamp(1_500_000 / layer.MultiplyAdds, 2, 2000);
        double peak = 0, bandwidth = 0;
        var warm = Stopwatch.StartNew();
        while (warm.ElapsedMilliseconds < 250)
        {
            foreach (var run in runs) run.Session.Run();
            read.Sample();
        }
        for (int sample = 0; sample < samples; sample++)
        {
            peak = Math.Max(peak, ArithmeticPeak.Float(Cpu.Allowed()));
            bandwidth = Math.Max(bandwidth, read.Sample());
            foreach (var run in runs)
            {
                for (int i = 0; i < 2; i++) run.Session.Run();
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < repeats; i++) run.Session.Run();
                run.Times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / repeats);
            }
        }
        double bound = (Math.Max((layer.MultiplyAdds - layer.Cached) / peak, layer.Passes * layer.Bytes / bandwidth) + layer.Cached / peak) / 1000;
        var times = new List<(Isa, double, double)>();
        foreach (var run in runs)
        {
            run.Times.Sort();
            times.Add((run.Isa, run.Times[0], run.Times[run.Times.Count / 2]));
            run.Session.Dispose();
            run.Model.Dispose();
        }
        return (times, bound, peak, bandwidth);
    }

    /// <summary>The layers of bearing-autoencoder one after the other: their weights pass through the caches in turn.</summary>
    static Case Autoencoder()
    {
        int[] sizes = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640];
        var random = new Random(1);
        EncodedTensor Floats(params int[] shape) => EncodedTensor.FromSpan<float>([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (random.NextSingle() - 0.5f) * 0.2f)], shape);
        List<Value> values = [new("x", new TensorType(ElementType.Float32, 1, sizes[0]))];
        var nodes = new List<Node>();
        double weights = 0;
        for (int i = 1; i < sizes.Length; i++)
        {
            int x = values.Count - 1;
            EncodedTensor w = Floats(sizes[i], sizes[i - 1]), b = Floats(sizes[i]);
            values.AddRange([new($"w{i}", w.Type, w), new($"b{i}", b.Type, b), new($"y{i}", new TensorType(ElementType.Float32, 1, sizes[i]))]);
            nodes.Add(new Node("Linear", $"n{i}", [x, x + 1, x + 2], [x + 3], new AttributeMap { { "clamp", 0f, float.PositiveInfinity } }));
            weights += (double)sizes[i - 1] * sizes[i];
        }
        return new Case("autoencoder", new ModelGraph { Values = values, Nodes = nodes, Inputs = [0], Outputs = [values.Count - 1] }, weights, 4 * weights);
    }
}
