using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Values that a QuantizeLinear/DequantizeLinear pair has put on a grid scale · (q − zero point), per tensor and in 8 bits; uint8 is the
/// same grid as int8 with the zero point 128 lower. Operators that only move or select elements stay on it, and the pair commutes with
/// them, since it works on each element alone and keeps their order.
/// </summary>
static class QuantizationGrid
{
    const int MaxDepth = 16;

    /// <summary>The grid that <paramref name="value"/> lies on; null where none is known.</summary>
    public static ActivationRange? Of(IrValue value, int depth = 0)
    {
        if (value.From("DequantizeLinear") is { } dequantize) return Parameters(dequantize, dequantize.Input(0)!.Type.Element);
        return depth < MaxDepth && IsMover(value) ? Of(value.Producer!.Input(0)!, depth + 1) : null;
    }

    /// <summary><paramref name="value"/> as it was before pairs of that grid rounded it; nodes that are needed anew are added before <paramref name="before"/>.</summary>
    public static IrValue Before(IrGraph graph, IrValue value, ActivationRange grid, IrNode before, int depth = 0)
    {
        if (depth >= MaxDepth || Of(value) != grid) return value;
        if (value.From("DequantizeLinear") is { } dequantize)
        {
            return dequantize.Input(0).From("QuantizeLinear") is { } quantize && Parameters(quantize, quantize.Output.Type.Element) == grid
                ? Before(graph, quantize.Input(0)!, grid, before, depth + 1) : value;
        }
        var mover = value.Producer!;
        var source = Before(graph, mover.Input(0)!, grid, before, depth + 1);
        return source == mover.Input(0) ? value
            : graph.Add(mover.Operator, mover.Name, mover.Attributes, [source, .. mover.Inputs.Skip(1)], [$"{value.Name}:unrounded"], before).Output;
    }

    static bool IsMover(IrValue value) =>
        value.Producer is { Operator: "Reshape" or "Transpose" or "Slice" or "MaxPool", Outputs.Count: 1 };

    static ActivationRange? Parameters(IrNode node, ElementType element)
    {
        if (element is not (ElementType.Int8 or ElementType.UInt8) || node.Input(1)?.Constant is not { IsDense: true, Type: { Element: ElementType.Float32, Count: 1 } } scale) return null;
        float step = scale.Data<float>()[0];
        if (!(step > 0) || !float.IsFinite(step)) return null;
        int zero = 0;
        if (node.Input(2) is { } given)
        {
            if (given.Constant is not { IsDense: true, Type.Count: 1 } constant || constant.Type.Element != element) return null;
            byte stored = constant.Part("data").Bytes.Span[0];
            zero = element == ElementType.Int8 ? (sbyte)stored : stored;
        }
        return new ActivationRange(step, element == ElementType.Int8 ? zero : zero - 128);
    }
}
