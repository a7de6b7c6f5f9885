using System.Diagnostics;
using System.Globalization;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

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
        foreach (var (layer, formats) in Cases())
            foreach (string format in formats)
                if (args.Length == 0 || args.Any(a => $"{layer.Type} {format}".Contains(a, StringComparison.Ordinal))) Race(layer, format);
        return 0;
    }

    /// <summary>A layer's weight; a convolution with the outputs it makes along time.</summary>
    sealed record Layer(int[] Type, int Time = 0, int Pool = 1)
    {
        public string Name => Time == 0 ? $"linear {Type[1]}→{Type[0]}" : $"conv {Type[1]}→{Type[0]}, k {Type[2]}, {Time} steps{(Pool > 1 ? $", pool {Pool}" : "")}";
    }

    static IEnumerable<(Layer, string[])> Cases()
    {
        foreach (int n in (int[])[128, 256, 512, 1024, 2048])
            yield return (new Layer([n, n]), [.. from v in n > 1024 ? (int[])[16] : [1, 4, 8, 16] from density in (string[])["0.2", "0.1", "0.05"] select $"bcsr:v={v},density={density}", "int8"]);
        string[] factored = ["mps:bond=2", "mps:bond=4", "mps:bond=8", "entangled:groups=16,rank=32"];
        yield return (new Layer([256, 256]), [.. factored, "entangled:kind=rotation,groups=16,rank=32", "entangled:kind=coupled,groups=16,rank=32", "lowrank:rank=16", "hadamard:density=0.1",
            "lowrank:rank=8+bcsr:v=16,density=0.05"]);
        yield return (new Layer([1024, 1024]), factored);
        string[] convolution = [.. from v in (int[])[1, 4] from density in (string[])["0.3", "0.2", "0.1"] select $"bcsr:v={v},density={density}", "int8", "tucker2:rank=16", "cp:rank=32"];
        foreach (var layer in (Layer[])[new([32, 1, 7], 256, 2), new([64, 32, 5], 128, 2), new([128, 64, 5], 64, 2), new([128, 128, 3], 32, 2), new([64, 64, 5], 256)])
            yield return (layer, layer.Type[1] == 1 ? ["bcsr:v=4,density=0.1", "int8"] : convolution);
    }

    static void Race(Layer layer, string format)
    {
        var random = new Random(1);
        var type = new TensorType(ElementType.Float32, layer.Type);
        float[] data = [.. Enumerable.Range(0, type.Count).Select(_ => random.NextSingle() - 0.5f)];
        var weight = FormatRequest.Parse($"layer={format}").Build(new DenseLayer(data, type, layer.Type[0]));
        var dense = EncodedTensor.FromSpan<float>(data, layer.Type);
        using var direct = Open(layer, dense, layer.Time > 0 ? "time" : "");
        using var best = Open(layer, dense, "");
        using var formatted = Open(layer, weight.Encode(), "");
        double[] times = Times(direct, best, formatted);
        double steps = Math.Max(1, layer.Time), stored = weight.MultiplyAdds * steps, full = type.Count * steps;
        string minimal = layer.Time > 0 && times[1] < 0.95 * times[0] ? (times[1] / times[2]).ToString("F2", CultureInfo.InvariantCulture) : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {layer.Name} | {format} | {times[0]:F2} | {times[2]:F2} | {stored / times[2] / 1000:F1} | {times[0] / times[2]:F2} | {stored / times[2] / (full / times[0]):F2} | {minimal} |"));
    }

    sealed class Opened(Model model) : IDisposable
    {
        public Session Session { get; } = model.CreateSession();

        public void Dispose()
        {
            Session.Dispose();
            model.Dispose();
        }
    }

    static Opened Open(Layer layer, EncodedTensor weight, string algorithm)
    {
        int m = layer.Type[0], n = layer.Type[1];
        var bias = new Value("b", new TensorType(ElementType.Float32, m), EncodedTensor.FromSpan<float>(new float[m], m));
        var attributes = new AttributeMap { { "clamp", 0f, float.PositiveInfinity } };
        int[] x = [1, n], y = [1, m];
        if (layer.Time > 0)
        {
            (x, y) = ([1, n, layer.Time], [1, m, layer.Time / layer.Pool]);
            attributes.Add("pads", (ReadOnlySpan<int>)[layer.Type[2] / 2, layer.Type[2] / 2]);
            if (layer.Pool > 1) attributes.Add("max_pool", layer.Pool);
            if (algorithm.Length > 0 && weight.IsDense) attributes.Add("algorithm", algorithm);
        }
        var graph = new ModelGraph
        {
            Values = [new Value("x", new TensorType(ElementType.Float32, x.AsSpan())), new Value("w", weight.Type, weight), bias, new Value("y", new TensorType(ElementType.Float32, y.AsSpan()))],
            Nodes = [new Node(layer.Time > 0 ? "Conv" : "Linear", "layer", [0, 1, 2], [3], attributes)],
            Inputs = [0], Outputs = [3],
        };
        var opened = new Opened(Model.FromGraph(graph));
        var random = new Random(2);
        foreach (ref float v in opened.Session.Inputs[0].AsSpan<float>()) v = random.NextSingle();
        return opened;
    }

    /// <summary>The best of many samples each, in µs, the layers taking turns.</summary>
    static double[] Times(params Opened[] layers)
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
