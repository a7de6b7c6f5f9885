using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// A linear layer that reads a transposed and flattened tensor (Keras' Flatten behind channels last) reads it as it lies, with the columns of its
/// weights in that order.
/// </summary>
static class AbsorbPermutation
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator != "Linear" || node.Input(0) is not { } x || LinearLayer.Match(node) is not { } layer || x.From("Reshape") is not { } reshape) continue;
            if (!x.HasOneUse || reshape.Inputs[0] is not { HasOneUse: true } turned || turned.From("Transpose") is not { } transpose) continue;
            var source = transpose.Inputs[0]!;
            if (Columns(StridedView.Of(turned), x.Type.Shape[^1]) is not { } columns || StridedView.Of(turned).Base != source) continue;

            double[] weights = layer.Weights, permuted = new double[weights.Length];
            int n = columns.Length;
            for (int i = 0; i < weights.Length; i++) permuted[i / n * n + columns[i % n]] = weights[i];
            var flat = graph.Add("Reshape", node.Name, new AttributeMap { { "shape", x.Type.Shape.AsSpan() } }, [source], [$"{x.Name}:flat"], node).Output;
            layer.Replace(graph, node.Output, flat, permuted, layer.Bias, before: node);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }

    /// <summary>
    /// For each of <paramref name="count"/> elements of a row the place it has in the row of the base; null where rows are not made of the
    /// same elements in both.
    /// </summary>
    static int[]? Columns(StridedView view, int count)
    {
        if (view.Offset != 0 || count == 0 || view.Shape.Contains(0)) return null;
        int axis = view.Shape.Length;
        long length = 1;
        while (axis > 0 && length < count) length *= view.Shape[--axis];
        if (length != count) return null;
        // Rows count on as in the base.
        long rows = count;
        for (int a = axis - 1; a >= 0; a--)
        {
            if (view.Shape[a] > 1 && view.Strides[a] != rows) return null;
            rows *= view.Shape[a];
        }
        int[] columns = new int[count];
        for (int i = 0; i < count; i++)
        {
            long at = 0;
            int rest = i;
            for (int a = view.Shape.Length - 1; a >= axis; a--)
            {
                at += rest % view.Shape[a] * view.Strides[a];
                rest /= view.Shape[a];
            }
            if (at >= count) return null;
            columns[i] = (int)at;
        }
        return columns;
    }
}
