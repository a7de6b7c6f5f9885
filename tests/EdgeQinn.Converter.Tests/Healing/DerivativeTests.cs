using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Converter.Tests.Healing;

/// <summary>Every layer computes what the runtime computes, and its gradients are those that differences give.</summary>
public class DerivativeTests
{
    const int Samples = 3;

    public static TheoryData<string> Unary =>
    [
        "Relu", "LeakyRelu", "ThresholdedRelu", "Elu", "Celu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Gelu", "Softplus", "Softsign",
        "Exp", "Neg", "Abs", "Sin", "Cos",
    ];

    [Theory, MemberData(nameof(Unary))]
    public void Functions(string op)
    {
        var b = new GraphBuilder(1);
        Check(b.Build(b.Node(op, null, b.Input(1, 3, 5))));
    }

    [Theory]
    [InlineData("Log"), InlineData("Sqrt"), InlineData("Reciprocal")]
    public void Functions_of_positive_numbers(string op)
    {
        var b = new GraphBuilder(2);
        int positive = b.Node("Exp", null, b.Input(1, 7));
        Check(b.Build(b.Node(op, null, positive)));
    }

    [Fact]
    public void Gelu_by_tanh_and_clip()
    {
        var b = new GraphBuilder(3);
        int x = b.Input(1, 9), low = b.Constant(EncodedTensor.FromSpan<float>([-0.5f])), high = b.Constant(EncodedTensor.FromSpan<float>([0.6f]));
        Check(b.Build(b.Node("Gelu", new() { { "approximate", "tanh" } }, x), b.Node("Clip", null, x, low, high)));
    }

    [Theory]
    [InlineData("Add"), InlineData("Sub"), InlineData("Mul"), InlineData("Div")]
    public void Arithmetic_broadcasts(string op)
    {
        var b = new GraphBuilder(4);
        int x = b.Input(1, 3, 4), row = b.Node("Exp", null, b.Input(4));
        int scaled = b.Node(op, null, x, row);
        Check(b.Build(b.Node(op, null, scaled, b.Constant(EncodedTensor.FromSpan<float>([1.5f, -0.7f, 2], 3, 1)))));
    }

    [Fact]
    public void Linear_layers()
    {
        var b = new GraphBuilder(5);
        int y = b.Node("Linear", new() { { "clamp", 0f, float.PositiveInfinity } }, b.Input(1, 3, 7), b.Constant(5, 7), b.Constant(5));
        Check(b.Build(b.Node("Linear", null, y, b.Constant(4, 5))));
    }

    public static TheoryData<int, int[], int[], int, int> Convolutions => new()
    {
        // group, strides, pads, dilation, max_pool
        { 1, [1], [0, 0], 1, 1 }, { 1, [2], [2, 1], 1, 1 }, { 2, [1], [1, 1], 2, 1 }, { 1, [1], [2, 2], 1, 2 }, { 4, [1], [1, 1], 1, 3 }, { 1, [3], [0, 4], 2, 2 },
    };

    [Theory, MemberData(nameof(Convolutions))]
    public void Convolutions_over_time(int group, int[] strides, int[] pads, int dilation, int pool)
    {
        var b = new GraphBuilder(6);
        var attributes = new AttributeMap { { "group", group }, { "strides", strides.AsSpan() }, { "pads", pads.AsSpan() }, { "dilations", dilation }, { "max_pool", pool }, { "clamp", 0f, 6f } };
        Check(b.Build(b.Node("Conv", attributes, b.Input(1, 4, 17), b.Constant(8, 4 / group, 3), b.Constant(8))));
    }

    [Fact]
    public void Convolutions_in_the_plane()
    {
        var b = new GraphBuilder(7);
        var attributes = new AttributeMap { { "pads", (ReadOnlySpan<int>)[1, 0, 0, 2] }, { "strides", (ReadOnlySpan<int>)[1, 2] } };
        int y = b.Node("Conv", attributes, b.Input(1, 2, 5, 6), b.Constant(3, 2, 3, 2), b.Constant(3));
        Check(b.Build(b.Node("GlobalAveragePool", null, y)));
    }

    [Theory]
    [InlineData("MaxPool", 0), InlineData("AveragePool", 0), InlineData("AveragePool", 1)]
    public void Pools(string op, int countPadding)
    {
        var b = new GraphBuilder(8);
        var attributes = new AttributeMap { { "kernel_shape", (ReadOnlySpan<int>)[3, 2] }, { "pads", (ReadOnlySpan<int>)[1, 0, 1, 1] }, { "strides", (ReadOnlySpan<int>)[2, 1] } };
        if (op == "AveragePool") attributes.Add("count_include_pad", countPadding);
        Check(b.Build(b.Node(op, attributes, b.Input(1, 2, 6, 5))));
    }

