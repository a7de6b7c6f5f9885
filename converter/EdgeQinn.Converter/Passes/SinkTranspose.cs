using System.Collections.Immutable;
using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Moves transposes towards the outputs, so that they meet the next one and both vanish, and so that what follows a convolution in another
/// layout (Keras' channels last) comes to stand behind it. f(xᵀ) = f(x)ᵀ for element-wise operators, sums with constants along any axis, batch
/// normalisation, joins, reductions, and views that only insert or drop axes of length 1.
/// </summary>
static class SinkTranspose
{
    static readonly HashSet<string> Unary =
    [
        "Relu", "Clip", "LeakyRelu", "Elu", "Celu", "Selu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Gelu", "Mish", "Softplus", "Softsign", "ThresholdedRelu", "Erf", "Exp", "Sqrt", "Neg", "Abs",
    ];

    static readonly HashSet<string> Binary = ["Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu", "Pow"];

    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray()) changed |= Sink(graph, node);
        return changed;
    }

    static bool Sink(IrGraph graph, IrNode node)
    {
        if (node.Outputs.Count != 1) return false;
        if (node.Operator == "Reshape") return PassView(graph, node);
        if (Unary.Contains(node.Operator)) return Moved(node.Input(0)) is var (x, p) && Behind(graph, node, p, node.Attributes, [x, .. node.Inputs.Skip(1)]);
        if (Binary.Contains(node.Operator)) return Pair(graph, node);
        if (node.Operator == "Concat") return Join(graph, node);
        if (node.Operator == "BatchNormalization") return Normalization(graph, node);
        return node.Operator.StartsWith("Reduce", StringComparison.Ordinal) && Reduction(graph, node);
    }

    /// <summary>What a transpose that nothing else reads was applied to, and its permutation.</summary>
    static (IrValue X, int[] Permutation)? Moved(IrValue? value) => value is { HasOneUse: true } && value.From("Transpose") is { } transpose && transpose.Inputs[0]!.Producer is not null
        ? (transpose.Inputs[0]!, Permutation(transpose)) : null;

    static int[] Permutation(IrNode transpose) =>
        transpose.Attributes.Ints("perm") is { IsDefault: false } given ? [.. given] : [.. Enumerable.Range(0, transpose.Output.Type.Rank).Reverse()];

    static bool Behind(IrGraph graph, IrNode node, int[] permutation, AttributeMap attributes, IReadOnlyList<IrValue?> inputs)
    {
        var moved = graph.Add(node.Operator, node.Name, attributes, inputs, [$"{node.Output.Name}:turned"], node);
        graph.Replace(node.Output, "Transpose", node.Name, new AttributeMap { { "perm", permutation } }, [moved.Output], node);
        graph.Remove(node);
        return true;
    }

    static bool Pair(IrGraph graph, IrNode node)
    {
        var (a, b) = (node.Inputs[0]!, node.Inputs[1]!);
        if (Moved(a) is var (x, p) && Moved(b) is var (y, q) && p.SequenceEqual(q)) return Behind(graph, node, p, node.Attributes, [x, y]);
        if (Moved(a) is var (first, pa) && Turned(graph, b, pa, a.Type) is { } right) return Behind(graph, node, pa, node.Attributes, [first, right]);
        return node.Operator != "PRelu" && Moved(b) is var (second, pb) && Turned(graph, a, pb, b.Type) is { } left && Behind(graph, node, pb, node.Attributes, [left, second]);
    }

    /// <summary>A constant that broadcasts to <paramref name="view"/>, as it does to what has been transposed.</summary>
    static IrValue? Turned(IrGraph graph, IrValue value, int[] permutation, TensorType view)
    {
        if (value.Constant is not { IsDense: true } constant || constant.Type.Rank > view.Rank) return null;
        if (constant.Type.Count == 1) return value;
        int[] shape = [.. Enumerable.Repeat(1, view.Rank - constant.Type.Rank), .. constant.Type.Shape];
        if (shape.Where((d, i) => d != 1 && d != view.Shape[i]).Any()) return null;
        int[] inverse = [.. permutation.Select((_, i) => Array.IndexOf(permutation, i))];
        var padded = IrGraph.Constant(value.Name, EncodedTensor.FromBytes(constant.Type with { Shape = [.. shape] }, constant.Part("data").Bytes));
        return Import.ConstantFolder.TryRun("Transpose", value.Name, new AttributeMap { { "perm", inverse } }, [padded], 1) is { } turned ? IrGraph.Constant(value.Name, turned[0]) : null;
    }

    static bool Join(IrGraph graph, IrNode node)
    {
        var moved = node.Inputs.Select(Moved).ToArray();
        if (moved.Any(m => m is null) || moved.Any(m => !m!.Value.Permutation.SequenceEqual(moved[0]!.Value.Permutation))) return false;
        int[] permutation = moved[0]!.Value.Permutation;
        int axis = node.Attributes.Int("axis");
        var attributes = new AttributeMap { { "axis", permutation[axis < 0 ? axis + permutation.Length : axis] } };
        return Behind(graph, node, permutation, attributes, [.. moved.Select(m => m!.Value.X)]);
    }

    /// <summary>Batch normalisation of another axis than 1 is a product and a sum.</summary>
    static bool Normalization(IrGraph graph, IrNode node)
    {
        if (Moved(node.Input(0)) is not var (x, permutation) || ChannelAffine.Match(node, 1) is not { } affine) return false;
        int[] shape = [.. Enumerable.Repeat(1, x.Type.Rank)];
        shape[permutation[1]] = affine.Scale.Length;
        IrValue Constant(string name, double[] values) => IrGraph.Constant($"{node.Name}.{name}", EncodedTensor.FromSpan<float>(Array.ConvertAll(values, v => (float)v), shape));
        var scaled = graph.Add("Mul", node.Name, [], [x, Constant("scale", affine.Scale)], [$"{node.Output.Name}:scaled"], node).Output;
        var shifted = graph.Add("Add", node.Name, [], [scaled, Constant("shift", affine.Shift)], [$"{node.Output.Name}:turned"], node).Output;
        graph.Replace(node.Output, "Transpose", node.Name, new AttributeMap { { "perm", permutation } }, [shifted], node);
        graph.Remove(node);
        return true;
    }

    static bool Reduction(IrGraph graph, IrNode node)
    {
        if (Moved(node.Input(0)) is not var (x, permutation) || node.Attributes.Ints("axes") is not { IsDefault: false } given) return false;
        int rank = permutation.Length;
        int[] axes = [.. given.Select(a => a < 0 ? a + rank : a)];
        var attributes = node.Attributes.Copy();
        attributes.Add("axes", Array.ConvertAll(axes, a => permutation[a]));
        if (attributes.Int("keepdims", 1) != 0) return Behind(graph, node, permutation, attributes, [x]);
        // Of the axes that are left, in the order they have in x.
        int[] kept = [.. permutation.Where((_, i) => !axes.Contains(i))], sorted = [.. kept.Order()];
        return Behind(graph, node, Array.ConvertAll(kept, a => Array.IndexOf(sorted, a)), attributes, [x]);
    }

    /// <summary>A view behind a transpose that only inserts or drops axes of length 1 moves in front of it.</summary>
    static bool PassView(IrGraph graph, IrNode node)
    {
        if (Moved(node.Input(0)) is not var (x, permutation)) return false;
        var (turned, view) = (node.Input(0)!.Type, node.Output.Type);
        int[] from = Long(turned.Shape), to = Long(view.Shape);
        if (!from.Select(a => turned.Shape[a]).SequenceEqual(to.Select(a => view.Shape[a]))) return false;
        // Axes of length 1 first, then the long ones in the order they have in x.
        int[] order = [.. Enumerable.Range(0, view.Rank).Except(to), .. to.OrderBy(a => permutation[from[Array.IndexOf(to, a)]])];
        var flat = graph.Add("Reshape", node.Name, new AttributeMap { { "shape", Array.ConvertAll(order, a => view.Shape[a]) } }, [x], [$"{node.Output.Name}:unturned"], node);
        int[] moved = [.. Enumerable.Range(0, view.Rank).Select(a => Array.IndexOf(order, a))];
        graph.Replace(node.Output, "Transpose", node.Name, new AttributeMap { { "perm", moved } }, [flat.Output], node);
        graph.Remove(node);
        return true;
    }

    static int[] Long(ImmutableArray<int> shape) => [.. Enumerable.Range(0, shape.Length).Where(a => shape[a] != 1)];
}
