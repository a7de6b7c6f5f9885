using System.Buffers.Binary;
using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>A node that computes y = scale·x + shift per channel of one axis, with constants for both.</summary>
/// <param name="Input">x.</param>
/// <param name="Scale">One factor per channel.</param>
/// <param name="Shift">One summand per channel.</param>
sealed record ChannelAffine(IrValue Input, double[] Scale, double[] Shift)
{
    /// <summary>The node as an affine map along <paramref name="axis"/>; null where it is none.</summary>
    public static ChannelAffine? Match(IrNode node, int axis) => node.Operator switch
    {
        "Add" => Binary(node, axis, (x, c) => new(x, Ones(c), c)),
        "Sub" => Binary(node, axis, (x, c) => new(x, Ones(c), Each(c, v => -v)), (x, c) => new(x, Each(c, _ => -1), c)),
        "Mul" => Binary(node, axis, (x, c) => new(x, c, new double[c.Length])),
        "Div" => Binary(node, axis, (x, c) => new(x, Each(c, v => 1 / v), new double[c.Length]), null, noConstantFirst: true),
        "BatchNormalization" => BatchNormalization(node, axis),
        _ => null,
    };

    static ChannelAffine? Binary(IrNode node, int axis, Func<IrValue, double[], ChannelAffine> constantSecond,
        Func<IrValue, double[], ChannelAffine>? constantFirst = null, bool noConstantFirst = false)
    {
        var (a, b) = (node.Input(0)!, node.Input(1)!);
        if (node.Output.Type.Element != ElementType.Float32) return null;
        if (a.Constant is null && PerChannel(a, b, axis) is { } second) return Finite(constantSecond(a, second));
        if (!noConstantFirst && b.Constant is null && PerChannel(b, a, axis) is { } first) return Finite((constantFirst ?? constantSecond)(b, first));
        return null;
    }

    static ChannelAffine? BatchNormalization(IrNode node, int axis)
    {
        var x = node.Input(0)!;
        if (axis != 1 || x.Type.Element != ElementType.Float32) return null;
        double[]?[] p = [.. Enumerable.Range(1, 4).Select(i => node.Input(i)?.Constant is { IsDense: true, Type.Element: ElementType.Float32 } c ? ToDoubles(c) : null)];
        if (p[0] is not { } scale || p[1] is not { } bias || p[2] is not { } mean || p[3] is not { } variance) return null;
        double epsilon = node.Attributes.Float("epsilon", 1e-5f);
        double[] factor = [.. scale.Select((s, c) => s / Math.Sqrt(variance[c] + epsilon))];
        return Finite(new ChannelAffine(x, factor, [.. bias.Select((b, c) => b - mean[c] * factor[c])]));
    }

    /// <summary>The constant's values along the channels of x, where it varies along no other axis and does not widen x.</summary>
    static double[]? PerChannel(IrValue x, IrValue constant, int axis)
    {
        if (constant.Constant is not { IsDense: true, Type.Element: ElementType.Float32 } tensor || tensor.Type.Rank > x.Type.Rank) return null;
        int channels = x.Type.Shape[axis], fromEnd = x.Type.Rank - axis;
        if (tensor.Type.Count != 1 && (tensor.Type.Count != channels || tensor.Type.Rank < fromEnd || tensor.Type.Shape[^fromEnd] != channels)) return null;
        double[] values = ToDoubles(tensor);
        return values.Length == channels ? values : [.. Enumerable.Repeat(values[0], channels)];
    }

    /// <summary>A float32 constant's elements.</summary>
    public static double[] ToDoubles(EncodedTensor tensor)
    {
        var bytes = tensor.Part("data").Bytes.Span; // may lie at any address of the model's file
        double[] values = new double[tensor.Type.Count];
        for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
        return values;
    }

    static ChannelAffine? Finite(ChannelAffine affine) => affine.Scale.All(double.IsFinite) && affine.Shift.All(double.IsFinite) ? affine : null;

    static double[] Ones(double[] like) => Each(like, _ => 1);

    static double[] Each(double[] values, Func<double, double> f) => Array.ConvertAll(values, v => f(v));
}
