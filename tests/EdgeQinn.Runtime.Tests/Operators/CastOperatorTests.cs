using EdgeQinn.Runtime.Format;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class CastOperatorTests
{
    static AttributeMap To(ElementType type) => new() { { "to", (long)type } };

    [Fact]
    public void Floats_to_integers_cut_fractions_and_saturate()
    {
        float[] x = [1.9f, -1.9f, 300, -300, float.NaN, float.PositiveInfinity];
        OperatorRunner.Expect<int>("Cast", To(ElementType.Int32), [Of(x, 6)], [1, -1, 300, -300, 0, int.MaxValue], 6);
        OperatorRunner.Expect<sbyte>("Cast", To(ElementType.Int8), [Of(x, 6)], [1, -1, 127, -128, 0, 127], 6);
        OperatorRunner.Expect<byte>("Cast", To(ElementType.UInt8), [Of(x, 6)], [1, 0, 255, 0, 0, 255], 6);
        OperatorRunner.Expect<long>("Cast", To(ElementType.Int64), [Of([1e30, -1.5], 2)], [long.MaxValue, -1], 2);
    }

    [Fact]
    public void Integers_wrap_and_bool_is_zero_or_one()
    {
        OperatorRunner.Expect<sbyte>("Cast", To(ElementType.Int8), [Of<short>([200, -200, 5], 3)], [-56, 56, 5], 3);
        OperatorRunner.Expect<ulong>("Cast", To(ElementType.UInt64), [Of([-1], 1)], [ulong.MaxValue], 1);
        OperatorRunner.Expect<bool>("Cast", To(ElementType.Bool), [Of([0f, 0.1f, float.NaN, -0f], 4)], [false, true, true, false], 4);
        OperatorRunner.Expect<float>("Cast", To(ElementType.Float32), [Of([true, false], 2)], [1, 0], 2);
        OperatorRunner.Expect<bool>("Cast", To(ElementType.Bool), [Of([2L, 0], 2)], [true, false], 2);
    }

    [Fact]
    public void Floats_round_to_nearest_even()
    {
        OperatorRunner.Expect<Half>("Cast", To(ElementType.Float16), [Of([1f, 65504, 65520, 1e-8f, 2049], 5)], [(Half)1, (Half)65504, Half.PositiveInfinity, (Half)0, (Half)2048], 5);
        OperatorRunner.Expect<double>("Cast", To(ElementType.Float64), [Of([(Half)0.1], 1)], [(double)(Half)0.1], 1);
        OperatorRunner.Expect<float>("Cast", To(ElementType.Float32), [Of([1e300, 0.1], 2)], [float.PositiveInfinity, 0.1f], 2);
    }

    [Fact]
    public void BFloat16_is_the_upper_half_of_a_float()
    {
        float[] x = [1, 1.00390625f, 1.01171875f, float.NaN, float.PositiveInfinity, -3.5f]; // the second and third lie half way
        OperatorRunner.RunAll("Cast", To(ElementType.BFloat16), [Of(x, 6)], y =>
        {
            var bits = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(y[0].Part("data").Bytes.Span);
            Assert.Equal([0x3F80, 0x3F80, 0x3F82, 0xFFC0, 0x7F80, 0xC060], bits.ToArray());
            OperatorRunner.Expect<float>("Cast", To(ElementType.Float32), [y[0]], [1, 1, 1.015625f, float.NaN, float.PositiveInfinity, -3.5f], 6);
        });
    }

    [Fact]
    public void Every_type_casts_to_every_type()
    {
        var types = Enum.GetValues<ElementType>();
        var one = OperatorRunner.Run("Cast", To(ElementType.UInt8), [Of([0f, 1, 1, 0, 1], 5)])[0];
        foreach (var from in types)
            foreach (var to in types)
            {
                var a = OperatorRunner.Run("Cast", To(from), [one])[0];
                var b = OperatorRunner.Run("Cast", To(to), [a])[0];
                var back = OperatorRunner.Run("Cast", To(ElementType.UInt8), [b])[0];
                Assert.Equal(one.Data<byte>().ToArray(), back.Data<byte>().ToArray());
            }
    }

    [Fact]
    public void A_number_that_is_no_type_is_refused() =>
        Assert.Contains("to = 8 is no element type", OperatorRunner.Refusal("Cast", To((ElementType)8), Of([1f], 1)), StringComparison.Ordinal);
}
