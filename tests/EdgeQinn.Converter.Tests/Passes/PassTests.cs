using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Passes;

/// <summary>Each pass leaves the operators it should, and results as they were.</summary>
public class PassTests
{
    /// <summary>Converts with and without passes, compares on three random inputs, and gives the optimised network's operators.</summary>
    static string[] Optimize(OnnxGraphBuilder builder, double tolerance = 1e-5)
    {
        var (plain, optimized) = (builder.Convert(optimize: false), builder.Convert());
        Assert.Equal(plain.Graph.Inputs.Select(i => plain.Graph.Values[i].ToString()), optimized.Graph.Inputs.Select(i => optimized.Graph.Values[i].ToString()));
        for (int seed = 0; seed < 3; seed++)
        {
            float[] expected = plain.Run(seed), actual = optimized.Run(seed);
            Assert.Equal(expected.Length, actual.Length);
            Assert.Contains(expected, y => y != 0);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
        }
        return optimized.Operators();
    }

    static OnnxGraphBuilder Conv1d() => new OnnxGraphBuilder().Input("x", 1, 3, 20).Weights("w", 1, 4, 3, 5).Weights("b", 2, 4).Output("y");

    static OnnxGraphBuilder BatchNorm(OnnxGraphBuilder builder, string x, string y, int channels, int seed) => builder
        .Weights("scale", seed, channels).Weights("shift", seed + 1, channels).Weights("mean", seed + 2, channels)
        .Constant<float>("variance", [.. Enumerable.Range(1, channels).Select(c => 0.3f * c)], channels)
        .Node("BatchNormalization", $"{x} scale shift mean variance", y, ("epsilon", 1e-3f));

    [Fact]
    public void Batch_norm_folds_into_the_convolution_before_it() =>
        Assert.Equal(["Conv"], Optimize(BatchNorm(Conv1d().Node("Conv", "x w b", "c", ("pads", new[] { 2, 2 })), "c", "y", 4, 10)));

    [Fact]
    public void Batch_norm_folds_into_a_convolution_without_bias_and_with_groups() =>
        Assert.Equal(["Conv"], Optimize(BatchNorm(new OnnxGraphBuilder().Input("x", 1, 4, 9).Weights("w", 1, 6, 2, 3).Output("y").Node("Conv", "x w", "c", ("group", 2)), "c", "y", 6, 10)));

    [Fact]
    public void Batch_norm_folds_into_a_transposed_convolution_with_groups() =>
        Assert.Equal(["ConvTranspose"], Optimize(BatchNorm(new OnnxGraphBuilder().Input("x", 1, 4, 9).Weights("w", 1, 4, 3, 3).Output("y")
            .Node("ConvTranspose", "x w", "c", ("group", 2), ("strides", new[] { 2 })), "c", "y", 6, 10)));

    [Fact]
    public void Batch_norm_folds_into_the_convolution_after_it_where_nothing_is_padded() =>
        Assert.Equal(["Conv"], Optimize(BatchNorm(Conv1d(), "x", "n", 3, 10).Node("Conv", "n w b", "y")));

    [Fact]
    public void Batch_norm_before_a_padded_convolution_stays_since_padding_is_zero_behind_it() =>
        Assert.Equal(["BatchNormalization", "Conv"], Optimize(BatchNorm(Conv1d(), "x", "n", 3, 10).Node("Conv", "n w b", "y", ("pads", new[] { 2, 2 }))));

    [Fact]
    public void Normalisation_around_linear_layers_folds_into_them() => Assert.Equal(["Linear"], Optimize(new OnnxGraphBuilder()
        .Input("x", 1, 6).Weights("w", 1, 4, 6).Weights("b", 2, 4).Weights("mu", 3, 6).Constant<float>("sd", [0.5f, 1, 2, 3, 0.25f, 4], 6)
        .Weights("scale", 4, 4).Weights("offset", 5, 4).Output("y")
        .Node("Sub", "x mu", "c").Node("Div", "c sd", "z").Node("Gemm", "z w b", "h", ("transB", 1)).Node("Mul", "h scale", "s").Node("Add", "offset s", "y")));

