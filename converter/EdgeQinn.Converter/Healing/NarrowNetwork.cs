using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Healing;

/// <summary>
/// The same architecture with fewer channels and fresh weights: what a compressed network has to beat, a small dense one of the same bytes.
/// Every layer but those that make the outputs gets a share of its channels or units; kernels, strides and steps stay.
/// </summary>
public static class NarrowNetwork
{
    /// <summary>Builds it; value indices are those of <paramref name="graph"/>.</summary>
    /// <param name="graph">The network to narrow.</param>
    /// <param name="share">Channels kept, above 0 and at most 1; every layer keeps at least one.</param>
    /// <param name="seed">For the weights: uniform with variance 2 / fan-in (He et al. 2015, arXiv 1502.01852).</param>
    /// <exception cref="GraphException">A node's shape cannot follow; the message names it.</exception>
    public static ModelGraph Build(ModelGraph graph, double share, int seed)
    {
        var random = new Random(seed);
        var values = graph.Values.ToArray();
        var nodes = new List<Node>();
        var fixedOutputs = LayersOfOutputs(graph);
        foreach (var node in graph.Nodes)
        {
            var old = graph.Values[node.Outputs.First(o => o >= 0)].Type;
            var input = values[node.Inputs[0]].Type;
            int Kept(int channels) => fixedOutputs.Contains(node) ? channels : Math.Max(1, (int)Math.Round(share * channels));
            var narrow = node;
            switch (node.Operator)
            {
                case "Linear":
                    Draw(node, 1, Kept(old.Shape[^1]), input.Shape[^1]);
                    Clear(node, 2, Kept(old.Shape[^1]));
                    break;
                case "Conv" when node.Attributes.Int("group", 1) == 1:
                    Draw(node, 1, [Kept(old.Shape[1]), input.Shape[1], .. graph.Values[node.Inputs[1]].Type.Shape[2..]]);
                    Clear(node, 2, Kept(old.Shape[1]));
                    break;
                case "GRU" or "LSTM":
                    int gates = node.Operator == "GRU" ? 3 : 4, directions = graph.Values[node.Inputs[2]].Type.Shape[0];
                    int units = Math.Max(1, (int)Math.Round(share * graph.Values[node.Inputs[2]].Type.Shape[2]));
                    Draw(node, 1, directions, gates * units, input.Shape[2]);
                    Draw(node, 2, directions, gates * units, units);
                    Clear(node, 3, directions, 2 * gates * units);
                    if (node.Attributes.Has("hidden_size")) narrow = With(node, "hidden_size", units);
                    break;
                case "Reshape":
                    narrow = With(node, "shape", Reshaped(node, old, input));
                    break;
                case "Concat" or "Transpose" or "MaxPool" or "AveragePool" or "GlobalAveragePool" or "GlobalMaxPool" or "Add" or "Relu" or "Sigmoid" or "Tanh" or "Softmax":
                    break;
                default:
                    throw new GraphException($"node '{node.Name}' ({node.Operator}) cannot be made narrower");
            }
            nodes.Add(narrow);
            var call = new OperatorCall(narrow, [.. narrow.Inputs.Select(i => i < 0 ? null : values[i].Type)], [.. narrow.Inputs.Select(i => i < 0 ? null : values[i].Constant)]);
            var types = OperatorTable.Infer(call);
            for (int o = 0; o < narrow.Outputs.Count; o++)
                if (narrow.Outputs[o] >= 0) values[narrow.Outputs[o]] = values[narrow.Outputs[o]] with { Type = types[o] };
        }
        return new ModelGraph { Name = graph.Name, Values = values, Nodes = nodes, Inputs = graph.Inputs, Outputs = graph.Outputs };

        void Draw(Node node, int input, params int[] shape)
        {
            int fanIn = shape[1..].Aggregate(1, (a, b) => a * b);
            if (node.Operator is "GRU" or "LSTM") fanIn = shape[2];
            float bound = MathF.Sqrt(6f / fanIn);
            float[] data = [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => bound * (2 * random.NextSingle() - 1))];
            Set(node, input, data, shape);
        }

        void Clear(Node node, int input, params int[] shape)
        {
            if (input < node.Inputs.Count && node.Inputs[input] >= 0) Set(node, input, new float[shape.Aggregate(1, (a, b) => a * b)], shape);
        }

        void Set(Node node, int input, float[] data, int[] shape)
        {
            var tensor = EncodedTensor.FromSpan<float>(data, shape);
            values[node.Inputs[input]] = values[node.Inputs[input]] with { Type = tensor.Type, Constant = tensor };
        }
    }

    /// <summary>The layers whose results reach an output through views and functions of single elements alone: their width is the network's.</summary>
    static HashSet<Node> LayersOfOutputs(ModelGraph graph)
    {
        var producers = graph.Nodes.SelectMany(n => n.Outputs.Where(o => o >= 0).Select(o => (o, n))).ToDictionary(p => p.o, p => p.n);
        var layers = new HashSet<Node>();
        foreach (int output in graph.Outputs)
            for (int value = output; producers.TryGetValue(value, out var node); value = node.Inputs[0])
            {
                layers.Add(node);
                if (node.Operator is "Linear" or "Conv" or "GRU" or "LSTM") break;
            }
        return layers;
    }

    /// <summary>The shape asked for, with the one axis changed that holds the channels.</summary>
    static int[] Reshaped(Node node, TensorType old, TensorType input)
    {
        for (int axis = 0; axis < old.Rank; axis++)
        {
            int rest = old.Count / Math.Max(1, old.Shape[axis]);
            // An axis of one is no axis of channels; of several that fit, the channels are in the largest.
            if (old.Shape[axis] == 1 || old.Shape[axis] != old.Shape.Max() || input.Count % rest != 0) continue;
            int[] shape = [.. old.Shape];
            shape[axis] = input.Count / rest;
            return shape;
        }
        return old.Count == input.Count ? [.. old.Shape] : throw new GraphException($"node '{node.Name}' (Reshape) to {old} cannot be made narrower");
    }

    static Node With(Node node, string attribute, params int[] values)
    {
        var attributes = node.Attributes.Copy();
        attributes.Add(attribute, values.AsSpan());
        return node with { Attributes = attributes };
    }
}
