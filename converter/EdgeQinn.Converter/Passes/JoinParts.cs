using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Parts cut from one value and joined in order are that value, under another shape or with its axes permuted: what is left of a sequence that
/// was taken apart step by step.
/// </summary>
static class JoinParts
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator != "Concat" || node.Output.Type.Count == 0 || Joined(node) is not { } view) continue;
            if (view.Base.Type.Count != node.Output.Type.Count) continue;
            // The view's axes, from the one that counts in the widest steps, are those of the base under some shape.
            int[] order = [.. Enumerable.Range(0, view.Shape.Length).OrderByDescending(a => view.Strides[a]).ThenBy(a => a)];
            int[] shape = Array.ConvertAll(order, a => view.Shape[a]);
            if (!view.Permute(order).Runs().SequenceEqual((view with { Shape = shape, Strides = StridedView.Contiguous(shape) }).Runs())) continue;

            var whole = graph.Add("Reshape", node.Name, new AttributeMap { { "shape", shape } }, [view.Base], [$"{node.Output.Name}:whole"], node).Output;
            int[] permutation = [.. Enumerable.Range(0, order.Length).Select(a => Array.IndexOf(order, a))];
            graph.Replace(node.Output, "Transpose", node.Name, new AttributeMap { { "perm", permutation } }, [whole], node);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }

    /// <summary>The result as a view of what all its parts are views of, from its first element on; null where they follow no such order.</summary>
    static StridedView? Joined(IrNode concat)
    {
        var views = concat.Inputs.Select(i => StridedView.Of(i!)).ToArray();
        var first = views[0];
        if (first.Offset != 0 || first.Base == concat.Inputs[0]) return null;
        int axis = concat.Attributes.Int("axis");
        if (axis < 0) axis += first.Shape.Length;
        long distance = views[1].Offset, length = first.Shape[axis];
        if (length > 1 && distance != length * first.Strides[axis]) return null;
        for (int k = 0; k < views.Length; k++)
        {
            var view = views[k];
            if (view.Base != first.Base || view.Offset != k * distance || !view.Shape.SequenceEqual(first.Shape)) return null;
            for (int a = 0; a < first.Shape.Length; a++)
                if (view.Shape[a] > 1 && view.Strides[a] != first.Strides[a]) return null;
        }
        int[] shape = [.. concat.Output.Type.Shape];
        long[] strides = [.. first.Strides];
        if (length == 1) strides[axis] = distance;
        // Where an axis of length 1 counts is a matter of how it came about; its place is beside its neighbour.
        for (int a = shape.Length - 1; a >= 0; a--)
            if (shape[a] == 1) strides[a] = a == shape.Length - 1 ? 1 : strides[a + 1] * shape[a + 1];
        return first with { Shape = shape, Strides = strides };
    }
}
