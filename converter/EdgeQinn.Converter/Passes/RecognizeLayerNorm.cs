using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Layer normalisation written out, (x − mean) / √(mean((x − mean)²) + ε), then ·scale and +bias, becomes one node
/// (Ba, Kiros and Hinton 2016, arXiv 1607.06450). Exporters write it so before opset 17.
/// </summary>
static class RecognizeLayerNorm
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
            changed |= node.Operator switch
            {
                "Div" => Normalization(graph, node),
                "Mul" => Absorb(graph, node, input: 1),
                "Add" => Absorb(graph, node, input: 2),
                _ => false,
            };
        return changed;
    }

    static bool Normalization(IrGraph graph, IrNode div)
    {
        if (div.Inputs is not [{ } centred, { } deviation] || centred.Type.Element != ElementType.Float32) return false;
        if (centred.From("Sub") is not { Inputs: [{ } x, { } mean] } || Axis(mean, x) is not { } axis) return false;
        var variance = deviation.From("Sqrt")?.Inputs[0] ?? (deviation.From("Pow") is { } root && root.Inputs[1].Number() == 0.5 ? root.Inputs[0] : null);
        if (variance.PlusNumber() is not var (squares, epsilon) || squares.From("ReduceMean") is not { Inputs: [{ } square] } || Axis(squares, square) != axis) return false;
        bool isSquare = square.From("Pow") is { } pow ? IsCentred(pow.Inputs[0]!) && pow.Inputs[1].Number() == 2
            : square.From("Mul") is { } mul && IsCentred(mul.Inputs[0]!) && mul.Inputs[1] == mul.Inputs[0];
        if (!isSquare) return false;

        int[] shape = [.. x.Type.Shape[axis..]];
        float[] ones = new float[shape.Aggregate(1, (a, d) => a * d)];
        Array.Fill(ones, 1);
        var scale = IrGraph.Constant($"{div.Name}.scale", EncodedTensor.FromSpan<float>(ones, shape));
        graph.Replace(div.Output, "LayerNormalization", div.Name, new AttributeMap { { "axis", axis }, { "epsilon", (float)epsilon } }, [x, scale], before: div);
        graph.Remove(div);
        return true;

        // The difference may have been computed twice.
        bool IsCentred(IrValue v) => v == centred || (v.From("Sub") is { } sub && sub.Inputs[0] == x && Axis(sub.Inputs[1]!, x) == axis);
    }

    /// <summary>The first axis of a mean over all trailing axes of <paramref name="x"/>; null where it is none.</summary>
    static int? Axis(IrValue mean, IrValue x)
    {
        if (mean.From("ReduceMean") is not { } reduce || reduce.Inputs[0] != x || reduce.Attributes.Int("keepdims", 1) == 0) return null;
        int rank = x.Type.Rank;
        if (reduce.Attributes.Ints("axes") is not { IsDefaultOrEmpty: false } given) return null;
        int[] axes = [.. given.Select(a => a < 0 ? a + rank : a).Order()];
        return axes.SequenceEqual(Enumerable.Range(rank - axes.Length, axes.Length)) ? axes[0] : null;
    }

    /// <summary>Takes a scale (input 1) or a bias (input 2) into the normalisation before it, where that is still 1 or absent.</summary>
    static bool Absorb(IrGraph graph, IrNode node, int input)
    {
        if (node.Inputs is not [{ } a, { } b]) return false;
        var (y, constant) = a.Constant is null ? (a, b) : (b, a);
        if (y.From("LayerNormalization") is not { } norm || !y.HasOneUse || norm.Outputs.Count > 1) return false;
        var scale = norm.Input(1)!;
        if (constant.Constant is not { IsDense: true } tensor || norm.Input(2) is not null || (input == 1 && scale.Number() != 1)) return false;
        // The runtime wants exactly the normalised axes; leading ones are the same constant.
        if (tensor.Type.Count != scale.Type.Count || tensor.Type.Element != ElementType.Float32) return false;
        if (!tensor.Type.Shape.SkipWhile(d => d == 1).SequenceEqual(scale.Type.Shape.SkipWhile(d => d == 1))) return false;
        var parameter = IrGraph.Constant(constant.Name, EncodedTensor.FromBytes(scale.Type, tensor.Part("data").Bytes));
        graph.Replace(node.Output, norm.Operator, norm.Name, norm.Attributes, input == 1 ? [norm.Input(0), parameter] : [norm.Input(0), scale, parameter], before: node);
        graph.Remove(node);
        graph.Remove(norm);
        return true;
    }
}
