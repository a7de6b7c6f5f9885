using System.Diagnostics;
using System.Globalization;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Converter;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;

namespace EdgeQinn.Benchmarks.Streaming;

/// <summary>What a hop of a stream of overlapping windows costs beside running the network on the window, both in turn in one process.</summary>
static class StreamSpeed
{
    static readonly (string Name, Func<ModelGraph> Graph, string Input, int[] Hops)[] Cases =
    [
        ("FCN (Wang et al. 2017: 128×8, 256×5, 128×3), window 1024, padded", () => ConvolutionalNetwork.Create(1024, true, new(128, 8), new(256, 5), new(128, 3)), "x", [128, 64, 16]),
        ("8 layers of 32×5, window 1024, no padding", () => ConvolutionalNetwork.Create(1024, false, [.. Enumerable.Repeat(new Layer(32, 5), 8)]), "x", [128, 64, 16]),
        ("dilated: 32×3 dilation 1 … 64, window 2048, no padding", () => ConvolutionalNetwork.Create(2048, false, new(32, 3), new(32, 3, 2), new(32, 3, 4), new(32, 3, 8), new(32, 3, 16), new(32, 3, 32), new(32, 3, 64)), "x", [256, 128, 32]),
        ("strided: 32×7/2, 64×5/2, 64×5/2, 128×3, window 2048, no padding", () => ConvolutionalNetwork.Create(2048, false, new(32, 7, 1, 2), new(64, 5, 1, 2), new(64, 5, 1, 2), new(128, 3)), "x", [256, 128, 32]),
        ("small: 16×7, 16×5, 32×3, window 256, no padding", () => ConvolutionalNetwork.Create(256, false, new(16, 7), new(16, 5), new(32, 3)), "x", [32, 16]),
        ("ecg-beat-cnn (Conv/MaxPool padded; window 256)", () => Reference("ecg-beat-cnn"), "waveform", [32, 16]),
        ("bearing-wdcnn (window 2048)", () => Reference("bearing-wdcnn"), "vibration", [512, 128]),
        ("ecg-beat-gru (window 256)", () => Reference("ecg-beat-gru"), "waveform", [16]),
    ];

    /// <summary>Prints one Markdown table. Arguments: beginnings of the cases to keep; none for all.</summary>
    public static int Run(string[] args)
    {
        ProcessorAffinity.Pin(Environment.ProcessorCount - 1);
        Console.WriteLine("| network | window µs | window multiply-adds | hop | hop µs | multiply-adds per hop ÷ window | **time per hop ÷ window** (5–95 %) | largest difference | session kB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var (name, graph, input, hops) in Cases)
        {
            if (args.Length > 0 && !args.Any(a => name.StartsWith(a, StringComparison.Ordinal))) continue;
            foreach (int hop in hops) Measure(name, graph(), input, hop);
        }
        return 0;
    }

    static void Measure(string name, ModelGraph graph, string input, int hop)
    {
        using var batch = Model.FromGraph(graph);
        using var window = batch.CreateSession();
        var samples = window.Input(input);
        using var model = StreamModel.FromGraph(graph, new StreamRule(StreamMode.Windows, input, samples.Type.Rank - 1, hop));
        using var session = model.CreateSession();

        // A signal that repeats after 16 windows' time, pushed a hop at a time.
        var random = new Random(1);
        int length = model.WindowLength, hops = 16 * length / hop;
        float[] signal = [.. Enumerable.Range(0, length + hops * hop).Select(_ => 2 * random.NextSingle() - 1)];
        foreach (var side in session.Inputs)
            foreach (ref float value in side.AsSpan<float>()) value = random.NextSingle();
        foreach (var side in session.Inputs) side.AsSpan<float>().CopyTo(window.Input(side.Name).AsSpan<float>());
        double difference = Compare(session, window, samples, signal, length, hop, hops);

        int at = 0;
        void Push()
        {
            ReadOnlySpan<float> next = signal.AsSpan(at, hop);
            session.Push(ref next);
            at = at + 2 * hop <= signal.Length ? at + hop : 0;
        }

        const int Rounds = 25;
        Timed[] sides = [new("hop", Push), new("window", window.Run)];
        long[][][] ticks = Interleaved.Warm(sides, Rounds);
        double P50(int side, IEnumerable<long> runs) => Latency.Of(runs).P50 / sides[side].Times;
        double[] p50 = [.. ticks.Select((blocks, side) => P50(side, blocks.SelectMany(b => b)))];
        double[] ratios = [.. Enumerable.Range(0, Rounds).Select(r => P50(0, ticks[0][r]) / P50(1, ticks[1][r])).Order()];
        long perWindow = model.Layers.Sum(l => l.WindowMultiplyAdds), perHop = model.Layers.Sum(l => l.HopMultiplyAdds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {p50[1]:F1} | {perWindow / 1e6:F2} M | {hop} = window/{(double)length / hop:0.#} | {p50[0]:F2} | {(double)perHop / perWindow:F3} | **{Latency.Quantile(ratios, 0.5):F3}** ({Latency.Quantile(ratios, 0.05):F3}–{Latency.Quantile(ratios, 0.95):F3}) | {difference:G1} | {session.WorkingBytes / 1e3:F0} (window: {window.WorkingBytes / 1e3:F0}) |"));
    }

    /// <summary>The largest difference between stream and batch over all outputs of the windows; wrong results are not timed.</summary>
    static double Compare(StreamSession session, Session window, Tensor samples, float[] signal, int length, int hop, int hops)
    {
        double worst = 0;
        ReadOnlySpan<float> rest = signal;
        for (int n = 0; n < hops && session.Push(ref rest); n++)
        {
            signal.AsSpan(n * hop, length).CopyTo(samples.AsSpan<float>());
            window.Run();
            for (int o = 0; o < window.Outputs.Count; o++)
            {
                ReadOnlySpan<float> expected = window.Outputs[o].AsSpan<float>(), actual = session.Outputs[o].AsSpan<float>();
                for (int i = 0; i < expected.Length; i++) worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
            }
        }
        return worst < 1e-4 ? worst : throw new InvalidOperationException($"stream and batch differ by {worst}");
    }

    static ModelGraph Reference(string model) => Conversion.Run(Path.Combine(Repository.Models, model + ".onnx"), new ConvertOptions()).Graph;

    /// <summary>So many runs at a time that they take some 20 µs: reading the clock would count for 3 % of a hop of 0.8 µs.</summary>
    sealed class Timed(string name, Action run) : Engine
    {
        public int Times { get; } = TimesOf(run);

        static int TimesOf(Action run)
        {
            const int Trial = 100;
            for (int i = 0; i < Trial; i++) run();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Trial; i++) run();
            return (int)Math.Clamp(20 * Trial / Stopwatch.GetElapsedTime(start).TotalMicroseconds, 1, 50);
        }

        public override string Name => name;

        public override IReadOnlyList<(string Name, int Length)> Inputs => [];

        public override IReadOnlyList<string> Outputs => [];

        public override Span<float> Input(string name) => [];

        public override ReadOnlySpan<float> Output(string name) => [];

        public override void Run()
        {
            for (int i = 0; i < Times; i++) run();
        }

        public override void Dispose() { }
    }
}