    [Theory]
    [InlineData("ReduceMean"), InlineData("ReduceSum"), InlineData("ReduceMax")]
    public void Reductions(string op)
    {
        var b = new GraphBuilder(9);
        int x = b.Input(1, 3, 4, 2);
        Check(b.Build(b.Node(op, new() { { "axes", (ReadOnlySpan<int>)[1, -1] }, { "keepdims", 0 } }, x), b.Node(op, new() { { "axes", (ReadOnlySpan<int>)[2] } }, x)));
    }

    [Fact]
    public void Movement()
    {
        var b = new GraphBuilder(10);
        int x = b.Input(1, 4, 6), other = b.Input(1, 2, 6);
        int joined = b.Node("Concat", new() { { "axis", 1 } }, x, other, x);
        int turned = b.Node("Transpose", new() { { "perm", (ReadOnlySpan<int>)[0, 2, 1] } }, joined);
        int cut = b.Node("Slice", new() { { "starts", (ReadOnlySpan<int>)[0, 5, 1] }, { "steps", (ReadOnlySpan<int>)[1, -2, 3] }, { "shape", (ReadOnlySpan<int>)[1, 3, 3] } }, turned);
        int padded = b.Node("Pad", new() { { "pads", (ReadOnlySpan<int>)[0, 1, 0, 0, 0, 2] } }, cut);
        int picked = b.Node("Gather", new() { { "axis", 1 } }, padded, b.Indices(3, 0, 0));
        var parts = b.Nodes("Split", new() { { "axis", 2 }, { "split", (ReadOnlySpan<int>)[2, 3] } }, 2, picked);
        int flat = b.Node("Reshape", new() { { "shape", (ReadOnlySpan<int>)[1, 6] } }, parts[0]);
        Check(b.Build(flat, parts[1]));
    }

    [Theory]
    [InlineData("Softmax", -1), InlineData("Softmax", 1), InlineData("LogSoftmax", 2)]
    public void Softmaxes(string op, int axis)
    {
        var b = new GraphBuilder(11);
        Check(b.Build(b.Node(op, new() { { "axis", axis } }, b.Input(1, 4, 5))));
    }

    [Fact]
    public void Layer_normalization()
    {
        var b = new GraphBuilder(12);
        Check(b.Build(b.Node("LayerNormalization", new() { { "axis", -1 } }, b.Input(1, 3, 8), b.Constant(8), b.Constant(8))));
    }

    [Fact]
    public void Attention()
    {
        var b = new GraphBuilder(13);
        int x = b.Input(1, 5, 4);
        int query = b.Node("Linear", null, x, b.Constant(4, 4)), key = b.Node("Linear", null, x, b.Constant(4, 4)), value = b.Node("Linear", null, x, b.Constant(4, 4));
        int scores = b.Node("MatMul", null, query, b.Node("Transpose", new() { { "perm", (ReadOnlySpan<int>)[0, 2, 1] } }, key));
        Check(b.Build(b.Node("MatMul", null, b.Node("Softmax", null, scores), value)));
    }

    [Theory]
    [InlineData(0), InlineData(1)]
    public void Fused_attention(int stepsFirst)
    {
        // Two heads of width 3 over 4 steps, read from one projection [4, 3 · 6]; values of width 2 from a tensor of their own.
        var b = new GraphBuilder(16);
        int projection = b.Input(1, 4, 18), values = b.Input(1, 2, 4, 2);
        var attributes = new AttributeMap
        {
            { "sizes", (ReadOnlySpan<int>)[1, 2, 4, 4, 3, 2] }, { "query", (ReadOnlySpan<int>)[0, 0, 3, 18] }, { "key", (ReadOnlySpan<int>)[6, 0, 3, 18] },
            { "value", (ReadOnlySpan<int>)[0, 0, 8, 2] }, { "scale", 0.7f }, { "steps_first", stepsFirst },
        };
        Check(b.Build(b.Node("Attention", attributes, projection, projection, values, b.Constant(2, 1, 4))));
    }

