using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>A Linear, Conv or ConvTranspose node with constant float32 weights, whose weights a pass may change.</summary>
sealed class LinearLayer
{
    readonly EncodedTensor _weights;
    readonly int _group;

    LinearLayer(IrNode node, EncodedTensor weights)
    {
        (Node, _weights) = (node, weights);
        _group = node.Attributes.Int("group", 1);
    }

    /// <summary>The node as such a layer; null where it is none.</summary>
    public static LinearLayer? Match(IrNode node)
    {
        if (node.Operator is not ("Linear" or "Conv" or "ConvTranspose")) return null;
        if (node.Input(1)?.Constant is not { IsDense: true, Type.Element: ElementType.Float32 } weights) return null;
        return node.Input(2) is null or { Constant: { IsDense: true, Type.Element: ElementType.Float32 } } ? new LinearLayer(node, weights) : null;
    }

    /// <summary>The node.</summary>
    public IrNode Node { get; }

    /// <summary>The axis of the output that the weights' rows count along.</summary>
    public int OutputAxis => Node.Operator == "Linear" ? Node.Output.Type.Rank - 1 : 1;

    /// <summary>The axis of the input that the weights' columns count along.</summary>
    public int InputAxis => Node.Operator == "Linear" ? Node.Input(0)!.Type.Rank - 1 : 1;

    /// <summary>Whether something follows the sum inside the node.</summary>
    public bool IsFused => Node.Attributes.Has("clamp") || Node.Attributes.Has("max_pool");

    /// <summary>Whether results depend on zeros around the input, so that a shift of the input cannot move into the bias.</summary>
    public bool PadsInput => Node.Operator == "ConvTranspose" || (Node.Attributes.Longs("pads") is { IsDefault: false } pads && pads.Any(p => p != 0));

    /// <summary>A copy of the weights.</summary>
    public double[] Weights => ChannelAffine.ToDoubles(_weights);

    /// <summary>A copy of the bias; zeros where there is none.</summary>
    public double[] Bias => Node.Input(2)?.Constant is { } bias ? ChannelAffine.ToDoubles(bias) : new double[Node.Output.Type.Shape[OutputAxis]];

    /// <summary>Visits each weight with the output and input channel it connects.</summary>
    public void ForEachWeight(Action<int, int, int> visit)
    {
        var shape = _weights.Type.Shape;
        int rows = shape[0], columns = shape[1], taps = _weights.Type.Count / Math.Max(rows * columns, 1);
        bool isTransposed = Node.Operator == "ConvTranspose"; // [C, M/group, …] instead of [M, C/group, …]
        int rowsPerGroup = rows / _group;
        for (int r = 0, i = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                int other = r / rowsPerGroup * columns + c;
                for (int k = 0; k < taps; k++, i++) visit(i, isTransposed ? other : r, isTransposed ? r : other);
            }
        }
    }

    /// <summary>Adds the layer with other weights, reading <paramref name="x"/> and taking over the uses of <paramref name="replaced"/>.</summary>
    public void Replace(IrGraph graph, IrValue replaced, IrValue x, double[] weights, double[] bias, IrNode before)
    {
        var w = IrGraph.Constant($"{Node.Name}.weight", EncodedTensor.FromSpan<float>(Array.ConvertAll(weights, v => (float)v), [.. _weights.Type.Shape]));
        var b = Array.TrueForAll(bias, v => v == 0) ? null : IrGraph.Constant($"{Node.Name}.bias", EncodedTensor.FromSpan<float>(Array.ConvertAll(bias, v => (float)v), bias.Length));
        graph.Replace(replaced, Node.Operator, Node.Name, Node.Attributes, b is null ? [x, w] : [x, w, b], before);
    }
}
