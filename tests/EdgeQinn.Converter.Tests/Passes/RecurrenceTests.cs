using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Passes;

/// <summary>Steps of recurrent layers written out, alone and unrolled, become LSTM and GRU, with results as they were.</summary>
public class RecurrenceTests
{
    const int Units = 4, Inputs = 3;

    /// <summary>Compares with and without passes on three random inputs; the operators that are no mere moves.</summary>
    static string[] Check(OnnxGraphBuilder builder, float tolerance = 1e-5f)
    {
        var (plain, optimized) = (builder.Convert(optimize: false), builder.Convert());
        Assert.DoesNotContain(plain.Operators(), o => o is "LSTM" or "GRU");
        for (int seed = 0; seed < 3; seed++)
        {
            float[] expected = plain.Run(seed), actual = optimized.Run(seed);
            Assert.Contains(expected, y => y != 0);
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
        }
        return [.. optimized.Operators().Where(o => o != "Reshape")];
    }

    /// <summary>One step as PyTorch's LSTMCell: i f g o in two products, from <c>{x}</c>, <c>{h}</c>, <c>{c}</c> to <c>h{t}</c>, <c>c{t}</c>.</summary>
    static OnnxGraphBuilder TorchLstm(OnnxGraphBuilder b, int t, string x, string h, string c, string w = "w", string r = "r") => b
        .Node("Gemm", $"{x} {w} bi", $"gi{t}", ("transB", 1)).Node("Gemm", $"{h} {r} bh", $"gh{t}", ("transB", 1)).Node("Add", $"gi{t} gh{t}", $"g{t}")
        .Node("Split", $"g{t}", $"si{t} sf{t} sg{t} so{t}", ("axis", 1)).Node("Sigmoid", $"si{t}", $"i{t}").Node("Sigmoid", $"sf{t}", $"f{t}").Node("Tanh", $"sg{t}", $"gg{t}").Node("Sigmoid", $"so{t}", $"o{t}")
        .Node("Mul", $"f{t} {c}", $"fc{t}").Node("Mul", $"i{t} gg{t}", $"ig{t}").Node("Add", $"fc{t} ig{t}", $"c{t}").Node("Tanh", $"c{t}", $"tc{t}").Node("Mul", $"o{t} tc{t}", $"h{t}");

    static OnnxGraphBuilder TorchWeights(int gates) => new OnnxGraphBuilder().Weights("w", 1, gates * Units, Inputs).Weights("r", 2, gates * Units, Units).Weights("bi", 3, gates * Units).Weights("bh", 4, gates * Units);

    static OnnxGraphBuilder Zeros(OnnxGraphBuilder b, int batch) => b.Constant<float>("zero", new float[batch * Units], batch, Units);

    static OnnxGraphBuilder Step(OnnxGraphBuilder b, int t, int axis) => b.Constant<long>($"at{t}", [t], []).Node("Gather", $"x at{t}", $"x{t}", ("axis", axis));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void One_step_with_its_states_outside_is_one_step(int batch)
    {
        var b = TorchWeights(4).Input("x", batch, Inputs).Input("h", batch, Units).Input("c", batch, Units).Output("h0").Output("c0");
        Assert.Equal(["LSTM"], Check(TorchLstm(b, 0, "x", "h", "c")));
    }

    [Fact]
    public void Gates_with_products_of_their_own_are_one_step()
    {
        var b = new OnnxGraphBuilder().Input("x", 1, Inputs).Input("h", 1, Units).Input("c", 1, Units).Output("hh").Output("cc");
        foreach (string g in (string[])["i", "f", "g", "o"])
            b.Weights($"w{g}", g[0], Inputs, Units).Weights($"r{g}", g[0] + 1, Units, Units).Weights($"b{g}", g[0] + 2, Units).Node("MatMul", $"x w{g}", $"x{g}").Node("MatMul", $"h r{g}", $"h{g}")
                .Node("Add", $"x{g} h{g}", $"s{g}").Node("Add", $"s{g} b{g}", $"a{g}").Node(g == "g" ? "Tanh" : "Sigmoid", $"a{g}", $"y{g}");
        b.Node("Mul", "yf c", "fc").Node("Mul", "yi yg", "ig").Node("Add", "ig fc", "cc").Node("Tanh", "cc", "t").Node("Mul", "t yo", "hh");
        Assert.Equal(["LSTM"], Check(b));
    }

