using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Tests.Operators;
using EdgeQinn.Runtime.Tests.Weights;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Execution;

/// <summary>A run of B independent inputs gives what B single runs give.</summary>
[Collection(AllocationCollection.Name)]
public class BatchTests
{
    static readonly int[] Batches = [2, 3, 5, 8];

    /// <summary>Relative to the largest magnitude of the output, at least 1: sums of a stacked layer may be in another order.</summary>
    const double Tolerance = 2e-6;

    /// <summary>The same where later layers take differences of what a stacked one computed.</summary>
    const double DeepTolerance = 2e-5;

    public static TheoryData<Isa> Isas() => [.. Cpu.Allowed()];

    [Theory, MemberData(nameof(Isas))]
    public void Random_networks(Isa isa)
    {
        for (int seed = 0; seed < 120; seed++) Check(RandomNetwork(new Random(seed)), isa, seed, DeepTolerance);
    }

    [Theory, MemberData(nameof(Isas))]
    public void Every_encoding_of_a_linear_layer(Isa isa)
    {
        var random = new Random(1);
        foreach (var (rows, columns) in ((int, int)[])[(24, 36), (67, 51), (128, 96)])
            foreach (var weight in RandomWeights.Linear(random, rows, columns).Append(RandomWeights.Int8(random, RandomWeights.Matrix(rows, columns), rows))
                .Append(RandomWeights.Int8(random, RandomWeights.Matrix(rows, columns), rows, new Runtime.Weights.ActivationRange(0.02f, 3))))
            {
                var g = new GraphSketch();
                int x = g.Input(1, columns), w = g.Declare(weight.Type, weight.Encode()), b = g.Constant(RandomWeights.Floats(random, rows), rows);
                g.Output(g.Node("Linear", new AttributeMap { { "clamp", ((float[])[-5f, 5f]).AsSpan() } }, x, w, b));
                Check(g.Build(), isa, 1);
            }
    }

    [Theory, MemberData(nameof(Isas))]
    public void Recurrent_layers_with_a_state_of_each_stream(Isa isa)
    {
        var random = new Random(2);
        for (int i = 0; i < 40; i++)
        {
            var (op, gates) = ((string, int)[])[("GRU", 3), ("LSTM", 4), ("RNN", 1)] is var all ? all[i % 3] : default;
            int t = random.Next(1, 9), inputs = random.Next(1, 9), h = random.Next(1, 40);
            bool reverse = random.Next(2) == 0, stateful = random.Next(2) == 0;
            var g = new GraphSketch();
            var operands = new List<int>
            {
                g.Input(t, 1, inputs), g.Constant(Scaled(random, gates * h, inputs), 1, gates * h, inputs), g.Constant(Scaled(random, gates * h, h), 1, gates * h, h), g.Constant(RandomWeights.Floats(random, 2 * gates * h), 1, 2 * gates * h),
            };
            if (stateful) operands.AddRange(op == "LSTM" ? [-1, g.Input(1, 1, h), g.Input(1, 1, h)] : (int[])[-1, g.Input(1, 1, h)]);
            var attributes = new AttributeMap { { "direction", reverse ? "reverse" : "forward" } };
            if (op == "GRU") attributes.Add("linear_before_reset", (long)(i % 2));
            int y = g.Node(op, attributes, [.. operands]);
            Check(g.Output(op == "LSTM" ? [y, y + 1, y + 2] : [y, y + 1]).Build(), isa, i);
        }
    }

