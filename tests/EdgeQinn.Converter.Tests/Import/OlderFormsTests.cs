using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Import;

/// <summary>Forms of operators that no backend case of today has; expected values follow from the standard's formulas by hand.</summary>
public class OlderFormsTests
{
    static readonly float[] X = [1, 2, 3, 4, 5, 6, 7, 8];

    [Fact]
    public void Batch_norm_of_each_element_for_itself() =>
        // (x − mean) / √variance · scale + bias with one of each per element, opset 7 with spatial = 0.
        Assert.Equal([0.5f * (1 - 1) + 1, 2f * (2 - 0) + 0, (3 - 3) + 5, (4 - 1) + 0], new OnnxGraphBuilder().Opset(7).Input("x", 1, 2, 2).Output("y")
            .Constant<float>("s", [1, 2, 1, 1], 2, 2).Constant<float>("b", [1, 0, 5, 0], 2, 2).Constant<float>("m", [1, 0, 3, 1], 2, 2).Constant<float>("v", [4, 1, 1, 1], 2, 2)
            .Node("BatchNormalization", "x s b m v", "y", ("spatial", 0), ("epsilon", 0f)).Convert().Run<float>(1, 2, 3, 4));

    [Theory]
    [InlineData(0.6f, new float[] { 1, 3 })] // positions 0, 1.67, rounded up: the suite of opset 10 has these numbers
    [InlineData(2f, new float[] { 1, 1, 2, 2, 3, 3, 4, 4 })]
    [InlineData(1.5f, new float[] { 1, 1, 2, 3, 3, 4 })] // 0, 0.67, 1.33, 2, 2.67, 3.33, rounded down
    public void Resize_of_opset_10_takes_the_nearest(float scale, float[] expected) =>
        Assert.Equal(expected, new OnnxGraphBuilder().Opset(10).Input("x", 1, 4).Output("y").Constant<float>("s", [1, scale], 2).Node("Resize", "x s", "y").Convert().Run<float>(1, 2, 3, 4));

    [Fact]
    public void Resize_of_opset_11_knows_tf_half_pixel_for_nn() => // ⌊(j + ½) · 4 / 3⌋ = 0, 2, 3
        Assert.Equal([1f, 3, 4], new OnnxGraphBuilder().Opset(11).Input("x", 1, 4).Output("y").Constant<float>("s", [], 0).Constant<long>("n", [1, 3], 2)
            .Node("Resize", "x s s n", "y", ("coordinate_transformation_mode", "tf_half_pixel_for_nn"), ("nearest_mode", "floor")).Convert().Run<float>(1, 2, 3, 4));

    [Fact]
    public void Integers_are_quantised()
    {
        var builder = new OnnxGraphBuilder().Constant<int>("x", [-3, 0, 5, 1000], 4).Constant<float>("s", [2], []).Constant<byte>("z", [10], []).Output("y", ElementType.UInt8).Node("QuantizeLinear", "x s z", "y");
        Assert.Equal([8, 10, 12, 255], builder.Convert().Run<byte>()); // −1.5 and 2.5 go to the even neighbour
    }

    [Fact]
    public void Products_of_integers_wrap_around()
    {
        OnnxGraphBuilder Operands() => new OnnxGraphBuilder().Constant<int>("a", [1, 2, int.MaxValue, 1], 2, 2).Constant<int>("b", [3, 4, 5, 6], 2, 2).Constant<int>("c", [10, 20], 2).Output("y", ElementType.Int32);
        int large = unchecked(int.MaxValue * 3 + 5), larger = unchecked(int.MaxValue * 4 + 6);
        Assert.Equal([13, 16, large, larger], Operands().Node("MatMul", "a b", "y").Convert().Run<int>());
        Assert.Equal([23, 36, large + 10, larger + 20], Operands().Node("Gemm", "a b c", "y").Convert().Run<int>());
        Assert.Equal([11, 17, unchecked(int.MaxValue * 3 + 4), unchecked(int.MaxValue * 5 + 6)], Operands().Node("Gemm", "a b", "y", ("transB", 1)).Convert().Run<int>());
        Assert.Equal([11], new OnnxGraphBuilder().Constant<int>("a", [1, 2], 2).Constant<int>("b", [3, 4], 2).Output("y", ElementType.Int32).Node("MatMul", "a b", "y").Convert().Run<int>());
    }

    /// <summary>A whole network in a 16-bit or double format: weights, sums, norms and activations; computed in float32, and the report says so.</summary>
    [Theory]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.Float64)]
    public void Networks_in_other_floats_are_computed_in_float32(ElementType element)
    {
        var builder = new OnnxGraphBuilder().Input("x", element, 1, 8).Weights("w", 1, 8, 4).Weights("b", 2, 4).Output("y", element);
        builder.Node("Cast", "w", "wh", ("to", (int)element)).Node("Cast", "b", "bh", ("to", (int)element)).Node("MatMul", "x wh", "h").Node("Add", "h bh", "i").Node("Relu", "i", "j").Node("Softmax", "j", "y");
        var conversion = builder.Convert();
        Assert.Contains(conversion.Notes, n => n.Contains($"the model is in {element.ToString().ToLowerInvariant()}; it is computed in float32", StringComparison.Ordinal));
        Assert.Equal(["Cast", "Linear", "Softmax", "Cast"], conversion.Operators());
        using var model = Model.FromGraph(conversion.Graph);
        using var session = model.CreateSession();
        for (int i = 0; i < 8; i++) Write(session.Inputs[0].AsBytes(), i, X[i], element);
        session.Run();
        double[] y = [.. Enumerable.Range(0, 4).Select(i => Read(session.Outputs[0].AsBytes(), i, element))];
        Assert.Equal(1, y.Sum(), 0.02);

        float[] single = new OnnxGraphBuilder().Input("x", 1, 8).Weights("w", 1, 8, 4).Weights("b", 2, 4).Output("y").Node("MatMul", "x w", "h").Node("Add", "h b", "i").Node("Relu", "i", "j").Node("Softmax", "j", "y").Convert().Run<float>(X);
        for (int i = 0; i < 4; i++) Assert.Equal(single[i], y[i], element == ElementType.BFloat16 ? 0.05 : 0.005);
    }

    static void Write(Span<byte> bytes, int i, float value, ElementType element)
    {
        if (element == ElementType.Float64) BitConverter.TryWriteBytes(bytes[(8 * i)..], (double)value);
        else BitConverter.TryWriteBytes(bytes[(2 * i)..], element == ElementType.Float16 ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
    }

    static double Read(ReadOnlySpan<byte> bytes, int i, ElementType element) => element switch
    {
        ElementType.Float64 => BitConverter.ToDouble(bytes[(8 * i)..]),
        ElementType.Float16 => (double)BitConverter.ToHalf(bytes[(2 * i)..]),
        _ => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes[(2 * i)..]) << 16),
    };
}
