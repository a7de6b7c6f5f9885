using EdgeQinn.Runtime.Format;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class ResizeOperatorTests
{
    static AttributeMap Scales(string mode, params float[] scales) => new() { { "mode", mode }, { "scales", scales.AsSpan() } };

    static AttributeMap Sizes(string mode, params long[] sizes) => new() { { "mode", mode }, { "sizes", sizes.AsSpan() } };

    static AttributeMap With(AttributeMap attributes, string name, string value)
    {
        attributes.Add(name, value);
        return attributes;
    }

    [Fact]
    public void Nearest_repeats_and_picks_for_any_type()
    {
        OperatorRunner.Expect<float>("Resize", Scales("nearest", 1, 2), [Counting(2, 2)], [0, 0, 1, 1, 2, 2, 3, 3], 2, 4);
        OperatorRunner.Expect<byte>("Resize", Scales("nearest", 0.5f), [Of<byte>([1, 2, 3, 4], 4)], [1, 3], 2);
        foreach (var (rounding, expected) in new[] { ("round_prefer_floor", new float[] { 0, 0, 1 }), ("round_prefer_ceil", [0, 1, 1]), ("floor", [0, 0, 1]), ("ceil", [0, 1, 1]) })
            OperatorRunner.Expect("Resize", With(With(Sizes("nearest", 3), "nearest_mode", rounding), "coordinate_transformation_mode", "align_corners"), [Counting(2)], expected, 3);
    }

    [Fact]
    public void Linear_interpolates_between_centres_or_corners()
    {
        OperatorRunner.ExpectClose("Resize", Scales("linear", 2), [Of([1f, 2], 2)], [1, 1.25, 1.75, 2]);
        OperatorRunner.ExpectClose("Resize", With(Scales("linear", 2), "coordinate_transformation_mode", "asymmetric"), [Of([1f, 2], 2)], [1, 1.5, 2, 2]);
        OperatorRunner.ExpectClose("Resize", With(Sizes("linear", 4), "coordinate_transformation_mode", "align_corners"), [Of([1f, 2], 2)], [1, 4 / 3.0, 5 / 3.0, 2]);
        OperatorRunner.ExpectClose("Resize", With(Sizes("linear", 1), "coordinate_transformation_mode", "pytorch_half_pixel"), [Of([1f, 3], 2)], [1]);
        OperatorRunner.ExpectClose("Resize", Sizes("linear", 1, 4), [Of([1f, 2, 3, 4], 2, 2)], [2, 2.25, 2.75, 3]);
        OperatorRunner.ExpectClose("Resize", Sizes("linear", 2, 2), [Counting(2, 2)], [0, 1, 2, 3]);
    }

    [Fact]
    public void Antialiasing_averages_what_shrinks()
    {
        var attributes = Sizes("linear", 1);
        attributes.Add("antialias", 1);
        // Weights of a triangle twice as wide: 1, 3, 3, 1 eighths.
        OperatorRunner.ExpectClose("Resize", new() { { "mode", "linear" }, { "antialias", 1L }, { "sizes", 2L } }, [Of([1f, 2, 3, 4], 4)], [(3 * 1 + 3 * 2 + 3 + 1) / 8.0, 5 - (3 * 1 + 3 * 2 + 3 + 1) / 8.0]);
        OperatorRunner.ExpectClose("Resize", attributes, [Of([5f, 5, 5], 3)], [5]);
    }

    [Fact]
    public void Cubic_reproduces_straight_lines_inside_and_leaves_out_what_is_outside()
    {
        float[] x = [.. Enumerable.Range(0, 8).Select(i => 3f * i)];
        // Only Keys' own coefficient, −1/2, does.
        OperatorRunner.RunAll("Resize", new() { { "mode", "cubic" }, { "scales", 2f }, { "cubic_coeff_a", -0.5f } }, [Of(x, 8)], y =>
        {
            for (int i = 4; i < 12; i++) Assert.Equal(3 * ((i + 0.5) / 2 - 0.5), y[0].Data<float>()[i], 1e-4);
        });
        OperatorRunner.ExpectClose("Resize", new() { { "mode", "cubic" }, { "scales", 2f }, { "exclude_outside", 1L } }, [Of([7f, 7, 7], 3)], [7, 7, 7, 7, 7, 7]);
    }

    [Fact]
    public void A_crop_extrapolates_with_a_value()
    {
        var attributes = new AttributeMap
        {
            { "mode", "linear" }, { "coordinate_transformation_mode", "tf_crop_and_resize" }, { "sizes", 3L }, { "roi", [0.5f, 1.5f] }, { "extrapolation_value", 9f },
        };
        OperatorRunner.ExpectClose("Resize", attributes, [Of([1f, 2, 3], 3)], [2, 3, 9]);
        attributes.Add("mode", "nearest");
        OperatorRunner.ExpectClose("Resize", attributes, [Of([1f, 2, 3], 3)], [2, 3, 9]);
    }

    [Fact]
    public void Axes_and_aspect_ratio()
    {
        var attributes = Sizes("nearest", 7, 8);
        attributes.Add("axes", [2, 1]);
        attributes.Add("keep_aspect_ratio_policy", "not_larger");
        Assert.Equal(new TensorType(ElementType.Float32, 5, 7, 7), OperatorRunner.Run("Resize", attributes, [Counting(5, 2, 2)])[0].Type);
        attributes.Add("keep_aspect_ratio_policy", "not_smaller");
        Assert.Equal(new TensorType(ElementType.Float32, 5, 8, 8), OperatorRunner.Run("Resize", attributes, [Counting(5, 2, 2)])[0].Type);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Contains("expected either sizes or scales", OperatorRunner.Refusal("Resize", AttributeMap.Empty, Counting(2)), StringComparison.Ordinal);
        Assert.Contains("scales [0] must be positive", OperatorRunner.Refusal("Resize", Scales("nearest", 0), Counting(2)), StringComparison.Ordinal);
        Assert.Contains("scales has 2 entries, expected 1", OperatorRunner.Refusal("Resize", Scales("nearest", 1, 1), Counting(2)), StringComparison.Ordinal);
        Assert.Contains("needs roi", OperatorRunner.Refusal("Resize", With(Scales("linear", 2), "coordinate_transformation_mode", "tf_crop_and_resize"), Counting(2)), StringComparison.Ordinal);
        Assert.Contains("input 0 is int32[1], expected floating point", OperatorRunner.Refusal("Resize", Scales("linear", 2), Of([1], 1)), StringComparison.Ordinal);
        Assert.Contains("is empty", OperatorRunner.Refusal("Resize", Sizes("linear", 2), Counting(0)), StringComparison.Ordinal);
    }
}
