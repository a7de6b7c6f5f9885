using System.Collections.Immutable;
using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// One-dimensional convolutions and pools that are written as two-dimensional ones with an axis of size 1 (Keras does so) run over one
/// axis: reshape, the one-dimensional node, reshape.
/// </summary>
static class DropUnitAxis
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator is not ("Conv" or "ConvTranspose" or "MaxPool" or "AveragePool") || node.Outputs.Count != 1 || node.Input(0) is not { Type.Rank: 4 } x) continue;
            int axis = Enumerable.Range(0, 2).FirstOrDefault(i => IsUnit(node, x, i), -1);
            if (axis < 0) continue;

            var inputs = new List<IrValue?> { Reshape(graph, node, x, axis) };
            if (node.Input(1) is { } w) inputs.Add(w.Constant is { } tensor ? IrGraph.Constant(w.Name, Under(tensor, Without(w.Type, axis))) : Reshape(graph, node, w, axis));
            if (node.Input(2) is { } b) inputs.Add(b);
            var narrow = graph.Add(node.Operator, node.Name, Narrow(node.Attributes, axis), inputs, [$"{node.Output.Name}:1d"], node);
            graph.Replace(node.Output, "Reshape", node.Name, new AttributeMap { { "shape", node.Output.Type.Shape.AsSpan() } }, [narrow.Output], before: node);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }

    static bool IsUnit(IrNode node, IrValue x, int axis)
    {
        var pads = node.Attributes.Ints("pads");
        int kernel = node.Operator is "Conv" or "ConvTranspose" ? node.Input(1)!.Type.Shape[2 + axis] : node.Attributes.Ints("kernel_shape")[axis];
        return x.Type.Shape[2 + axis] == 1 && node.Output.Type.Shape[2 + axis] == 1 && kernel == 1 && (pads.IsDefault || (pads[axis] == 0 && pads[axis + 2] == 0));
    }

    /// <summary>The same weights under another shape; encoded ones store a matrix, which stays.</summary>
    static EncodedTensor Under(EncodedTensor tensor, TensorType type) =>
        tensor.IsDense ? EncodedTensor.FromBytes(type, tensor.Part("data").Bytes) : tensor with { Type = type };

    static TensorType Without(TensorType type, int axis) => new(type.Element, type.Shape.RemoveAt(2 + axis));

    static IrValue Reshape(IrGraph graph, IrNode before, IrValue x, int axis) =>
        graph.Add("Reshape", before.Name, new AttributeMap { { "shape", Without(x.Type, axis).Shape.AsSpan() } }, [x], [$"{x.Name}:1d"], before).Output;

    /// <summary>Lists with one entry per spatial axis lose one, pads two.</summary>
    static AttributeMap Narrow(AttributeMap attributes, int axis)
    {
        var narrow = attributes.Copy();
        foreach (var (name, value) in attributes)
        {
            if (name is not ("strides" or "dilations" or "kernel_shape" or "pads" or "output_padding") || value is not ImmutableArray<long> list) continue;
            narrow.Add(name, [.. list.Where((_, i) => i % 2 != axis)]);
        }
        return narrow;
    }
}