    [Fact]
    public void A_state_fed_back_stays_with_its_stream_and_can_be_reset_alone()
    {
        var random = new Random(3);
        const int H = 20, B = 4;
        var g = new GraphSketch();
        int x = g.Input(1, 1, 3), h = g.Input(1, 1, H);
        int y = g.Node("GRU", new AttributeMap { { "linear_before_reset", 1L } }, x, g.Constant(RandomWeights.Floats(random, 3 * H * 3), 1, 3 * H, 3),
            g.Constant(RandomWeights.Floats(random, 3 * H * H), 1, 3 * H, H), g.Constant(RandomWeights.Floats(random, 6 * H), 1, 6 * H), -1, h);
        using var model = g.Output(y + 1).Bind();
        using var together = model.CreateSession(new SessionOptions { Batch = B });
        var alone = Enumerable.Range(0, B).Select(_ => model.CreateSession()).ToArray();
        for (int step = 0; step < 12; step++)
        {
            for (int b = 0; b < B; b++)
            {
                float[] sample = RandomWeights.Floats(random, 3);
                sample.CopyTo(together.Inputs[0].AsSpan<float>(b));
                sample.CopyTo(alone[b].Inputs[0].AsSpan<float>());
                if (step != 5 || b != 2) continue;
                together.Inputs[1].AsSpan<float>(b).Clear();
                alone[b].Inputs[1].AsSpan<float>().Clear();
            }
            together.Run();
            together.Outputs[0].AsSpan<float>().CopyTo(together.Inputs[1].AsSpan<float>());
            for (int b = 0; b < B; b++)
            {
                alone[b].Run();
                alone[b].Outputs[0].AsSpan<float>().CopyTo(alone[b].Inputs[1].AsSpan<float>());
                AssertClose(alone[b].Outputs[0].AsSpan<float>(), together.Outputs[0].AsSpan<float>(b), $"step {step} stream {b}");
            }
        }
        foreach (var session in alone) session.Dispose();
    }

    [Fact]
    public void What_runs_item_by_item_is_equal_bit_by_bit()
    {
        var random = new Random(4);
        var g = new GraphSketch();
        int x = g.Input(1, 3, 50), w = g.Constant(RandomWeights.Floats(random, 8 * 3 * 5), 8, 3, 5);
        int y = g.Node("MaxPool", new AttributeMap { { "kernel_shape", 2L }, { "strides", 2L } }, g.Node("Conv", x, w));
        using var model = g.Output(g.Node("Softmax", y)).Bind();
        using var together = model.CreateSession(new SessionOptions { Batch = 6 });
        using var alone = model.CreateSession();
        float[][] inputs = [.. Enumerable.Range(0, 6).Select(_ => RandomWeights.Floats(random, 150))];
        for (int b = 0; b < 6; b++) inputs[b].CopyTo(together.Inputs[0].AsSpan<float>(b));
        together.Run();
        for (int b = 0; b < 6; b++)
        {
            inputs[b].CopyTo(alone.Inputs[0].AsSpan<float>());
            alone.Run();
            Assert.Equal(alone.Outputs[0].AsSpan<float>(), together.Outputs[0].AsSpan<float>(b));
        }
    }

    [Fact]
    public void Between_layers_that_run_item_by_item_one_item_needs_memory()
    {
        var g = new GraphSketch();
        int x = g.Input(1, 1, 4096), y = g.Node("CumSum", new AttributeMap { { "axis", 2L } }, x);
        for (int i = 0; i < 4; i++) y = g.Node("CumSum", new AttributeMap { { "axis", 2L } }, y);
        using var model = g.Output(g.Node("ReduceMax", y)).Bind();
        long item = 4096 * sizeof(float);
        Assert.InRange(model.PlanFor(16).ArenaBytes, 17 * item, 17 * item + 64); // 16 inputs, one buffer; the 16 results fit in what inputs leave
    }

    [Fact]
    public void Outputs_that_no_input_reaches_are_there_for_each_item()
    {
        var g = new GraphSketch();
        int x = g.Input(2), c = g.Constant([1, 2], 2), shared = g.Node("Neg", g.Node("Exp", c)), mixed = g.Node("Add", g.Node("Abs", c), x);
        using var model = g.Output(c, shared, mixed, x).Bind();
        using var session = model.CreateSession(new SessionOptions { Batch = 3 });
        for (int b = 0; b < 3; b++) new float[] { b, -b }.CopyTo(session.Inputs[0].AsSpan<float>(b));
        session.Run();
        for (int b = 0; b < 3; b++)
        {
            Assert.Equal([1f, 2], session.Outputs[0].AsSpan<float>(b));
            Assert.Equal(-MathF.E, session.Outputs[1].AsSpan<float>(b)[0], 1e-6f);
            Assert.Equal([1f + b, 2f - b], session.Outputs[2].AsSpan<float>(b));
            Assert.Equal([b, -b], session.Outputs[3].AsSpan<float>(b));
        }
    }

