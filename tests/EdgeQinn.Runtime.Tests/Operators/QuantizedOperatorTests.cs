using EdgeQinn.Runtime.Format;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class QuantizedOperatorTests
{
    static AttributeMap None => AttributeMap.Empty;

    [Fact]
    public void Quantize_rounds_half_to_even_and_saturates()
    {
        float[] x = [0, 2, 3, 5, 1000, -254, -1000];
        OperatorRunner.Expect<byte>("QuantizeLinear", None, [Of(x, 7), Of([2f]), Of<byte>([128])], [128, 129, 130, 130, 255, 1, 0], 7);
        OperatorRunner.Expect<byte>("QuantizeLinear", None, [Of(x, 7), Of([2f])], [0, 1, 2, 2, 255, 0, 0], 7);
        OperatorRunner.Expect<sbyte>("QuantizeLinear", None, [Of(x, 7), Of([2f]), Of<sbyte>([-1])], [-1, 0, 1, 1, 127, -128, -128], 7);
        OperatorRunner.Expect<short>("QuantizeLinear", new() { { "output_dtype", (long)ElementType.Int16 } }, [Of(x, 7), Of([0.01f])], [0, 200, 300, 500, 32767, -25400, -32768], 7);
        OperatorRunner.Expect<byte>("QuantizeLinear", None, [Of([(Half)3, (Half)5], 2), Of([(Half)2]), Of<byte>([1])], [3, 3], 2);
    }

    [Fact]
    public void Scales_are_per_tensor_per_axis_or_per_block()
    {
        var x = Of<byte>([1, 2, 3, 4, 5, 6], 2, 3);
        OperatorRunner.Expect<float>("DequantizeLinear", None, [x, Of([2f]), Of<byte>([1])], [0, 2, 4, 6, 8, 10], 2, 3);
        OperatorRunner.Expect<float>("DequantizeLinear", new() { { "axis", 0L } }, [x, Of([1f, 10], 2), Of<byte>([1, 2], 2)], [0, 1, 2, 20, 30, 40], 2, 3);
        OperatorRunner.Expect<float>("DequantizeLinear", None, [x, Of([1f, 10, 100], 3)], [1, 20, 300, 4, 50, 600], 2, 3);
        OperatorRunner.Expect<float>("DequantizeLinear", new() { { "block_size", 2L } }, [x, Of([1f, 10, 100, 1000], 2, 2)], [1, 2, 30, 400, 500, 6000], 2, 3);
        OperatorRunner.Expect<float>("DequantizeLinear", None, [Of([1 << 24, -5], 2), Of([0.5f])], [1 << 23, -2.5f], 2);
        OperatorRunner.Expect<sbyte>("QuantizeLinear", new() { { "axis", 0L } }, [Of([10f, 20, 10, 20], 2, 2), Of([1f, 10], 2), Of<sbyte>([0, 5], 2)], [10, 20, 6, 7], 2, 2);
        Assert.Contains("neither a scalar nor one for each of axis 1", OperatorRunner.Refusal("DequantizeLinear", None, x, Of([1f, 2], 2)), StringComparison.Ordinal);
        Assert.Contains("differ in shape", OperatorRunner.Refusal("DequantizeLinear", None, x, Of([1f]), Of<byte>([1, 2], 2)), StringComparison.Ordinal);
        Assert.Contains("for blocks of 2", OperatorRunner.Refusal("DequantizeLinear", new() { { "block_size", 2L } }, x, Of([1f, 2], 2)), StringComparison.Ordinal);
        Assert.Contains("cannot quantize to int64", OperatorRunner.Refusal("QuantizeLinear", None, Counting(1), Of([1f]), Of([1L])), StringComparison.Ordinal);
    }

    [Fact]
    public void Dynamic_quantisation_covers_the_data_and_zero()
    {
        OperatorRunner.RunAll("DynamicQuantizeLinear", None, [Of([-1f, 0, 1, 2.5f], 4)], y =>
        {
            float scale = y[1].Data<float>()[0];
            byte zero = y[2].Data<byte>()[0];
            Assert.Equal(3.5f / 255, scale);
            Assert.Equal(73, zero);
            Assert.Equal([0, 73, 146, 255], y[0].Data<byte>().ToArray().Select(v => (int)v));
        });
        OperatorRunner.Expect<byte>("DynamicQuantizeLinear", None, [Of([0f, 0], 2)], [0, 0], 2);
    }

    [Fact]
    public void Integer_matrix_products_broadcast_batches_and_take_zero_points()
    {
        var random = new Random(1);
        byte[] a = [.. Enumerable.Range(0, 2 * 3 * 5).Select(_ => (byte)random.Next(256))];
        sbyte[] b = [.. Enumerable.Range(0, 5 * 4).Select(_ => (sbyte)random.Next(-128, 128))];
        int[] expected = [.. Indices([2, 3, 4]).Select(i => Enumerable.Range(0, 5).Sum(k => (a[(i[0] * 3 + i[1]) * 5 + k] - 7) * (b[k * 4 + i[2]] - (i[2] - 2))))];
        OperatorRunner.Expect("MatMulInteger", None, [Of(a, 2, 3, 5), Of(b, 5, 4), Of<byte>([7]), Of<sbyte>([-2, -1, 0, 1], 4)], expected, 2, 3, 4);
        OperatorRunner.Expect("MatMulInteger", None, [Of<byte>([1, 2], 2), Of<byte>([3, 4], 2)], [11]);
        OperatorRunner.Expect("MatMulInteger", None, [Of<byte>([], 2, 0), Of<byte>([], 0, 1)], [0, 0], 2, 1);
        Assert.Contains("the inner sizes differ", OperatorRunner.Refusal("MatMulInteger", None, Of(a, 6, 5), Of(a, 6, 5)), StringComparison.Ordinal);
        Assert.Contains("expected int8 or uint8", OperatorRunner.Refusal("MatMulInteger", None, Counting(2, 2), Of(a, 6, 5)), StringComparison.Ordinal);
    }

    [Fact]
    public void Quantised_matrix_product_of_the_standard()
    {
        // The example of ONNX's QLinearMatMul.
        EncodedTensor[] inputs =
        [
            Of<byte>([208, 236, 0, 238, 3, 214, 255, 29], 2, 4), Of([0.0066f]), Of<byte>([113]),
            Of<byte>([152, 51, 244, 60, 26, 255, 0, 127, 246, 127, 254, 247], 4, 3), Of([0.00705f]), Of<byte>([114]), Of([0.0107f]), Of<byte>([118]),
        ];
        OperatorRunner.Expect<byte>("QLinearMatMul", None, inputs, [168, 115, 255, 1, 66, 151], 2, 3);
    }

    [Fact]
    public void Integer_convolutions_follow_their_definition()
    {
        byte[] x = [2, 3, 4, 5, 6, 7, 8, 9, 10];
        OperatorRunner.Expect("ConvInteger", None, [Of(x, 1, 1, 3, 3), Of<byte>([1, 1, 1, 1], 1, 1, 2, 2), Of<byte>([1])], [12, 16, 24, 28], 1, 1, 2, 2);
        OperatorRunner.Expect("ConvInteger", new() { { "pads", [1L, 1, 1, 1] } }, [Of(x, 1, 1, 3, 3), Of<byte>([1, 1, 1, 1], 1, 1, 2, 2), Of<byte>([1])],
            [1, 3, 5, 3, 5, 12, 16, 9, 11, 24, 28, 15, 7, 15, 17, 9], 1, 1, 4, 4);
        OperatorRunner.Expect<byte>("QLinearConv", None,
            [Of<byte>([255, 174, 162, 25, 203, 168, 58, 15, 59], 1, 1, 3, 3), Of([0.00369204697f]), Of<byte>([132]), Of<byte>([0], 1, 1, 1, 1), Of([0.00172794575f], 1), Of<byte>([255], 1), Of([0.00162681262f]), Of<byte>([123])],
            [0, 81, 93, 230, 52, 87, 197, 240, 196], 1, 1, 3, 3);
        OperatorRunner.Expect<sbyte>("QLinearConv", new() { { "group", 2L } },
            [Of<sbyte>([1, 2, 3, 4], 1, 2, 2), Of([1f]), Of<sbyte>([0]), Of<sbyte>([1, 2], 2, 1, 1), Of([1f, 2], 2), Of<sbyte>([0, 1], 2), Of([1f]), Of<sbyte>([0]), Of([10, 100], 2)],
            [11, 12, 127, 127], 1, 2, 2);
        Assert.Contains("expected shape [1]", OperatorRunner.Refusal("QLinearConv", None,
            Of(x, 1, 1, 9), Of([1f]), Of<byte>([0]), Of<byte>([1], 1, 1, 1), Of([1f]), Of<byte>([0]), Of([1f]), Of<byte>([0]), Of([1, 2], 2)), StringComparison.Ordinal);
    }
}
