using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators.Resampling;

/// <summary>How one axis is resized.</summary>
/// <param name="In">Elements before.</param>
/// <param name="Out">Elements after.</param>
/// <param name="Scale">Out / In as asked for, before rounding.</param>
/// <param name="RoiStart">Where the region of interest begins, as a fraction of the axis.</param>
/// <param name="RoiEnd">Where it ends.</param>
readonly record struct ResizeAxis(int In, int Out, double Scale, double RoiStart, double RoiEnd)
{
    /// <summary>The coordinate in X of output <paramref name="j"/>; null where it lies outside a cropped X.</summary>
    public double? Source(int j, string transformation)
    {
        // ONNX computes with the length before rounding, except where it needs the number of outputs.
        double length = Scale * In;
        switch (transformation)
        {
            case "half_pixel": return (j + 0.5) / Scale - 0.5;
            case "pytorch_half_pixel": return Out == 1 ? 0 : (j + 0.5) / Scale - 0.5;
            case "asymmetric": return j / Scale;
            case "tf_half_pixel_for_nn": return (j + 0.5) / Scale; // opsets 11 and 12
            case "align_corners": return Out == 1 ? 0 : j * (In - 1) / (length - 1);
            case "half_pixel_symmetric": return In / 2.0 * (1 - Out / length) + (j + 0.5) / Scale - 0.5;
            default:
                double x = Out > 1
                    ? RoiStart * (In - 1) + j * (RoiEnd - RoiStart) * (In - 1) / (length - 1)
                    : (RoiStart + RoiEnd) / 2 * (In - 1);
                return x < 0 || x > In - 1 ? null : x;
        }
    }

    /// <summary>The axes of X, from the attributes <c>sizes</c> or <c>scales</c>, <c>axes</c>, <c>roi</c> and <c>keep_aspect_ratio_policy</c>.</summary>
    public static ResizeAxis[] Read(OperatorCall call, TensorType x)
    {
        var axes = call.Attributes.Ints("axes") is { IsDefault: false } given ? given.Select(a => call.Axis(a, x.Rank)).ToImmutableArray() : [.. Enumerable.Range(0, x.Rank)];
        if (axes.Distinct().Count() != axes.Length) throw call.Fail("axes names an axis twice");
        var roi = call.Attributes.Floats("roi");
        if (!roi.IsDefault && roi.Length != 2 * axes.Length) throw call.Fail($"roi has {roi.Length} entries, expected {2 * axes.Length}");
        bool crop = ResizeOperator.Transformation(call) == "tf_crop_and_resize";
        if (crop && roi.IsDefault) throw call.Fail("tf_crop_and_resize needs roi");
        var (lengths, scales) = Lengths(call, x, axes);

        var result = new ResizeAxis[x.Rank];
        for (int axis = 0; axis < x.Rank; axis++) result[axis] = new ResizeAxis(x.Shape[axis], x.Shape[axis], 1, 0, 1);
        for (int i = 0; i < axes.Length; i++)
        {
            int n = x.Shape[axes[i]];
            if (n == 0 && lengths[i] > 0) throw call.Fail($"axis {axes[i]} of {x} is empty");
            result[axes[i]] = new ResizeAxis(n, lengths[i], scales[i], crop ? roi[i] : 0, crop ? roi[axes.Length + i] : 1);
        }
        return result;
    }

    static (int[] Lengths, double[] Scales) Lengths(OperatorCall call, TensorType x, ImmutableArray<int> axes)
    {
        var scales = call.Attributes.Floats("scales");
        if (call.Attributes.Has("sizes") == !scales.IsDefault) throw call.Fail("expected either sizes or scales");
        if (!scales.IsDefault)
        {
            if (scales.Length != axes.Length) throw call.Fail($"scales has {scales.Length} entries, expected {axes.Length}");
            if (scales.Any(s => !(s > 0) || float.IsInfinity(s))) throw call.Fail($"scales [{string.Join(", ", scales)}] must be positive");
            return ([.. scales.Select((s, i) => checked((int)Math.Floor(x.Shape[axes[i]] * (double)s)))], [.. scales.Select(s => (double)s)]);
        }

        var sizes = call.RequireInts("sizes", axes.Length);
        if (sizes.Any(s => s < 0)) throw call.Fail($"sizes [{string.Join(',', sizes)}] has a negative entry");
        double[] ratios = [.. sizes.Select((s, i) => x.Shape[axes[i]] == 0 ? 1 : (double)s / x.Shape[axes[i]])];
        string policy = call.Choice("keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller");
        if (policy == "stretch" || ratios.Length == 0) return ([.. sizes], ratios);
        double common = policy == "not_larger" ? ratios.Min() : ratios.Max();
        return ([.. axes.Select(a => checked((int)Math.Floor(common * x.Shape[a] + 0.5)))], [.. ratios.Select(_ => common)]);
    }
}
