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
    sealed record Case(string Name, ModelGraph Graph, double MultiplyAdds, double Bytes, double Passes = 1, double Cached = 0);

    sealed class Timing(Case layer, Isa isa)
    {
        public readonly Case Layer = layer;
        public readonly Isa Isa = isa;
        public readonly Model Model = Model.FromGraph(layer.Graph, isa == Isa.Scalar ? [Isa.Scalar] : [isa, Isa.Scalar]);
        public readonly List<double> Times = [];
        public Session Session = null!;
    }

    static IEnumerable<Case> Cases()
    {
        int[][] linear =
        [
            [1, 32, 5], [1, 4, 32], [1, 8, 128], [1, 128, 8], [1, 128, 10], [1, 100, 100], [1, 64, 192], [1, 128, 128], [1, 640, 128], [1, 128, 640], [1, 260, 128],
            [1, 256, 5], [1, 512, 256], [1, 2048, 10], [1, 2048, 256], [1, 1024, 1024], [64, 48, 192], [4, 128, 128], [16, 256, 256], [64, 64, 64], [7, 33, 41],
        ];
        foreach (int[] s in linear) yield return Linear(s[0], s[1], s[2]);
        yield return Autoencoder();
        yield return Recurrent("GRU", 3, 64, 48, 64);
        yield return Recurrent("LSTM", 4, 64, 48, 64);
        yield return Recurrent("GRU", 3, 32, 64, 128);
        yield return Recurrent("LSTM", 4, 32, 16, 32);
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
        for (int sample = 0; sample < 150; sample++)
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
        foreach (var run in runs)
        {
            run.Times.Sort();
            double best = run.Times[0], median = run.Times[run.Times.Count / 2];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {layer.Name} | {run.Isa.ToString().ToLowerInvariant()} | {best:F3} | {median:F3} | {layer.MultiplyAdds / best / 1000:F1} | {layer.Passes * layer.Bytes / best / 1000:F1} | {bound:F3} | {bound / best:P0} |"));
            run.Session.Dispose();
            run.Model.Dispose();
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| | peak | | | {peak:F1} | {bandwidth:F1} | | |"));
    }

    static Case Linear(int rows, int n, int m)
    {
        var graph = new GraphBuilder();
        int y = graph.Linear(graph.Input(rows, n), n, m, rows);
        return new Case($"linear {(rows == 1 ? "" : $"{rows} × ")}{n}→{m}", graph.Build(y), (double)rows * n * m, 4.0 * n * m);
    }

    static Case Autoencoder()
    {
        int[] sizes = [640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640];
        var graph = new GraphBuilder();
        int value = graph.Input(1, sizes[0]);
        double weights = 0;
        for (int i = 1; i < sizes.Length; i++)
        {
            value = graph.Linear(value, sizes[i - 1], sizes[i], 1);
            weights += (double)sizes[i - 1] * sizes[i];
        }
        return new Case("autoencoder", graph.Build(value), weights, 4 * weights);
    }

    static Case Recurrent(string op, int gates, int steps, int inputs, int units)
    {
        var graph = new GraphBuilder();
        int x = graph.Input(steps, 1, inputs);
        int w = graph.Constant(1, gates * units, inputs), r = graph.Constant(1, gates * units, units), b = graph.Constant(1, 2 * gates * units);
        int y = graph.Add(op, [x, w, r, b], new AttributeMap { { "linear_before_reset", 1 } }, steps, 1, 1, units);
        double project = (double)gates * units * inputs * steps, recur = (double)gates * units * units;
        return new Case($"{op} {steps} steps {inputs}→{units}", graph.Build(y), project + steps * recur, 4 * recur, steps, project);
    }

    sealed class GraphBuilder
    {
        readonly List<Value> _values = [];
        readonly List<Node> _nodes = [];
        readonly Random _random = new(1);

        public int Input(params int[] shape)
        {
            _values.Add(new Value($"v{_values.Count}", new TensorType(ElementType.Float32, shape.AsSpan())));
            return _values.Count - 1;
        }

        public int Constant(params int[] shape)
        {
            var data = new float[shape.Aggregate(1, (a, b) => a * b)];
            foreach (ref float v in data.AsSpan()) v = (_random.NextSingle() - 0.5f) * 0.2f;
            _values.Add(new Value($"v{_values.Count}", new TensorType(ElementType.Float32, shape.AsSpan()), EncodedTensor.FromSpan<float>(data, shape)));
            return _values.Count - 1;
        }

        public int Add(string op, int[] inputs, AttributeMap attributes, params int[] shape)
        {
            int y = Input(shape);
            _nodes.Add(new Node(op, $"n{_nodes.Count}", inputs, [y], attributes));
            return y;
        }

        public int Linear(int x, int n, int m, int rows) =>
            Add("Linear", [x, Constant(m, n), Constant(m)], new AttributeMap { { "clamp", 0f, float.PositiveInfinity } }, rows, m);

        public ModelGraph Build(int output) => new() { Values = _values, Nodes = _nodes, Inputs = [0], Outputs = [output] };
    }
}