    [Theory]
    [InlineData("GRU", "forward", true), InlineData("GRU", "bidirectional", true), InlineData("GRU", "reverse", false)]
    [InlineData("LSTM", "forward", false), InlineData("LSTM", "bidirectional", true)]
    public void Recurrent_layers(string op, string direction, bool bias)
    {
        var b = new GraphBuilder(14);
        int gates = op == "GRU" ? 3 : 4, d = direction == "bidirectional" ? 2 : 1;
        var attributes = new AttributeMap { { "direction", direction } };
        if (op == "GRU") attributes.Add("linear_before_reset", 1);
        int x = b.Input(6, 1, 3), w = b.Constant(d, gates * 4, 3), r = b.Constant(d, gates * 4, 4);
        var outputs = bias ? b.Nodes(op, attributes, 2, x, w, r, b.Constant(d, 2 * gates * 4)) : b.Nodes(op, attributes, 2, x, w, r);
        Check(b.Build(outputs));
    }

    [Fact]
    public void What_has_no_derivative_is_named()
    {
        var b = new GraphBuilder(15);
        int y = b.Node("Floor", null, b.Input(1, 4));
        var e = Assert.Throws<GraphException>(() => new Network(b.Build(b.Node("Round", null, y))));
        Assert.Contains("'Floor 0' (Floor), 'Round 1' (Round)", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ecg-beat-cnn"), InlineData("ecg-beat-gru"), InlineData("bearing-wdcnn"), InlineData("bearing-autoencoder")]
    public void Reference_models_compute_what_the_runtime_computes(string model)
    {
        var graph = Conversion.Run(Path.Combine(AppContext.BaseDirectory, "models", model + ".onnx"), new ConvertOptions()).Graph;
        CheckForward(new Network(graph), 1e-4f);
    }

    /// <summary>Forward against the runtime, then the gradient of Σ c y by every input and parameter against central differences.</summary>
    static void Check(ModelGraph graph)
    {
        var network = new Network(graph);
        var tape = CheckForward(network, 1e-5f);
        var coefficients = graph.Outputs.ToDictionary(o => o, o => Draw(tape.Value(o).Length, o));
        double Objective()
        {
            network.Forward(tape);
            double sum = 0;
            foreach (var (output, c) in coefficients)
                for (int i = 0; i < c.Length; i++) sum += (double)c[i] * tape.Value(output)[i];
            return sum;
        }
        tape.ClearGradients();
        foreach (var (output, c) in coefficients) c.CopyTo(tape.Gradient(output));
        network.Backward(tape);
        var byInput = graph.Inputs.Select(v => tape.Gradient(v).ToArray()).ToArray();
        foreach (var (v, expected) in graph.Inputs.Zip(byInput))
            for (int i = 0; i < expected.Length; i++) AssertDerivative(() => ref tape.Value(v)[i], Objective, expected[i]);
        foreach (var parameter in network.Parameters)
        {
            tape.Gradient(parameter).CopyTo(parameter.Gradient, 0);
            parameter.Backward();
            foreach (var leaf in parameter.Trainable.Leaves)
                for (int i = 0; i < leaf.Values.Length; i++)
                    AssertDerivative(() => ref leaf.Values[i], () =>
                    {
                        parameter.Refresh();
                        return Objective();
                    }, leaf.Gradient[i]);
        }
    }

    delegate ref float Place();

    /// <summary>The derivative lies between the differences on either side, which differ at a kink and by curvature elsewhere.</summary>
    static void AssertDerivative(Place place, Func<double> objective, float derivative)
    {
        const float Step = 1.0f / 2048;
        float x = place();
        double at = objective();
        place() = x + Step;
        double above = (objective() - at) / Step;
        place() = x - Step;
        double below = (at - objective()) / Step;
        place() = x;
        double slack = 4e-3 * Math.Max(1, Math.Abs(above));
        Assert.InRange(derivative, Math.Min(above, below) - slack, Math.Max(above, below) + slack);
    }

    static Tape CheckForward(Network network, float tolerance)
    {
        var graph = network.Graph;
        var tape = new Tape(network, Samples) { Samples = Samples, Training = true };
        foreach (int v in graph.Inputs) Draw(tape.Value(v).Length, v).CopyTo(tape.Value(v));
        network.Forward(tape);
        using var model = Model.FromGraph(graph);
        using var session = model.CreateSession();
        for (int s = 0; s < Samples; s++)
        {
            for (int i = 0; i < session.Inputs.Count; i++)
            {
                var input = session.Inputs[i].AsSpan<float>();
                tape.Value(graph.Inputs[i]).Slice(s * input.Length, input.Length).CopyTo(input);
            }
            session.Run();
            for (int o = 0; o < session.Outputs.Count; o++)
            {
                var expected = session.Outputs[o].AsSpan<float>();
                var actual = tape.Value(graph.Outputs[o]).Slice(s * expected.Length, expected.Length);
                for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i])));
            }
        }
        return tape;
    }

    static float[] Draw(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
