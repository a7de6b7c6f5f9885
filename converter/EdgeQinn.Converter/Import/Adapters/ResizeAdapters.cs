using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Resampling along axes.</summary>
static class ResizeAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("Upsample", 7, n => Asymmetric(n, n.Floats("scales"))) { To = 8 },
        new("Upsample", 9, n => Asymmetric(n, n.ConstantFloats(1, "scales")), 1) { To = 9 },
        new("Resize", 10, n => Asymmetric(n, n.ConstantFloats(1, "scales")), 1) { To = 10 },
        new("Resize", 11, Resize, 1, 2, 3),
    ];

    /// <summary>
    /// Resize in opset 10, and Upsample: positions are x / scale. The nearest one is rounded down, where an axis shrinks up: the text does not
    /// say, the suite of that version (test_resize_downsample_nearest) and ONNX Runtime do.
    /// </summary>
    static void Asymmetric(NodeImporter n, float[]? scales)
    {
        if (scales is null) throw n.Fail("scales are missing");
        string mode = n.Text("mode", "nearest");
        int[] all = [.. Enumerable.Range(0, scales.Length)];
        int[] shrinking = [.. all.Where(i => mode == "nearest" && scales[i] < 1)], others = [.. all.Except(shrinking)];
        var y = n.Input(0);
        if (shrinking.Length > 0) y = Step(shrinking, "ceil");
        if (shrinking.Length == 0 || others.Any(i => scales[i] != 1)) y = Step(others, "floor");
        n.Output(0, y);

        IrValue Step(int[] axes, string rounding) => n.Emit("Resize", new AttributeMap
        {
            { "axes", axes }, { "scales", Array.ConvertAll(axes, a => scales[a]) }, { "mode", mode },
            { "coordinate_transformation_mode", "asymmetric" }, { "nearest_mode", rounding },
        }, y);
    }

    static void Resize(NodeImporter n)
    {
        var attributes = new AttributeMap
        {
            { "mode", n.Text("mode", "nearest") }, { "coordinate_transformation_mode", n.Text("coordinate_transformation_mode", "half_pixel") },
            { "nearest_mode", n.Text("nearest_mode", "round_prefer_floor") }, { "cubic_coeff_a", n.Float("cubic_coeff_a", -0.75f) },
            { "exclude_outside", n.Int("exclude_outside", 0) }, { "extrapolation_value", n.Float("extrapolation_value", 0) },
            { "antialias", n.Int("antialias", 0) }, { "keep_aspect_ratio_policy", n.Text("keep_aspect_ratio_policy", "stretch") },
        };
        if (n.Ints("axes") is { } axes) attributes.Add("axes", axes);
        // Before opset 13 the input that is not used was an empty tensor.
        if (n.ConstantFloats(1, "roi") is { Length: > 0 } roi) attributes.Add("roi", roi);
        if (n.ConstantInts(3, "sizes") is { Length: > 0 } sizes) attributes.Add("sizes", sizes);
        else if (n.ConstantFloats(2, "scales") is { Length: > 0 } scales) attributes.Add("scales", scales);
        else throw n.Fail("scales and sizes are both missing");
        n.Output(0, n.Emit("Resize", attributes, n.Input(0)));
    }
}
