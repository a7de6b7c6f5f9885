using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Passes;

/// <summary>Networks in Keras' layout, channels last, as tf2onnx writes them: the transposes vanish, and what stood behind them fuses.</summary>
public class ChannelsLastTests
{
    static string[] Optimize(OnnxGraphBuilder builder, float tolerance = 1e-5f)
    {
        var (plain, optimized) = (builder.Convert(optimize: false), builder.Convert());
        for (int seed = 0; seed < 3; seed++)
        {
            float[] expected = plain.Run(seed), actual = optimized.Run(seed);
            Assert.Contains(expected, y => y != 0);
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
        }
        return [.. optimized.Operators().Where(o => o != "Reshape")];
    }

    static OnnxGraphBuilder Input(params int[] shape) => new OnnxGraphBuilder().Opset(12).Input("x", shape).Output("y").Constant<float>("zero", [0], []);

    /// <summary>Conv1D of Keras: a unit axis inserted, channels brought to the front, a 2-D convolution, and all of it undone.</summary>
    static OnnxGraphBuilder Conv1d(OnnxGraphBuilder b, string x, string y, int inputs, int outputs, int kernel, params int[] pads) => b.Weights($"w{y}", y[0], outputs, inputs, 1, kernel)
        .Node("Unsqueeze", x, $"{y}a", ("axes", new[] { 1 })).Node("Transpose", $"{y}a", $"{y}b", ("perm", new[] { 0, 3, 1, 2 }))
        .Node("Conv", $"{y}b w{y}", $"{y}c", ("pads", pads.Length == 0 ? new int[4] : [0, pads[0], 0, pads[1]]))
        .Node("Transpose", $"{y}c", $"{y}d", ("perm", new[] { 0, 2, 3, 1 })).Node("Squeeze", $"{y}d", $"{y}", ("axes", new[] { 1 }));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_stack_of_convolutions_with_bias_norm_and_relu_needs_one_transpose(int batch)
    {
        var b = Input(batch, 20, 3).Weights("bias", 5, 4).Weights("scale", 6, 4).Weights("shift", 7, 4);
        Conv1d(b, "x", "p", 3, 4, 5, 2, 2).Node("Add", "p bias", "q").Node("Mul", "q scale", "r").Node("Add", "r shift", "s").Node("Relu", "s", "t");
        Conv1d(b, "t", "u", 4, 4, 3, 1, 1).Node("Add", "u bias", "v").Node("Relu", "v", "w");
        b.Node("ReduceMean", "w", "z", ("axes", new[] { 1 }), ("keepdims", 0)).Weights("d", 8, 4, 2).Node("MatMul", "z d", "y");
        Assert.Equal(["Transpose", "Conv", "Conv", "ReduceMean", "Linear"], Optimize(b));
    }

