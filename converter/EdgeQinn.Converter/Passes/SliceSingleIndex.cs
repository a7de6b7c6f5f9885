using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>A gather of one known index is a slice of one element along the axis: cheaper, and open to other passes.</summary>
static class SliceSingleIndex
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator != "Gather" || node.Input(0) is not { } x || node.Input(1)?.Constant is not { IsDense: true, Type.Count: 1 } indices) continue;
            int axis = node.Attributes.Int("axis");
            if (axis < 0) axis += x.Type.Rank;
            long index = indices.Type.Element == ElementType.Int64 ? indices.Data<long>()[0] : indices.Data<int>()[0];
            if (index < 0) index += x.Type.Shape[axis];

            int[] starts = new int[x.Type.Rank], shape = [.. x.Type.Shape];
            starts[axis] = (int)index;
            shape[axis] = 1;
            var attributes = new AttributeMap { { "starts", starts }, { "steps", (int[])[.. Enumerable.Repeat(1, x.Type.Rank)] }, { "shape", shape } };
            var cut = graph.Add("Slice", node.Name, attributes, [x], [$"{node.Output.Name}:cut"], node);
            graph.Replace(node.Output, "Reshape", node.Name, new AttributeMap { { "shape", node.Output.Type.Shape.AsSpan() } }, [cut.Output], node);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }
}