    [Fact]
    public void A_shift_that_would_cancel_most_digits_is_not_folded() => Assert.Equal(["Sub", "Linear"], Optimize(new OnnxGraphBuilder()
        .Input("x", 1, 4).Weights("w", 1, 3, 4).Constant<float>("mu", [1000, 1, 1, 1], 4).Output("y")
        .Node("Sub", "x mu", "c").Node("Gemm", "c w", "y", ("transB", 1)), 1e-3));

    [Fact]
    public void Matrix_product_and_sum_become_one_linear_layer() => Assert.Equal(["Linear"], Optimize(new OnnxGraphBuilder()
        .Input("x", 2, 5, 6).Weights("w", 1, 6, 4).Weights("b", 2, 4).Output("y").Node("MatMul", "x w", "p").Node("Add", "b p", "y")));

    [Fact]
    public void A_value_that_is_read_twice_is_not_folded_away() => Assert.Equal(["Linear", "Mul", "Add"], Optimize(new OnnxGraphBuilder()
        .Input("x", 1, 6).Weights("w", 1, 4, 6).Weights("s", 2, 4).Output("y")
        .Node("Gemm", "x w", "h", ("transB", 1)).Node("Mul", "h s", "m").Node("Add", "m h", "y")));

    [Fact]
    public void An_output_of_the_model_is_not_folded_away()
    {
        var builder = new OnnxGraphBuilder().Input("x", 1, 6).Weights("w", 1, 4, 6).Output("h").Output("y").Node("Gemm", "x w", "h", ("transB", 1)).Node("Relu", "h", "y");
        Assert.Equal(["Linear", "Relu"], Optimize(builder));
    }

    [Fact]
    public void Relu_and_clip_become_the_layers_clamp()
    {
        var builder = Conv1d().Constant<float>("lo", [-0.5f], []).Constant<float>("hi", [0.75f], [])
            .Node("Conv", "x w b", "c").Node("Clip", "c lo hi", "k").Node("Relu", "k", "y");
        Assert.Equal(["Conv"], Optimize(builder));
        Assert.Equal([0f, 0.75f], builder.Convert().Graph.Nodes[0].Attributes.Floats("clamp").ToArray());
    }

    [Theory]
    [InlineData(20, 2)]
    [InlineData(21, 4)] // a remainder that the pool leaves out
    public void Pool_without_overlap_moves_into_the_convolution(int length, int kernel) => Assert.Equal(["Conv"], Optimize(new OnnxGraphBuilder()
        .Input("x", 1, 3, length).Weights("w", 1, 4, 3, 3).Output("y").Node("Conv", "x w", "c", ("pads", new[] { 1, 1 })).Node("Relu", "c", "r")
        .Node("MaxPool", "r", "y", ("kernel_shape", new[] { kernel }), ("strides", new[] { kernel }))));

    [Theory]
    [InlineData(3, 2, 0)] // overlap
    [InlineData(2, 2, 1)] // a padded remainder
    public void Other_pools_stay(int kernel, int stride, int ceil) => Assert.Equal(["Conv", "MaxPool"], Optimize(new OnnxGraphBuilder()
        .Input("x", 1, 3, 21).Weights("w", 1, 4, 3, 3).Output("y").Node("Conv", "x w", "c", ("pads", new[] { 1, 1 }))
        .Node("MaxPool", "c", "y", ("kernel_shape", new[] { kernel }), ("strides", new[] { stride }), ("ceil_mode", ceil))));

    [Fact]
    public void Transposes_that_undo_each_other_vanish() => Assert.Equal(["Relu"], Optimize(new OnnxGraphBuilder().Input("x", 2, 3, 4).Output("y")
        .Node("Transpose", "x", "t", ("perm", new[] { 1, 2, 0 })).Node("Transpose", "t", "u", ("perm", new[] { 2, 0, 1 })).Node("Relu", "u", "y")));

    [Fact]
    public void A_transpose_that_moves_no_element_becomes_a_view() => Assert.Equal(["Reshape", "Relu"], Optimize(new OnnxGraphBuilder().Input("x", 1, 3, 4).Output("y")
        .Node("Transpose", "x", "t", ("perm", new[] { 1, 0, 2 })).Node("Relu", "t", "y")));

    [Fact]
    public void Views_of_views_become_one() => Assert.Equal(["Reshape", "Relu"], Optimize(new OnnxGraphBuilder().Input("x", 2, 3, 4).Output("y")
        .Constant<long>("axes", [0], 1).Node("Flatten", "x", "f").Node("Unsqueeze", "f axes", "u").Node("Flatten", "u", "g", ("axis", 2)).Node("Relu", "g", "y")));

