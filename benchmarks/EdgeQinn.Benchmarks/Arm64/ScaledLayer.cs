using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>A linear layer or a convolution along one axis by itself, and others of its kind in other sizes, random weights.</summary>
/// <param name="Node">The layer.</param>
/// <param name="X">Its input.</param>
/// <param name="Weight">Its weight, dense or int8.</param>
/// <param name="Sizes">Inputs, outputs and, of a convolution, time steps. A convolution of one channel has its taps for inputs.</param>
/// <param name="Algorithm">A convolution's, which those in other sizes keep.</param>
sealed record ScaledLayer(Node Node, TensorType X, Weight Weight, int[] Sizes, string Algorithm)
{
    /// <summary>Whether inputs are a convolution's taps: kernels treat one channel in a way of its own.</summary>
    bool HasOneChannel => Node.Operator == "Conv" && Weight.Type.Shape[1] == 1;

    /// <summary>The counted layer of a network; null where it is of another kind.</summary>
    public static ScaledLayer? Of(ModelGraph graph, InstructionCount count)
    {
        var node = graph.Nodes.First(n => n.Name == count.Layer);
        if (node.Operator is not ("Linear" or "Conv") || graph.Values[node.Inputs[1]].Constant is not { } constant) return null;
        var (x, weight) = (graph.Values[node.Inputs[0]].Type, WeightEncodings.Read(constant));
        if (node.Operator == "Linear") return x.Count == weight.Columns ? new ScaledLayer(node, x, weight, [weight.Columns, weight.Rows], "") : null;
        var shape = ConvShape.OfConv(new OperatorCall(node with { Inputs = [0, 1], Outputs = [2] }, [x, weight.Type], [null, null]));
        if (shape is not { SpatialRank: 1, Group: 1 }) return null;
        string kernel = count.Kernels.Split(", ")[^1]["conv.".Length..], algorithm = kernel.StartsWith("winograd", StringComparison.Ordinal) ? "winograd" : kernel.Split('.')[0];
        return new ScaledLayer(node, x, weight, [shape.InPerGroup == 1 ? shape.Kernel[2] : shape.InPerGroup, shape.OutPerGroup, shape.Out[2]], algorithm);
    }

    /// <summary>Sizes that fill every kernel's registers and tiles, none less than the layer's own.</summary>
    public int[] Filled()
    {
        static int Up(int size, int unit) => (size + unit - 1) / unit * unit;
        return Node.Operator == "Linear" ? [Up(Sizes[0], 32), Up(Sizes[1], 32)]
            : [HasOneChannel ? Sizes[0] : Up(Sizes[0], 8), Up(Sizes[1], 32), Up(Sizes[2], 24 * Node.Attributes.Int("max_pool", 1))];
    }

    /// <summary>What tells it from layers that run alike.</summary>
    public string Key => $"{Node.Operator} {Weight.Encoding} {X} {Weight.Type} {string.Join(' ', Node.Attributes.Select(a => $"{a.Key}={(a.Value is System.Collections.IEnumerable list and not string ? string.Join(',', list.Cast<object>()) : a.Value)}"))}";

    /// <summary>A model of the layer in these sizes.</summary>
    public ModelGraph Graph(int[] sizes)
    {
        var random = new Random(1);
        var (attributes, x) = (Node.Attributes, new TensorType(ElementType.Float32, 1, sizes[0]));
        int[] shape = [sizes[1], sizes[0]];
        if (Node.Operator == "Conv")
        {
            int Attribute(string name, int index) => attributes.Ints(name) is { IsDefault: false } values ? values[index] : name == "pads" ? 0 : 1;
            var (channels, kernel) = HasOneChannel ? (1, sizes[0]) : (sizes[0], Weight.Type.Shape[2]);
            int window = (sizes[2] - 1) * Attribute("strides", 0) + (kernel - 1) * Attribute("dilations", 0) + 1;
            (shape, x) = ([sizes[1], channels, kernel], new TensorType(ElementType.Float32, 1, channels, window - Attribute("pads", 0) - Attribute("pads", 1)));
            attributes = attributes.With("kernel_shape", kernel);
            attributes.Add(ConvSteps.AlgorithmAttribute, Algorithm);
        }
        Weight weight = Weight is Int8Weight { Input: var range } && RandomWeights.Int8(random, shape) is var made
            ? new Int8Weight(made.Type, made.Values, made.Scales, range)
            : RandomWeights.Dense(random, shape);
        EncodedTensor w = weight.Encode(), bias = RandomWeights.Floats(random, sizes[1]);
        return SingleNode.Graph(Node.Operator, attributes, 1, (null, x), (w, w.Type), (bias, bias.Type));
    }
}
