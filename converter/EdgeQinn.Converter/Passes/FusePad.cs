using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Zeros put around the input of a convolution become its <c>pads</c>; on their way they move behind transposes and views that insert axes of
/// length 1 (Keras' ZeroPadding and causal convolutions).
/// </summary>
static class FusePad
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Outputs.Count != 1 || node.Input(0) is not { HasOneUse: true } padded || padded.From("Pad") is not { } pad || !AddsZeros(pad)) continue;
            changed |= node.Operator switch
            {
                "Conv" => Fuse(graph, node, pad),
                "Transpose" => Swap(graph, node, pad, node.Attributes.Ints("perm") is { IsDefault: false } given ? [.. given] : [.. Enumerable.Range(0, padded.Type.Rank).Reverse()]),
                "Reshape" => Axes(padded.Type, node.Output.Type) is { } axes && Swap(graph, node, pad, axes),
                _ => false,
            };
        }
        return changed;
    }

    static bool AddsZeros(IrNode pad) => pad.Attributes.Text("mode", "constant") == "constant" && pad.Attributes.Ints("pads").All(p => p >= 0)
        && pad.Input(0)!.Type.Count > 0 && pad.Input(0)!.Type.Element == ElementType.Float32 && (pad.Input(1) is null || pad.Input(1).Number() == 0);

    static bool Fuse(IrGraph graph, IrNode conv, IrNode pad)
    {
        int rank = conv.Input(0)!.Type.Rank;
        int[] pads = [.. pad.Attributes.Ints("pads")];
        if (conv.Attributes.Text("auto_pad", "NOTSET") != "NOTSET" || pads[0] + pads[1] + pads[rank] + pads[rank + 1] > 0 || conv.Input(1)?.Constant is { IsDense: false }) return false;
        int[] own = conv.Attributes.Ints("pads") is { IsDefault: false } given ? [.. given] : new int[2 * (rank - 2)];
        var attributes = conv.Attributes.Copy();
        attributes.Add("pads", (int[])[.. own.Select((p, i) => p + pads[i < rank - 2 ? i + 2 : i + 4])]);
        graph.Replace(conv.Output, "Conv", conv.Name, attributes, [pad.Input(0), .. conv.Inputs.Skip(1)], conv);
        graph.Remove(conv);
        graph.Remove(pad);
        return true;
    }

    /// <summary>For each axis of <paramref name="to"/> the one of <paramref name="from"/>, −1 for those inserted; null where a view does more than insert axes.</summary>
    static int[]? Axes(TensorType from, TensorType to)
    {
        int[] axes = new int[to.Rank];
        int next = 0;
        for (int a = 0; a < axes.Length; a++)
            axes[a] = next < from.Rank && to.Shape[a] == from.Shape[next] ? next++ : to.Shape[a] == 1 ? -1 : int.MinValue;
        return next == from.Rank && !axes.Contains(int.MinValue) ? axes : null;
    }

    /// <summary>Moves the zeros behind a node whose axis a is axis axes[a] of what was padded.</summary>
    static bool Swap(IrGraph graph, IrNode node, IrNode pad, int[] axes)
    {
        int rank = pad.Output.Type.Rank;
        var pads = pad.Attributes.Ints("pads");
        var x = pad.Input(0)!;
        var attributes = node.Operator == "Transpose" ? node.Attributes
            : new AttributeMap { { "shape", Array.ConvertAll(axes, a => a < 0 ? 1 : x.Type.Shape[a]) } };
        var moved = graph.Add(node.Operator, node.Name, attributes, [x], [$"{node.Output.Name}:unpadded"], node).Output;
        var after = new AttributeMap { { "pads", (int[])[.. axes.Select(a => a < 0 ? 0 : pads[a]), .. axes.Select(a => a < 0 ? 0 : pads[a + rank])] } };
        graph.Replace(node.Output, "Pad", pad.Name, after, [moved], node);
        graph.Remove(node);
        graph.Remove(pad);
        return true;
    }
}
