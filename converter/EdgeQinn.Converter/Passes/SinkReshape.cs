using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Moves reshapes behind element-wise operators, so that what they stood between can be fused: f(reshape(x)) = reshape(f(x)). A constant operand
/// goes with them where it counts along whole trailing axes of x, as the bias of Keras' dense layers with several output axes does.
/// </summary>
static class SinkReshape
{
    static readonly HashSet<string> ElementWise = ["Relu", "Clip", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Gelu", "Mish", "Softplus", "Erf"];

    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (Moved(node) is not var (x, inputs) || x.From("Reshape") is not { } reshape || !x.HasOneUse) continue;
            // Only where the operator can then be fused: behind the graph's own inputs nothing is won.
            if (reshape.Input(0)!.Producer is null) continue;
            if (inputs(reshape.Input(0)!) is not { } moves) continue;
            var moved = graph.Add(node.Operator, node.Name, node.Attributes, moves, [$"{node.Output.Name}:flat"], node);
            graph.Replace(node.Output, "Reshape", node.Name, new AttributeMap { { "shape", node.Output.Type.Shape.AsSpan() } }, [moved.Output], before: node);
            graph.Remove(node);
            graph.Remove(reshape);
            changed = true;
        }
        return changed;
    }

    /// <summary>The operand behind a reshape, and all operands for what is in front of it; null where the node is no such operator.</summary>
    static (IrValue X, Func<IrValue, IrValue?[]?> Inputs)? Moved(IrNode node)
    {
        if (node.Input(0) is not { } first) return null;
        if (ElementWise.Contains(node.Operator)) return (first, x => [x, .. node.Inputs.Skip(1)]);
        if (node.Operator is not ("Add" or "Sub" or "Mul" or "Div") || node.Input(1) is not { } second) return null;
        return second.Constant is not null ? (first, x => Trailing(second, node.Output.Type, x.Type) is { } c ? [x, c] : null)
            : first.Constant is not null ? (second, x => Trailing(first, node.Output.Type, x.Type) is { } c ? [c, x] : null) : null;
    }

    /// <summary>The constant for the trailing axes of <paramref name="source"/> that hold the same elements as those it has in <paramref name="view"/>.</summary>
    static IrValue? Trailing(IrValue value, TensorType view, TensorType source)
    {
        var constant = value.Constant!;
        if (!constant.IsDense || constant.Type.Count == 0 || view.Count != source.Count) return null;
        if (constant.Type.Count == 1) return constant.Type.Rank <= source.Rank ? value : null;
        if (AlongUnitAxes(constant, view, source) is { } shape) return IrGraph.Constant(value.Name, EncodedTensor.FromBytes(constant.Type with { Shape = [.. shape] }, constant.Part("data").Bytes));
        int[] own = [.. constant.Type.Shape.SkipWhile(d => d == 1)];
        if (own.Length > view.Rank || !own.SequenceEqual(view.Shape[^own.Length..])) return null;
        int axis = source.Rank, count = 1;
        while (axis > 0 && count < constant.Type.Count) count *= source.Shape[--axis];
        return count == constant.Type.Count ? IrGraph.Constant(value.Name, EncodedTensor.FromBytes(constant.Type with { Shape = source.Shape[axis..] }, constant.Part("data").Bytes)) : null;
    }

    /// <summary>The constant's shape for the source where the view only inserts or drops axes of length 1; null where it does more.</summary>
    static int[]? AlongUnitAxes(EncodedTensor constant, TensorType view, TensorType source)
    {
        int[] from = [.. Enumerable.Range(0, source.Rank).Where(a => source.Shape[a] != 1)], to = [.. Enumerable.Range(0, view.Rank).Where(a => view.Shape[a] != 1)];
        int added = view.Rank - constant.Type.Rank;
        if (added < 0 || !from.Select(a => source.Shape[a]).SequenceEqual(to.Select(a => view.Shape[a]))) return null;
        int[] shape = [.. Enumerable.Repeat(1, source.Rank)];
        for (int i = 0; i < to.Length; i++)
            if (to[i] >= added) shape[from[i]] = constant.Type.Shape[to[i] - added];
        return shape.Aggregate(1L, (p, d) => p * d) == constant.Type.Count ? shape : null; // else it widens an axis
    }
}