    /// <summary>x is [T, batch, inputs] (axis 0) or [batch, T, inputs] (axis 1); all states are stacked into the output.</summary>
    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(0, 2, false)]
    [InlineData(1, 1, false)]
    [InlineData(1, 2, false)]
    [InlineData(1, 1, true)]
    [InlineData(0, 2, true)]
    public void An_unrolled_lstm_is_one_layer(int axis, int batch, bool reverse)
    {
        const int Steps = 5;
        var b = Zeros(TorchWeights(4).Input("x", axis == 0 ? [Steps, batch, Inputs] : [batch, Steps, Inputs]).Constant<long>("front", [axis], 1).Output("y"), batch);
        string h = "zero", c = "zero";
        for (int k = 0; k < Steps; k++)
        {
            int t = reverse ? Steps - 1 - k : k;
            TorchLstm(Step(b, t, axis), t, $"x{t}", h, c).Node("Unsqueeze", $"h{t} front", $"u{t}");
            (h, c) = ($"h{t}", $"c{t}");
        }
        b.Node("Concat", string.Join(' ', Enumerable.Range(0, Steps).Select(t => $"u{t}")), "y", ("axis", axis));
        string[] operators = Check(b);
        Assert.Single(operators, "LSTM");
        Assert.Empty(operators.Except(["LSTM", "Slice", "Concat", "Transpose"]));
        if (batch == 1) Assert.Equal(["LSTM"], operators);
    }

    [Fact]
    public void The_last_state_alone_needs_no_sequence()
    {
        var b = Zeros(TorchWeights(4).Input("x", 4, 1, Inputs).Output("h3").Output("c3"), 1);
        for (int t = 0; t < 4; t++) TorchLstm(Step(b, t, 0), t, $"x{t}", t == 0 ? "zero" : $"h{t - 1}", t == 0 ? "zero" : $"c{t - 1}");
        Assert.Equal(["LSTM"], Check(b));
        Assert.Equal(-1, b.Convert().Graph.Nodes.Single(n => n.Operator == "LSTM").Outputs[0]);
    }

    [Fact]
    public void Two_unrolled_layers_are_two_layers()
    {
        var b = Zeros(TorchWeights(4).Input("x", 4, 1, Inputs).Weights("w2", 7, 4 * Units, Units).Weights("r2", 8, 4 * Units, Units).Output("h13"), 1);
        for (int t = 0; t < 4; t++)
        {
            TorchLstm(Step(b, t, 0), t, $"x{t}", t == 0 ? "zero" : $"h{t - 1}", t == 0 ? "zero" : $"c{t - 1}");
            TorchLstm(b, 10 + t, $"h{t}", t == 0 ? "zero" : $"h{9 + t}", t == 0 ? "zero" : $"c{9 + t}", "w2", "r2");
        }
        Assert.Equal(["LSTM", "LSTM"], Check(b).Where(o => o is not ("Slice" or "Concat")));
    }

    [Fact]
    public void A_decoder_that_feeds_itself_stays_step_by_step()
    {
        var b = Zeros(TorchWeights(4).Input("x", 1, Inputs).Weights("p", 6, Units, Inputs).Output("h2"), 1);
        string x = "x";
        for (int t = 0; t < 3; t++)
        {
            TorchLstm(b, t, x, t == 0 ? "zero" : $"h{t - 1}", t == 0 ? "zero" : $"c{t - 1}").Node("MatMul", $"h{t} p", $"q{t}").Node("Tanh", $"q{t}", x = $"z{t}");
        }
        string[] operators = Check(b);
        Assert.Equal(2, operators.Count(o => o == "LSTM")); // the first step starts from zeros: without weights for its state it is no layer alone
    }

    [Fact]
    public void Steps_with_different_weights_are_not_one_layer()
    {
        var b = TorchWeights(4).Input("x", 2, 1, Inputs).Input("h", 1, Units).Input("c", 1, Units).Weights("w2", 9, 4 * Units, Inputs).Output("h1");
        TorchLstm(Step(b, 0, 0), 0, "x0", "h", "c");
        TorchLstm(Step(b, 1, 0), 1, "x1", "h0", "c0", "w2");
        Assert.Equal(["LSTM", "LSTM"], Check(b).Where(o => o != "Slice"));
    }

    [Fact]
    public void A_cell_state_that_is_read_between_steps_is_kept()
    {
        var b = TorchWeights(4).Input("x", 2, 1, Inputs).Input("h", 1, Units).Input("c", 1, Units).Output("h1").Output("c0");
        TorchLstm(Step(b, 0, 0), 0, "x0", "h", "c");
        TorchLstm(Step(b, 1, 0), 1, "x1", "h0", "c0");
        Assert.Equal(["LSTM", "LSTM"], Check(b).Where(o => o != "Slice"));
    }

    /// <summary>TensorFlow's BasicLSTMCell: one product with x and h joined, gates i j f o, and 1 added to the forget gate.</summary>
    [Fact]
    public void One_product_of_input_and_state_joined_is_one_layer()
    {
        const int Steps = 3;
        var b = Zeros(new OnnxGraphBuilder().Opset(12).Input("x", 1, Steps, Inputs).Weights("k", 1, Inputs + Units, 4 * Units).Weights("bias", 2, 4 * Units).Constant<float>("one", [1], []).Output($"h{Steps - 1}"), 1);
        string h = "zero", c = "zero";
        for (int t = 0; t < Steps; t++)
        {
            Step(b, t, 1).Node("Concat", $"x{t} {h}", $"xh{t}", ("axis", 1)).Node("MatMul", $"xh{t} k", $"m{t}").Node("Add", $"m{t} bias", $"a{t}")
                .Node("Split", $"a{t}", $"si{t} sj{t} sf{t} so{t}", ("axis", 1)).Node("Add", $"sf{t} one", $"sg{t}").Node("Sigmoid", $"sg{t}", $"f{t}").Node("Mul", $"{c} f{t}", $"cf{t}")
                .Node("Sigmoid", $"si{t}", $"i{t}").Node("Tanh", $"sj{t}", $"j{t}").Node("Mul", $"i{t} j{t}", $"ij{t}").Node("Add", $"cf{t} ij{t}", $"c{t}").Node("Tanh", $"c{t}", $"tc{t}")
                .Node("Sigmoid", $"so{t}", $"o{t}").Node("Mul", $"tc{t} o{t}", $"h{t}");
            (h, c) = ($"h{t}", $"c{t}");
        }
        Assert.Equal(["LSTM"], Check(b));
    }

    /// <summary>PyTorch's GRUCell, h = n + z · (h − n), and the forms with 1 − z; <paramref name="form"/> 3 and 4 exchange z and 1 − z.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(0, 4)]
    [InlineData(2, 4)]
    [InlineData(4, 4)]
    public void A_gru_that_resets_after_the_product(int form, int steps)
    {
        var b = TorchWeights(3).Input("x", steps, 1, Inputs).Input("h", 1, Units).Constant<float>("one", [1], []).Output("y");
        string h = "h";
        for (int t = 0; t < steps; t++)
        {
            Step(b, t, 0).Node("Gemm", $"x{t} w bi", $"gi{t}", ("transB", 1)).Node("Gemm", $"{h} r bh", $"gh{t}", ("transB", 1)).Node("Split", $"gi{t}", $"ir{t} iz{t} in{t}", ("axis", 1))
                .Node("Split", $"gh{t}", $"hr{t} hz{t} hn{t}", ("axis", 1)).Node("Add", $"ir{t} hr{t}", $"ar{t}").Node("Sigmoid", $"ar{t}", $"r{t}").Node("Add", $"iz{t} hz{t}", $"az{t}")
                .Node("Sigmoid", $"az{t}", $"z{t}").Node("Mul", $"r{t} hn{t}", $"rn{t}").Node("Add", $"in{t} rn{t}", $"an{t}").Node("Tanh", $"an{t}", $"n{t}");
            h = Update(b, t, form, h, t == steps - 1 ? "y" : $"h{t}");
        }
        Assert.Equal(["GRU"], Check(b));
        Assert.Equal(1, b.Convert().Graph.Nodes.Single(n => n.Operator == "GRU").Attributes.Int("linear_before_reset"));
    }

    static string Update(OnnxGraphBuilder b, int t, int form, string h, string to)
    {
        if (form == 0) b.Node("Sub", $"{h} n{t}", $"d{t}").Node("Mul", $"d{t} z{t}", $"m{t}").Node("Add", $"m{t} n{t}", to);
        else if (form == 4) b.Node("Sub", $"n{t} {h}", $"d{t}").Node("Mul", $"z{t} d{t}", $"m{t}").Node("Add", $"{h} m{t}", to);
        else
        {
            var (kept, taken) = form == 3 ? ($"n{t}", h) : (h, $"n{t}");
            b.Node("Sub", $"one z{t}", $"e{t}").Node("Mul", $"e{t} {taken}", $"p{t}").Node("Mul", $"z{t} {kept}", $"q{t}").Node("Add", form == 1 ? $"p{t} q{t}" : $"q{t} p{t}", to);
        }
        return to;
    }

    /// <summary>Keras' GRU with reset_after = False: r · h goes through the product.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_gru_that_resets_before_the_product(int steps)
    {
        var b = Zeros(new OnnxGraphBuilder().Input("x", 1, steps, Inputs).Weights("k", 1, Inputs, 3 * Units).Weights("b", 2, 3 * Units).Weights("rz", 3, Units, Units).Weights("rr", 4, Units, Units)
            .Weights("rn", 5, Units, Units).Input("h", 1, Units).Constant<float>("one", [1], []).Output("y"), 1);
        string h = "h";
        for (int t = 0; t < steps; t++)
        {
            Step(b, t, 1).Node("MatMul", $"x{t} k", $"g{t}").Node("Add", $"g{t} b", $"a{t}").Node("Split", $"a{t}", $"iz{t} ir{t} in{t}", ("axis", -1))
                .Node("MatMul", $"{h} rz", $"hz{t}").Node("Add", $"iz{t} hz{t}", $"sz{t}").Node("Sigmoid", $"sz{t}", $"z{t}").Node("MatMul", $"{h} rr", $"hr{t}").Node("Add", $"hr{t} ir{t}", $"sr{t}").Node("Sigmoid", $"sr{t}", $"r{t}")
                .Node("Mul", $"r{t} {h}", $"rh{t}").Node("MatMul", $"rh{t} rn", $"hn{t}").Node("Add", $"in{t} hn{t}", $"sn{t}").Node("Tanh", $"sn{t}", $"n{t}");
            h = Update(b, t, 2, h, t == steps - 1 ? "y" : $"h{t}");
        }
        Assert.Equal(["GRU"], Check(b));
    }

    [Fact]
    public void An_unrolled_loop_is_one_layer()
    {
        // The body takes (trip, condition, h, c) and gives (condition, h, c, h to stack).
        var body = new OnnxGraphBuilder().Input("i", Runtime.Format.ElementType.Int64).Input("go", Runtime.Format.ElementType.Bool).Input("h", 1, Units).Input("c", 1, Units)
            .Output("go").Output("h0").Output("c0").Output("s").Node("Gather", "x i", "xt", ("axis", 0));
        TorchLstm(body, 0, "xt", "h", "c").Node("Identity", "h0", "s");
        var b = Zeros(TorchWeights(4).Input("x", 6, 1, Inputs).Output("y").Constant<long>("n", [6], []).Constant<bool>("yes", [true], []), 1)
            .Node("Loop", "n yes zero zero", "hl cl y", ("body", body.ToGraph()));
        Assert.Equal(["LSTM"], Check(b));
    }
}