    [Fact]
    public void Pools_between_convolutions_run_in_their_layout()
    {
        var b = Input(1, 24, 3);
        Conv1d(b, "x", "p", 3, 4, 3, 1, 1).Node("Relu", "p", "q").Node("Unsqueeze", "q", "r", ("axes", new[] { 1 })).Node("Transpose", "r", "s", ("perm", new[] { 0, 3, 1, 2 }))
            .Node("MaxPool", "s", "t", ("kernel_shape", new[] { 1, 2 }), ("strides", new[] { 1, 2 })).Node("Transpose", "t", "u", ("perm", new[] { 0, 2, 3, 1 })).Node("Squeeze", "u", "v", ("axes", new[] { 1 }));
        Conv1d(b, "v", "w", 4, 5, 3).Node("Tanh", "w", "y");
        string[] operators = Optimize(b);
        Assert.Equal(["Transpose", "Conv", "Conv", "Tanh", "Transpose"], operators);
        Assert.Equal(2, b.Convert().Graph.Nodes.First(n => n.Operator == "Conv").Attributes.Int("max_pool"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Flattening_in_front_of_a_dense_layer_costs_nothing(int batch)
    {
        var b = Input(batch, 10, 3);
        Conv1d(b, "x", "p", 3, 4, 3).Node("Relu", "p", "q").Constant<long>("flat", [batch, 32], 2).Node("Reshape", "q flat", "r").Weights("d", 8, 32, 6).Weights("e", 9, 6).Node("MatMul", "r d", "s").Node("Add", "s e", "y");
        Assert.Equal(["Transpose", "Conv", "Linear"], Optimize(b));
    }

    [Fact]
    public void Causal_padding_becomes_the_convolutions()
    {
        var b = Input(1, 12, 3).Constant<long>("pads", [0, 2, 0, 0, 0, 0], 6).Node("Pad", "x pads zero", "p0");
        Assert.Equal(["Transpose", "Conv", "Transpose"], Optimize(Conv1d(b, "p0", "y", 3, 4, 3)));
        Assert.Equal([2L, 0L], b.Convert().Graph.Nodes.Single(n => n.Operator == "Conv").Attributes.Longs("pads").ToArray());
    }

    [Fact]
    public void Padding_with_something_else_stays()
    {
        var b = Input(1, 12, 3).Constant<long>("pads", [0, 2, 0, 0, 0, 0], 6).Constant<float>("one", [1], []).Node("Pad", "x pads one", "p0");
        Assert.Contains("Pad", Optimize(Conv1d(b, "p0", "y", 3, 4, 3)));
    }

    [Fact]
    public void Branches_that_are_added_or_joined_share_the_layout()
    {
        var b = Input(1, 12, 3);
        foreach (string name in (string[])["p", "q", "r"]) Conv1d(b, "x", name, 3, 4, 3, 1, 1);
        b.Node("Tanh", "p", "s").Node("Sigmoid", "q", "t").Node("Add", "s t", "u").Node("Concat", "u r", "v", ("axis", 2));
        Conv1d(b, "v", "w", 8, 2, 1).Node("Identity", "w", "y");
        Assert.Equal(2, Optimize(b).Count(o => o == "Transpose")); // the input's and the output's
    }

    [Fact]
    public void Batch_norm_behind_a_linear_layer_over_time_folds_into_it() => Assert.Equal(["Linear", "Transpose"], Optimize(new OnnxGraphBuilder().Input("x", 2, 7, 3).Weights("w", 1, 3, 4).Output("y")
        .Weights("scale", 2, 4).Weights("shift", 3, 4).Weights("mean", 4, 4).Constant<float>("variance", [0.5f, 1, 2, 3], 4)
        .Node("MatMul", "x w", "h").Node("Transpose", "h", "t", ("perm", new[] { 0, 2, 1 })).Node("BatchNormalization", "t scale shift mean variance", "y")));

    [Fact]
    public void Batch_norm_folds_into_depthwise_convolutions() => Assert.Equal(["Conv"], Optimize(new OnnxGraphBuilder().Input("x", 1, 4, 9).Weights("w", 1, 4, 1, 3).Weights("b", 9, 4).Output("y")
        .Weights("scale", 2, 4).Weights("shift", 3, 4).Weights("mean", 4, 4).Constant<float>("variance", [0.5f, 1, 2, 3], 4)
        .Node("Conv", "x w b", "h", ("group", 4)).Node("BatchNormalization", "h scale shift mean variance", "y")));

    [Theory]
    [InlineData("Add")]
    [InlineData("Sub")]
    [InlineData("Pow")]
    public void Constants_go_with_the_transpose(string op)
    {
        string[] operators = Optimize(new OnnxGraphBuilder().Input("x", 2, 3, 4).Weights("c", 1, 2, 1).Constant<float>("k", [2], 1).Output("y").Node("Sigmoid", "x", "s")
            .Node("Transpose", "s", "t", ("perm", new[] { 2, 0, 1 })).Node(op, op == "Pow" ? "t k" : "c t", "u").Node("Transpose", "u", "y", ("perm", new[] { 1, 2, 0 })));
        Assert.Equal(["Sigmoid", op], operators);
    }

    [Fact]
    public void Reductions_that_drop_axes_keep_the_order_of_the_rest() => Assert.Equal(["Sigmoid", "ReduceSum", "Transpose"], Optimize(new OnnxGraphBuilder().Opset(12).Input("x", 2, 3, 4).Output("y")
        .Node("Sigmoid", "x", "s").Node("Transpose", "s", "t", ("perm", new[] { 2, 1, 0 })).Node("ReduceSum", "t", "y", ("axes", new[] { 1 }), ("keepdims", 0))));
}