    [Fact]
    public void Equal_expressions_are_computed_once_and_dead_ones_never() => Assert.Equal(["Tanh", "Add"], Optimize(new OnnxGraphBuilder().Input("x", 8).Output("y")
        .Node("Tanh", "x", "a").Node("Tanh", "x", "b").Node("Exp", "x", "dead").Node("Add", "a b", "y")));

    [Fact]
    public void Equal_constants_are_stored_once()
    {
        var conversion = new OnnxGraphBuilder().Input("x", 1, 6).Weights("w", 1, 6, 6).Weights("v", 1, 6, 6).Output("y")
            .Node("MatMul", "x w", "h").Node("Tanh", "h", "t").Node("MatMul", "t v", "y").Convert();
        Assert.Single(conversion.Graph.Values, v => v.Constant is not null);
    }

    [Theory]
    [InlineData("GRU", 3, "forward", -1)]
    [InlineData("LSTM", 4, "forward", 6)]
    [InlineData("RNN", 1, "reverse", 0)]
    public void Last_step_of_a_recurrent_layer_is_its_final_state(string op, int gates, string direction, int index) =>
        Assert.Equal(["Transpose", op, "Reshape"], Optimize(new OnnxGraphBuilder().Input("x", 1, 5, 7).Weights("w", 1, 1, 4 * gates, 5).Weights("r", 2, 1, 4 * gates, 4).Output("y")
            .Constant<long>("axis", [1], 1).Constant<long>("index", [index], [])
            .Node("Transpose", "x", "t", ("perm", new[] { 2, 0, 1 })).Node(op, "t w r", "s", ("hidden_size", 4), ("direction", direction))
            .Node("Squeeze", "s axis", "q").Node("Transpose", "q", "u", ("perm", new[] { 1, 0, 2 })).Node("Gather", "u index", "y", ("axis", 1))));

    [Fact]
    public void Another_step_of_a_recurrent_layer_is_still_cut_out() =>
        Assert.Equal(["GRU", "Slice", "Reshape"], Optimize(new OnnxGraphBuilder().Input("x", 7, 1, 5).Weights("w", 1, 1, 12, 5).Weights("r", 2, 1, 12, 4).Output("y")
            .Constant<long>("index", [-2], []).Node("GRU", "x w r", "s", ("hidden_size", 4)).Node("Gather", "s index", "y")));

    static OnnxGraphBuilder Numbers() => new OnnxGraphBuilder().Input("x", 2, 3, 4).Output("y").Constant<float>("half", [0.5f], []).Constant<float>("one", [1], []).Constant<float>("two", [2], [])
        .Constant<float>("three", [3], []).Constant<float>("six", [6], []).Constant<float>("zero", [0], []).Constant<float>("root2", [1.41421356f], []).Constant<float>("inverse", [0.70710678f], [])
        .Constant<float>("k", [0.044715f], []).Constant<float>("c", [0.79788456f], []).Constant<float>("eps", [1e-5f], []);

    [Fact]
    public void Written_out_gelu_is_recognised_in_all_its_forms()
    {
        Assert.Equal(["Gelu"], Optimize(Numbers().Node("Div", "x root2", "d").Node("Erf", "d", "e").Node("Add", "e one", "a").Node("Mul", "x a", "m").Node("Mul", "m half", "y")));
        Assert.Equal(["Gelu"], Optimize(Numbers().Node("Mul", "x half", "h").Node("Mul", "inverse x", "d").Node("Erf", "d", "e").Node("Add", "one e", "a").Node("Mul", "a h", "y")));
        Assert.Equal(["Gelu"], Optimize(Numbers().Node("Pow", "x three", "p").Node("Mul", "p k", "q").Node("Add", "x q", "s").Node("Mul", "s c", "t").Node("Tanh", "t", "u")
            .Node("Add", "u one", "v").Node("Mul", "x half", "h").Node("Mul", "h v", "y")));
        Assert.Equal(["Gelu"], Optimize(Numbers().Node("Mul", "x x", "p").Node("Mul", "p x", "p3").Node("Mul", "k p3", "q").Node("Add", "q x", "s").Node("Mul", "c s", "t").Node("Tanh", "t", "u")
            .Node("Add", "u one", "v").Node("Mul", "x v", "h").Node("Mul", "h half", "y")));
    }

