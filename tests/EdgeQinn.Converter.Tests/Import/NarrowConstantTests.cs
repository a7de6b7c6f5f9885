using EdgeQinn.Converter.Import;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Import;

/// <summary>Constants of 4-bit integers and 8-bit floats: what they decode to, who may read them.</summary>
public class NarrowConstantTests
{
    const int E4M3Fn = 17, E4M3FnUz = 18, E5M2 = 19, E5M2FnUz = 20, UInt4 = 21, Int4 = 22;

    /// <summary>An initializer whose element type has no C# counterpart, from the bytes that the file stores.</summary>
    static OnnxGraphBuilder Narrow(OnnxGraphBuilder builder, string name, int element, byte[] bytes, params int[] shape)
    {
        var tensor = new ProtoWriter();
        foreach (int d in shape) tensor.Int(1, d);
        return builder.Field(5, tensor.Int(2, element).Text(8, name).Bytes(9, bytes));
    }

    static OnnxGraphBuilder Empty() => new OnnxGraphBuilder().Opset(21).Output("y");

    static float[] Cast(int element, byte[] bytes, int count) =>
        Narrow(Empty(), "c", element, bytes, count).Node("Cast", "c", "y", ("to", 1)).Convert().Run<float>();

    [Fact]
    public void Two_4_bit_integers_lie_in_a_byte_the_first_in_the_low_half()
    {
        Assert.Equal([1f, 2, -8, 7, -1], Cast(Int4, [0x21, 0x78, 0xaf], 5));
        Assert.Equal([1f, 2, 8, 7, 15], Cast(UInt4, [0x21, 0x78, 0xaf], 5));
    }

    /// <summary>Ends and special values from table 1 of arXiv 2209.05433, and for fnuz from ONNX's description of the types.</summary>
    [Theory]
    [InlineData(E4M3Fn, 448f, 0.015625f, 0.001953125f)]
    [InlineData(E4M3FnUz, 240f, 0.0078125f, 0.0009765625f)]
    [InlineData(E5M2, 57344f, 0.00006103515625f, 0.0000152587890625f)]
    [InlineData(E5M2FnUz, 57344f, 0.000030517578125f, 0.00000762939453125f)]
    public void Ends_of_8_bit_floats_are_those_of_the_specification(int element, float largest, float leastNormal, float leastSubnormal)
    {
        float[] all = Cast(element, [.. Enumerable.Range(0, 256).Select(i => (byte)i)], 256);
        Assert.Equal(largest, all.Where(float.IsFinite).Max());
        Assert.Equal(-largest, all.Where(float.IsFinite).Min());
        int mantissaBits = element is E4M3Fn or E4M3FnUz ? 3 : 2;
        Assert.Equal((0f, leastSubnormal, leastNormal), (all[0], all[1], all[1 << mantissaBits]));
        Assert.Equal(element switch { E4M3Fn => 2, E5M2 => 6, _ => 1 }, all.Count(float.IsNaN));
        Assert.Equal(element == E5M2 ? 2 : 0, all.Count(float.IsInfinity));
        var positive = all[..128].Where(float.IsFinite).ToArray();
        Assert.Equal(positive.Order(), positive);
        Assert.Equal(element is E4M3FnUz or E5M2FnUz, float.IsNaN(all[0x80]));
        for (int i = 1; i < 128; i++) Assert.Equal(-all[i], all[i + 128]);
    }

    /// <summary>float8e5m2 is the upper byte of a float16.</summary>
    [Fact]
    public void E5m2_is_half_of_a_half()
    {
        float[] all = Cast(E5M2, [.. Enumerable.Range(0, 256).Select(i => (byte)i)], 256);
        for (int i = 0; i < 256; i++) Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)(i << 8)), all[i]);
    }

    [Fact]
    public void Int4_weights_in_blocks_become_a_linear_layer()
    {
        byte[] packed = new byte[8 * 6 / 2];
        new Random(1).NextBytes(packed);
        var builder = Narrow(Empty().Input("x", 1, 8), "q", Int4, packed, 8, 6).Constant<float>("s", [.. Enumerable.Range(1, 12).Select(i => 0.1f * i)], 2, 6)
            .Node("DequantizeLinear", "q s", "w", ("axis", 0), ("block_size", 4)).Node("MatMul", "x w", "y");
        var conversion = builder.Convert();
        Assert.Equal(["Linear"], conversion.Operators());
        float[] x = [1, -1, 2, 0.5f, 3, -2, 1, 4], y = conversion.Run<float>(x);
        for (int m = 0; m < 6; m++)
        {
            float expected = 0;
            for (int n = 0; n < 8; n++)
            {
                int nibble = (packed[(n * 6 + m) / 2] >> (4 * ((n * 6 + m) % 2))) & 15;
                expected += x[n] * 0.1f * (n / 4 * 6 + m + 1) * (nibble > 7 ? nibble - 16 : nibble);
            }
            Assert.Equal(expected, y[m], 1e-4f);
        }
    }

    [Fact]
    public void Uint4_has_a_zero_point_and_8_bit_floats_a_scale_per_axis()
    {
        var builder = Narrow(Narrow(Empty(), "q", UInt4, [0xf0, 0x08], 3), "z", UInt4, [0x08], []).Constant<float>("s", [0.5f], []).Node("DequantizeLinear", "q s z", "y");
        Assert.Equal([-4f, 3.5f, 0], builder.Convert().Run<float>());
        builder = Narrow(Empty(), "q", E4M3Fn, [0x38, 0x40, 0xb8, 0x30], 2, 2).Constant<float>("s", [2f, 10], 2).Node("DequantizeLinear", "q s", "y", ("axis", 0));
        Assert.Equal([2f, 4, -10, 5], builder.Convert().Run<float>());
    }

    [Fact]
    public void A_constant_node_may_hold_them_too() => Assert.Equal([3f, -3], Empty()
        .Node("Constant", "", "c", ("value", new ProtoWriter().Int(1, 2).Int(2, Int4).Bytes(9, new byte[] { 0xd3 })))
        .Node("Cast", "c", "y", ("to", 1)).Convert().Run<float>());

    [Theory]
    [InlineData("Add", "reads 'c' of element type int4, which the runtime does not have; constants of it are read by DequantizeLinear and Cast alone")]
    [InlineData("", "is an output of element type int4, which the runtime does not have")]
    public void Other_readers_are_refused(string op, string reason)
    {
        var builder = Narrow(new OnnxGraphBuilder().Opset(21), "c", Int4, [0x21], 2).Output(op.Length > 0 ? "y" : "c");
        if (op.Length > 0) builder.Node(op, "c c", "y");
        Assert.Contains(reason, Assert.Throws<ConversionException>(() => builder.Convert()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cast_to_the_wider_type_makes_a_constant_like_any_other() => Assert.Equal([2, 4], Narrow(new OnnxGraphBuilder().Opset(21).Output("y"), "c", Int4, [0x21], 2)
        .Node("Cast", "c", "i", ("to", 3)).Node("Add", "i i", "y").Convert().Run<sbyte>().Select(v => (int)v));

    [Fact]
    public void Contents_that_do_not_fill_the_shape_are_refused() => Assert.Contains("'c'",
        Assert.Throws<ConversionException>(() => Cast(Int4, [0x21], 3)).Message, StringComparison.Ordinal);
}
