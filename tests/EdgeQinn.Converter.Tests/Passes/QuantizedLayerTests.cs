using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Passes;

/// <summary>QuantizeLinear/DequantizeLinear pairs around layers: what runs in int8, and that it gives what the pairs' own arithmetic gives.</summary>
public class QuantizedLayerTests
{
    const float InputStep = 4f / 255, OutputStep = 0.05f;

    /// <summary>A graph with the input's and the output's mapping, <c>xs xz</c> and <c>ys yz</c>; the input's is uint8 or int8.</summary>
    static OnnxGraphBuilder Mappings(bool isUnsigned, params int[] shape)
    {
        var builder = new OnnxGraphBuilder().Input("x", shape).Output("y").Constant<float>("xs", [InputStep], []).Constant<float>("ys", [OutputStep], []);
        return isUnsigned ? builder.Constant<byte>("xz", [128], []).Constant<byte>("yz", [100], []) : builder.Constant<sbyte>("xz", [-3], []).Constant<sbyte>("yz", [5], []);
    }

    static OnnxGraphBuilder Pair(OnnxGraphBuilder builder, string from, string to, string mapping) => builder
        .Node("QuantizeLinear", $"{from} {mapping}s {mapping}z", $"{to}_q").Node("DequantizeLinear", $"{to}_q {mapping}s {mapping}z", to);

    /// <summary>int8 weights as an exporter stores them: integers, a scale per tensor or per row of <paramref name="axis"/>, a dequantisation.</summary>
    static OnnxGraphBuilder Weights(OnnxGraphBuilder builder, string name, int axis, bool perAxis, params int[] shape)
    {
        var random = new Random(shape.Length + axis);
        sbyte[] q = new sbyte[shape.Aggregate(1, (a, d) => a * d)];
        for (int i = 0; i < q.Length; i++) q[i] = (sbyte)random.Next(-127, 128);
        builder.Constant<sbyte>($"{name}_q", q, shape);
        if (perAxis) builder.Constant<float>($"{name}_s", [.. Enumerable.Range(1, shape[axis]).Select(i => 0.0013f * i)], shape[axis]).Constant<sbyte>($"{name}_z", new sbyte[shape[axis]], shape[axis]);
        else builder.Constant<float>($"{name}_s", [0.0071f], []).Constant<sbyte>($"{name}_z", [0], []);
        return builder.Node("DequantizeLinear", $"{name}_q {name}_s {name}_z", name, ("axis", axis));
    }