    [Fact]
    public void What_only_looks_like_gelu_stays() => Assert.Equal(["Div", "Erf", "Add", "Mul", "Mul"], Optimize(Numbers()
        .Node("Div", "x two", "d").Node("Erf", "d", "e").Node("Add", "e one", "a").Node("Mul", "x a", "m").Node("Mul", "m half", "y")));

    [Fact]
    public void Written_out_hard_swish_and_mish_are_recognised()
    {
        Assert.Equal(["HardSwish"], Optimize(Numbers().Node("Add", "x three", "a").Node("Clip", "a zero six", "b").Node("Mul", "x b", "m").Node("Div", "m six", "y")));
        Assert.Equal(["HardSwish"], Optimize(Numbers().Node("Add", "x three", "a").Node("Clip", "a zero six", "b").Node("Div", "b six", "d").Node("Mul", "x d", "y")));
        Assert.Equal(["HardSwish"], Optimize(Numbers().Node("HardSigmoid", "x", "a", ("alpha", 1f / 6)).Node("Mul", "a x", "y")));
        Assert.Equal(["Mish"], Optimize(Numbers().Node("Softplus", "x", "a").Node("Tanh", "a", "b").Node("Mul", "x b", "y")));
    }

    [Theory]
    [InlineData("Pow", new[] { -1 })]
    [InlineData("Mul", new[] { 1, 2 })]
    public void Written_out_layer_norm_is_recognised(string square, int[] axes)
    {
        int[] shape = axes.Length == 1 ? [4] : [3, 4];
        var builder = Numbers().Opset(13).Weights("gamma", 1, shape).Weights("beta", 2, shape).Node("ReduceMean", "x", "mean", ("axes", axes)).Node("Sub", "x mean", "d")
            .Node(square, square == "Pow" ? "d two" : "d d", "s").Node("ReduceMean", "s", "v", ("axes", axes)).Node("Add", "v eps", "w").Node("Sqrt", "w", "r")
            .Node("Div", "d r", "n").Node("Mul", "gamma n", "g").Node("Add", "g beta", "y");
        Assert.Equal(["LayerNormalization"], Optimize(builder));
    }

    [Fact]
    public void Normalisation_over_another_axis_is_no_layer_norm() => Assert.DoesNotContain("LayerNormalization", Optimize(Numbers().Opset(13)
        .Node("ReduceMean", "x", "mean", ("axes", new[] { 1 })).Node("Sub", "x mean", "d").Node("Pow", "d two", "s").Node("ReduceMean", "s", "v", ("axes", new[] { 1 }))
        .Node("Add", "v eps", "w").Node("Sqrt", "w", "r").Node("Div", "d r", "y")));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Convolutions_with_a_unit_axis_run_over_one_axis(bool last)
    {
        int[] Shape(int a, int b, int t) => last ? [a, b, t, 1] : [a, b, 1, t];
        int[] Pair(int t, int unit) => last ? [t, unit] : [unit, t];
        var builder = new OnnxGraphBuilder().Input("x", Shape(1, 2, 24)).Weights("w", 1, Shape(4, 2, 3)).Weights("v", 2, Shape(5, 4, 3)).Output("y")
            .Node("Conv", "x w", "c", ("pads", (int[])[.. Pair(1, 0), .. Pair(1, 0)])).Node("Relu", "c", "r")
            .Node("MaxPool", "r", "p", ("kernel_shape", Pair(2, 1)), ("strides", Pair(2, 1))).Node("Conv", "p v", "y", ("strides", Pair(2, 1)));
        Assert.Equal(["Reshape", "Conv", "Conv", "Reshape"], Optimize(builder));
        Assert.Equal(["Reshape", "Conv", "Reshape"], Optimize(BatchNorm(new OnnxGraphBuilder().Input("x", Shape(1, 2, 24)).Weights("w", 1, Shape(4, 2, 3)).Output("y").Node("Conv", "x w", "c"), "c", "y", 4, 9)));
        Assert.Equal(2, builder.Convert().Graph.Nodes[1].Attributes.Int("max_pool"));
    }
}