    [Fact]
    public void A_run_of_a_batch_allocates_nothing()
    {
        using var model = Model.FromGraph(RandomNetwork(new Random(7)));
        using var session = model.CreateSession(new SessionOptions { Batch = 4 });
        for (int i = 0; i < 100; i++) session.Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) session.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_batch_beyond_the_limits_is_refused()
    {
        var g = new GraphSketch();
        int x = g.Input(1, 1 << 20);
        using var model = g.Output(g.Node("Exp", g.Node("Transpose", x))).Bind();
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateSession(new SessionOptions { Batch = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateSession(new SessionOptions { Batch = SessionOptions.MaxBatch + 1 }));
        Assert.Contains("a batch of 1000: value 'v0'", Assert.Throws<GraphException>(() => model.CreateSession(new SessionOptions { Batch = 1000 })).Message, StringComparison.Ordinal);
        Assert.Contains("MiB of working memory", Assert.Throws<GraphException>(() => model.CreateSession(new SessionOptions { Batch = 200 })).Message, StringComparison.Ordinal);
        model.CreateSession(new SessionOptions { Batch = 4 }).Dispose();
        var many = new GraphSketch();
        int y = many.Input(0);
        for (int i = 0; i < 20; i++) y = many.Node("CumSum", new AttributeMap { { "axis", 0L } }, y);
        using var empty = many.Output(y).Bind();
        Assert.Contains("steps", Assert.Throws<GraphException>(() => empty.CreateSession(new SessionOptions { Batch = SessionOptions.MaxBatch })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Items_that_are_not_there_are_refused()
    {
        var g = new GraphSketch();
        using var model = g.Output(g.Node("Neg", g.Input(2))).Bind();
        using var session = model.CreateSession(new SessionOptions { Batch = 2 });
        Assert.Equal(2, session.Batch);
        Assert.Equal((4, 2), (session.Inputs[0].AsSpan<float>().Length, session.Inputs[0].AsSpan<float>(1).Length));
        Assert.Equal((16, 8), (session.Outputs[0].AsBytes().Length, session.Outputs[0].AsBytes(1).Length));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Inputs[0].AsSpan<float>(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Inputs[0].AsBytes(-1));
    }

    /// <summary>Layers of all kinds in random order: some stacked, some item by item, views, branches and values that no input reaches between them.</summary>
    static ModelGraph RandomNetwork(Random random)
    {
        var g = new GraphSketch();
        int channels = random.Next(1, 6), length = random.Next(4, 30);
        int x = g.Input(1, channels, length), other = g.Input(1, 7);
        var earlier = new List<int>();
        int[] shape = [1, channels, length];
        for (int i = 0, layers = random.Next(1, 9); i < layers; i++)
        {
            int c = shape[1], n = shape[2];
            switch (random.Next(14))
            {
                case 0:
                    int m = random.Next(1, 40);
                    x = g.Node("Linear", x, g.Constant(RandomWeights.Floats(random, m * n), m, n), g.Constant(RandomWeights.Floats(random, m), m));
                    shape = [1, c, m];
                    break;
                case 1:
                    int o = random.Next(1, 9);
                    x = g.Node("Conv", new AttributeMap { { "pads", ((int[])[1, 1]).AsSpan() } }, x, g.Constant(RandomWeights.Floats(random, o * c * 3), o, c, 3));
                    shape = [1, o, n];
                    break;
                case 2: x = g.Node("Tanh", x); break;
                case 3: x = g.Node("Add", x, g.Node("Exp", g.Constant(RandomWeights.Floats(random, c), c, 1))); break;
                case 4: x = g.Node("Softmax", new AttributeMap { { "axis", (long)random.Next(-2, 3) } }, x); break;
                case 5:
                    x = g.Node("Transpose", new AttributeMap { { "perm", [0L, 2, 1] } }, x);
                    shape = [1, n, c];
                    break;
                case 6:
                    x = g.Reshape(g.Reshape(x, c * n), 1, n, c);
                    shape = [1, n, c];
                    break;
                case 7: x = g.Node("MatMul", x, g.Constant(RandomWeights.Floats(random, n * n), n, n)); break;
                case 8:
                    x = g.Node("Concat", new AttributeMap { { "axis", -2L } }, x, x);
                    shape = [1, 2 * c, n];
                    break;
                case 9: x = g.Node("LayerNormalization", new AttributeMap { { "axis", -1L } }, x, g.Constant(RandomWeights.Floats(random, n), n)); break;
                case 10: x = g.Node("CumSum", new AttributeMap { { "axis", 1L } }, x); break;
                case 11: x = g.Node("Mul", x, g.Node("ReduceMean", new AttributeMap { { "axes", 2L } }, x)); break;
                case 12: x = g.Node("Clip", g.Node("Mul", x, x), g.Constant([-2], []), g.Constant([3], [])); break;
                default: earlier.Add(g.Node("Sigmoid", g.Node("ReduceSum", new AttributeMap { { "axes", 2L }, { "keepdims", 0L } }, x))); break;
            }
            if (shape[1] * shape[2] > 4000) break;
        }
        var side = g.Node("Linear", other, g.Constant(RandomWeights.Floats(random, 21), 3, 7));
        return g.Output([x, side, .. earlier]).Build();
    }

    /// <summary>A matrix that leaves the size of a vector about as it is.</summary>
    static float[] Scaled(Random random, int rows, int columns) => [.. RandomWeights.Floats(random, rows * columns).Select(w => w / MathF.Sqrt(columns))];

    static void Check(ModelGraph graph, Isa isa, int seed, double tolerance = Tolerance)
    {
        using var model = Model.FromGraph(graph, Cpu.Allowed(isa.ToString()));
        using var alone = model.CreateSession();
        var random = new Random(seed);
        int count = Batches[seed % Batches.Length];
        float[][][] inputs = [.. Enumerable.Range(0, count).Select(_ => model.Inputs.Select(i => RandomWeights.Floats(random, i.Type.Count)).ToArray())];
        using var session = model.CreateSession(new SessionOptions { Batch = count });
        using var guarded = new GuardedSession(model, guardBefore: seed % 2 == 0, count);
        for (int b = 0; b < count; b++)
            for (int i = 0; i < inputs[b].Length; i++)
            {
                inputs[b][i].CopyTo(session.Inputs[i].AsSpan<float>(b));
                inputs[b][i].CopyTo(guarded.Input<float>(i, b));
            }
        guarded.Run();
        for (int run = 0; run < 2; run++)
        {
            session.Run();
            for (int b = 0; b < count; b++)
            {
                for (int i = 0; i < inputs[b].Length; i++) inputs[b][i].CopyTo(alone.Inputs[i].AsSpan<float>());
                alone.Run();
                for (int o = 0; o < alone.Outputs.Count; o++)
                {
                    string what = $"seed {seed}, {isa}, item {b} of {count}, output {o}: {string.Join(", ", graph.Nodes.Select(n => n.Name))}";
                    AssertClose(alone.Outputs[o].AsSpan<float>(), session.Outputs[o].AsSpan<float>(b), what, tolerance);
                    Assert.Equal(session.Outputs[o].AsSpan<float>(b), guarded.Output<float>(o, b));
                }
            }
        }
    }

    static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what, double tolerance = Tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = 1;
        foreach (float e in expected) scale = Math.Max(scale, Math.Abs(e));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(expected[i].Equals(actual[i]) || Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"{what}: element {i} is {actual[i]:R}, alone {expected[i]:R}");
    }
}
