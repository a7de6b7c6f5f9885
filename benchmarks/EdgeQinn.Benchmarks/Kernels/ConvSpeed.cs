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
    sealed record Layer(string Name, int In, int Out, int[] Size, int[] Kernel, int Stride, int Pad, int Pool, int Group = 1)
    {
        public int[] Result => [.. Size.Select((s, i) => (s + 2 * Pad - Kernel[i]) / Stride + 1)];
        public long MultiplyAdds => (long)In / Group * Out * Product(Kernel) * Product(Result);
        static int Product(int[] sizes) => sizes.Aggregate(1, (a, b) => a * b);
    }

    static readonly Layer[] Layers =
    [
        new("ecg-beat-cnn 1", 1, 32, [256], [7], 1, 3, 2),
        new("ecg-beat-cnn 2", 32, 64, [128], [5], 1, 2, 2),
        new("ecg-beat-cnn 3", 64, 128, [64], [5], 1, 2, 2),
        new("ecg-beat-cnn 4", 128, 128, [32], [3], 1, 1, 2),
        new("bearing-wdcnn 1", 1, 16, [2048], [64], 16, 24, 2),
        new("bearing-wdcnn 2", 16, 32, [64], [3], 1, 1, 2),
        new("bearing-wdcnn 3", 32, 64, [32], [3], 1, 1, 2),
        new("bearing-wdcnn 4", 64, 64, [16], [3], 1, 1, 2),
        new("bearing-wdcnn 5", 64, 64, [8], [3], 1, 0, 2),
        new("ecg-beat-gru 1", 1, 32, [256], [7], 2, 3, 1),
        new("ecg-beat-gru 2", 32, 48, [128], [5], 2, 2, 1),
        new("k3, 64 channels", 64, 64, [256], [3], 1, 1, 1),
        new("k7, 64 channels", 64, 64, [128], [7], 1, 3, 1),
        new("k9, 64 channels", 64, 64, [128], [9], 1, 4, 1),
        new("depthwise k3", 64, 64, [256], [3], 1, 1, 1, 64),
        new("depthwise k9", 64, 64, [256], [9], 1, 4, 1, 64),
        new("depthwise 3×3", 32, 32, [28, 28], [3, 3], 1, 1, 1, 32),
        new("MNIST 1", 1, 8, [28, 28], [5, 5], 1, 2, 1),
        new("MNIST 2", 8, 16, [14, 14], [5, 5], 1, 2, 1),
    ];

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
        foreach (var layer in Layers.Where(l => names.Length == 0 || names.Any(n => l.Name.Contains(n[1..], StringComparison.Ordinal)))) Compare(layer, sets, algorithms, samples);
        return 0;
    }

    static void Compare(Layer layer, Isa[] sets, string[] algorithms, int samples)
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
                $"| {layer.Name} | {run.Name} | {run.Best:F2} | {rate:F1} | {rate / peak:P0} |"));
            run.Session.Dispose();
            run.Model.Dispose();
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| | peak | | {peak:F1} | |"));
    }

    static Model? TryLoad(Layer layer, string algorithm, Isa isa)
    {
        var random = new Random(1);
        float[] w = new float[layer.Out * layer.In / layer.Group * layer.Kernel.Aggregate(1, (a, b) => a * b)], b = new float[layer.Out];
        foreach (var data in new[] { w, b })
            for (int i = 0; i < data.Length; i++) data[i] = (random.NextSingle() - 0.5f) / layer.In;
        int rank = layer.Size.Length;
        int[] result = layer.Result;
        result[^1] /= layer.Pool;
        var attributes = new AttributeMap { { "clamp", 0f, float.PositiveInfinity } };
        if (algorithm != "chosen") attributes.Add("algorithm", algorithm);
        attributes.Add("strides", [.. Enumerable.Repeat((long)layer.Stride, rank)]);
        attributes.Add("pads", [.. Enumerable.Repeat((long)layer.Pad, 2 * rank)]);
        attributes.Add("group", layer.Group);
        if (layer.Pool > 1) attributes.Add("max_pool", layer.Pool);
        int[] xs = [1, layer.In, .. layer.Size], ws = [layer.Out, layer.In / layer.Group, .. layer.Kernel], ys = [1, layer.Out, .. result];
        var graph = new ModelGraph
        {
            Values =
            [
                new Value("x", new TensorType(ElementType.Float32, xs.AsSpan())), new Value("w", new TensorType(ElementType.Float32, ws.AsSpan()), EncodedTensor.FromSpan<float>(w, ws)),
                new Value("b", new TensorType(ElementType.Float32, layer.Out), EncodedTensor.FromSpan<float>(b, layer.Out)), new Value("y", new TensorType(ElementType.Float32, ys.AsSpan())),
            ],
            Nodes = [new Node("Conv", layer.Name, [0, 1, 2], [3], attributes)],
            Inputs = [0],
            Outputs = [3],
        };
        try
        {
            return Model.FromGraph(graph, isa == Isa.Scalar ? [Isa.Scalar] : [.. Enum.GetValues<Isa>().Where(i => i <= isa && Cpu.Supports(i)).Reverse()]);
        }
        catch (GraphException)
        {
            return null;
        }
    }
}
