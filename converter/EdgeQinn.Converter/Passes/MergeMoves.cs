using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Reshapes of reshapes and transposes of transposes become one, those that do nothing vanish, and a transpose that moves no element
/// (only axes of size 1 change places) becomes a reshape, which is free. A slice of everything vanishes, too.
/// </summary>
static class MergeMoves
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Inputs is not [{ } x]) continue;
            changed |= node.Operator switch
            {
                "Reshape" => MergeReshape(graph, node, x),
                "Transpose" => MergeTranspose(graph, node, x),
                "Slice" => DropWhole(graph, node, x),
                _ => false,
            };
        }
        return changed;
    }

    /// <summary>A slice of the same shape that walks forwards takes everything.</summary>
    static bool DropWhole(IrGraph graph, IrNode node, IrValue x)
    {
        if (!x.Type.Equals(node.Output.Type) || node.Attributes.Ints("steps").Any(s => s < 0)) return false;
        graph.ReplaceUses(node.Output, x);
        graph.Remove(node);
        return true;
    }

    static bool MergeReshape(IrGraph graph, IrNode node, IrValue x)
    {
        var source = x.Producer is { Operator: "Reshape" } before ? before.Input(0)! : x;
        if (source.Type.Equals(node.Output.Type))
        {
            graph.ReplaceUses(node.Output, source);
            graph.Remove(node);
            return true;
        }
        if (source == x) return false;
        graph.Replace(node.Output, "Reshape", node.Name, node.Attributes, [source], node);
        graph.Remove(node);
        return true;
    }

    static bool MergeTranspose(IrGraph graph, IrNode node, IrValue x)
    {
        int[] permutation = Permutation(node, x.Type.Rank);
        if (x.Producer is { Operator: "Transpose" } before)
        {
            var source = before.Input(0)!;
            int[] first = Permutation(before, source.Type.Rank);
            (x, permutation) = (source, Array.ConvertAll(permutation, p => first[p]));
        }
        bool moves = MovesElements(x.Type, permutation);
        if (moves && x == node.Input(0)) return false;
        if (moves) graph.Replace(node.Output, "Transpose", node.Name, new AttributeMap { { "perm", permutation } }, [x], node);
        else graph.Replace(node.Output, "Reshape", node.Name, new AttributeMap { { "shape", node.Output.Type.Shape.AsSpan() } }, [x], node);
        graph.Remove(node);
        return true;
    }

    /// <summary>Whether the axes longer than 1 change their order.</summary>
    static bool MovesElements(TensorType type, int[] permutation)
    {
        int last = -1;
        foreach (int axis in permutation)
        {
            if (type.Shape[axis] == 1) continue;
            if (axis < last) return true;
            last = axis;
        }
        return false;
    }

    static int[] Permutation(IrNode node, int rank) =>
        node.Attributes.Ints("perm") is { IsDefault: false } given ? [.. given] : [.. Enumerable.Range(0, rank).Reverse()];
}