    /// <summary>
    /// Converts with and without passes: results differ by rounding alone, and where a pair rounds them, by one step in at most one of
    /// a hundred places (sums that lie on a tie up to rounding).
    /// </summary>
    static Conversion Check(OnnxGraphBuilder builder, float step = 0)
    {
        var (plain, fused) = (builder.Convert(optimize: false), builder.Convert());
        for (int seed = 0; seed < 3; seed++)
        {
            float[] expected = plain.Run(seed), actual = fused.Run(seed);
            Assert.Contains(expected, y => y != 0);
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], step + 1e-4f);
            Assert.True(expected.Zip(actual).Count(p => Math.Abs(p.First - p.Second) > 1e-4f) * 100 <= expected.Length);
        }
        return fused;
    }

    static Int8Weight[] Int8(Conversion conversion) =>
        [.. conversion.Graph.Values.Where(v => v.Constant?.Encoding == Int8Weight.Name).Select(v => (Int8Weight)WeightEncodings.Read(v.Constant!))];

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A_linear_layer_between_pairs_runs_in_int8(bool isUnsigned, bool perAxis)
    {
        var builder = Pair(Mappings(isUnsigned, 3, 40), "x", "xd", "x");
        Weights(builder, "w", 1, perAxis, 40, 24).Weights("b", 3, 24).Node("MatMul", "xd w", "p").Node("Add", "p b", "h");
        var conversion = Check(Pair(builder, "h", "y", "y"), OutputStep);
        Assert.Equal(["Linear", "QuantizeLinear", "DequantizeLinear"], conversion.Operators());
        Assert.Equal(new ActivationRange(InputStep, isUnsigned ? 0 : -3), Assert.Single(Int8(conversion)).Input);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_padded_convolution_with_relu_runs_in_int8(bool perAxis)
    {
        var builder = Pair(Mappings(true, 1, 5, 33), "x", "xd", "x");
        Weights(builder, "w", 0, perAxis, 6, 5, 3).Weights("b", 3, 6).Node("Conv", "xd w b", "c", ("pads", new[] { 1, 1 })).Node("Relu", "c", "y");
        var conversion = Check(builder);
        Assert.Equal(["Conv"], conversion.Operators());
        Assert.Single(Int8(conversion));
    }

    [Fact]
    public void Pairs_between_layers_vanish_through_pools_and_reshapes()
    {
        var builder = Pair(Mappings(false, 1, 4, 32), "x", "xd", "x");
        Weights(builder, "w", 0, true, 6, 4, 3).Node("Conv", "xd w", "c", ("pads", new[] { 1, 1 })).Node("Relu", "c", "r");
        Pair(builder, "r", "rd", "y").Node("MaxPool", "rd", "m", ("kernel_shape", new[] { 2 }), ("strides", new[] { 2 }));
        Pair(builder, "m", "md", "y").Node("Flatten", "md", "f");
        Weights(builder, "v", 0, false, 5, 96).Node("Gemm", "f v", "y", ("transB", 1));
        var (plain, fused) = (builder.Convert(optimize: false), builder.Convert());
        Assert.Equal(["Conv", "Reshape", "Linear"], fused.Operators());
        Assert.Equal(2, Int8(fused).Length);
        // One input in a hundred of the second layer may be one step off, times its largest weight.
        float[] expected = plain.Run(1), actual = fused.Run(1);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], OutputStep * 0.0071f * 127 + 1e-4f);
    }

    [Fact]
    public void A_convolution_with_a_unit_axis_runs_in_int8_over_one_axis()
    {
        var builder = Pair(Mappings(true, 1, 2, 1, 24), "x", "xd", "x");
        Weights(builder, "w", 0, true, 4, 2, 1, 3).Node("Conv", "xd w", "y");
        var conversion = Check(builder);
        Assert.Equal(["Reshape", "Conv", "Reshape"], conversion.Operators());
        Assert.Single(Int8(conversion));
    }

    [Fact]
    public void An_input_that_is_quantised_already_is_dequantised_once()
    {
        var builder = new OnnxGraphBuilder().Input("q", ElementType.Int8, 1, 8).Output("y").Constant<float>("s", [0.1f], []).Node("DequantizeLinear", "q s", "x");
        var conversion = Weights(builder, "w", 0, true, 4, 8).Node("Gemm", "x w", "y", ("transB", 1)).Convert();
        Assert.Equal(["DequantizeLinear", "Linear"], conversion.Operators());
        Assert.Single(Int8(conversion));
    }

    [Fact]
    public void Weights_that_are_no_multiples_of_a_scale_stay_in_float32() => StaysInFloat32(
        Pair(Mappings(true, 1, 8), "x", "xd", "x").Weights("w", 1, 4, 8).Node("Gemm", "xd w", "y", ("transB", 1)));

    [Fact]
    public void Weights_a_little_off_the_multiples_stay_in_float32() => StaysInFloat32(
        Pair(Mappings(true, 1, 3), "x", "xd", "x").Constant<float>("w", [0.1f, 0.2f, 0.300003f], 1, 3).Node("Gemm", "xd w", "y", ("transB", 1)));

    [Fact]
    public void A_batch_norm_folds_into_the_scales_of_the_rows()
    {
        var builder = Pair(Mappings(true, 1, 5, 33), "x", "xd", "x");
        Weights(builder, "w", 0, false, 6, 5, 3).Weights("scale", 4, 6).Weights("shift", 5, 6).Weights("mean", 6, 6).Constant<float>("variance", [0.3f, 1, 2, 3, 4, 5], 6)
            .Node("Conv", "xd w", "c", ("pads", new[] { 1, 1 })).Node("BatchNormalization", "c scale shift mean variance", "y");
        var conversion = Check(builder);
        Assert.Equal(["Conv"], conversion.Operators());
        Assert.Single(Int8(conversion));
    }

    [Fact]
    public void A_weight_of_minus_128_stays_in_float32() => StaysInFloat32(
        Pair(Mappings(true, 1, 4), "x", "xd", "x").Constant<sbyte>("w_q", [-128, 127, 3, 1], 1, 4).Constant<float>("w_s", [0.1f], []).Node("DequantizeLinear", "w_q w_s", "w")
            .Node("Gemm", "xd w", "y", ("transB", 1)));

    [Fact]
    public void Activations_mapped_per_channel_stay_in_float32() => StaysInFloat32(
        Weights(new OnnxGraphBuilder().Input("x", 1, 2, 9).Output("y").Constant<float>("s", [0.1f, 0.2f], 2).Constant<byte>("z", [128, 120], 2)
            .Node("QuantizeLinear", "x s z", "q").Node("DequantizeLinear", "q s z", "xd"), "w", 0, true, 3, 2, 3).Node("Conv", "xd w", "y"));

    [Fact]
    public void A_pair_whose_halves_differ_is_kept_and_what_it_gives_is_read()
    {
        var builder = Mappings(true, 1, 8).Node("QuantizeLinear", "x xs xz", "q").Node("DequantizeLinear", "q ys yz", "xd");
        var conversion = Check(Weights(builder, "w", 0, true, 4, 8).Node("Gemm", "xd w", "y", ("transB", 1)));
        Assert.Equal(["QuantizeLinear", "DequantizeLinear", "Linear"], conversion.Operators());
    }

    static void StaysInFloat32(OnnxGraphBuilder builder)
    {
        var conversion = Check(builder);
        Assert.Empty(Int8(conversion));
        Assert.Equal(["QuantizeLinear", "DequantizeLinear"], conversion.Operators()[..2]);
    }
}
