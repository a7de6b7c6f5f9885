using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// A recurrent layer whose sequence of outputs Y [S, 1, B, H] is read only at its last step gives its final state Y_h [1, B, H]
/// instead, so that the sequence need not be kept. Reshapes in between do not matter: what counts is that exactly the last
/// B·H elements are taken (for a reverse layer, the first).
/// </summary>
static class UseFinalState
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var slice in graph.Nodes.Where(n => n.Operator == "Slice").ToArray())
        {
            var source = slice.Input(0)!;
            if (source.Producer is { Operator: "Reshape" } reshape) source = reshape.Input(0)!;
            if (source.Producer is not { Operator: "GRU" or "LSTM" or "RNN" } layer || layer.Outputs[0] != source || layer.Input(4) is not null) continue;
            string direction = layer.Attributes.Text("direction", "forward");
            if (direction == "bidirectional") continue;
            int block = source.Type.Count / Math.Max(source.Type.Shape[0], 1);
            int start = direction == "forward" ? source.Type.Count - block : 0;
            if (ContiguousStart(slice, block) != start) continue;

            var state = layer.Outputs.Count > 1 && layer.Outputs[1] is { } wanted ? wanted : AddState(graph, ref layer);
            graph.Replace(slice.Output, "Reshape", slice.Name, new AttributeMap { { "shape", slice.Output.Type.Shape.AsSpan() } }, [state], slice);
            graph.Remove(slice);
            changed = true;
        }
        return changed;
    }

    /// <summary>The offset of the slice's first element, where it takes <paramref name="count"/> neighbouring elements; else −1.</summary>
    static int ContiguousStart(IrNode slice, int count)
    {
        var type = slice.Input(0)!.Type;
        var starts = slice.Attributes.Ints("starts");
        var steps = slice.Attributes.Ints("steps");
        var shape = slice.Output.Type.Shape;
        if (slice.Output.Type.Count != count) return -1;
        int offset = 0, stride = 1;
        bool isWhole = true; // whether every axis so far, from the last, is taken whole
        for (int d = type.Rank - 1; d >= 0; d--)
        {
            if (shape[d] != 1 && (!isWhole || steps[d] != 1)) return -1;
            isWhole &= shape[d] == type.Shape[d];
            offset += starts[d] * stride;
            stride *= type.Shape[d];
        }
        return offset;
    }

    static IrValue AddState(IrGraph graph, ref IrNode layer)
    {
        string?[] names = [.. layer.Outputs.Select(o => o?.Name)];
        if (names.Length < 2) Array.Resize(ref names, 2);
        names[1] = $"{layer.Name}:Y_h";
        var wider = graph.Add(layer.Operator, layer.Name, layer.Attributes, layer.Inputs, names, layer);
        for (int o = 0; o < layer.Outputs.Count; o++)
            if (layer.Outputs[o] is { } output) graph.ReplaceUses(output, wider.Outputs[o]!);
        graph.Remove(layer);
        layer = wider;
        return wider.Outputs[1]!;
    }
}
