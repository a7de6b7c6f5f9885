using EdgeQinn.Converter.Compression;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Calibration;

/// <summary>A weight that may be given another format: a constant float32 matrix that a node multiplies its input or its state with.</summary>
/// <param name="Node">Index of the node.</param>
/// <param name="Input">Which of its inputs the weight is.</param>
/// <param name="Name">The layer's name; the weights of a recurrent layer have <c>.W</c> (inputs) and <c>.R</c> (state) behind it.</param>
/// <param name="Weight">The weight as it is; a recurrent layer's as the matrix [gates·H, …].</param>
public sealed record WeightSite(int Node, int Input, string Name, DenseLayer Weight)
{
    /// <summary>Positions of a recurrent node's inputs and state in ONNX.</summary>
    const int RecurrentW = 1, RecurrentR = 2;

    /// <summary>Whether it is a convolution's kernel.</summary>
    public bool IsConvolution => Weight.Type.Rank > 2;

    /// <summary>Whether it belongs to a GRU, LSTM or RNN.</summary>
    public bool IsRecurrent { get; init; }

    /// <summary>Whether the layer's bias may be shifted to make up for a mean error.</summary>
    public bool HasFreeBias => !IsRecurrent;

    /// <summary>The weights of a graph: Linear and Conv nodes, and recurrent nodes of one direction.</summary>
    public static IReadOnlyList<WeightSite> Find(ModelGraph graph)
    {
        var sites = new List<WeightSite>();
        for (int n = 0; n < graph.Nodes.Count; n++)
        {
            var node = graph.Nodes[n];
            switch (node.Operator)
            {
                case "Linear" or "Conv":
                    Add(n, 1, node.Name);
                    break;
                case "GRU" or "LSTM" or "RNN" when node.Attributes.Text("direction", "forward") != "bidirectional":
                    Add(n, RecurrentW, $"{node.Name}.W");
                    Add(n, RecurrentR, $"{node.Name}.R");
                    break;
            }
        }
        return sites;

        void Add(int node, int input, string name)
        {
            if (graph.Nodes[node].Inputs[input] is not (var v and >= 0)
                || graph.Values[v] is not { Constant: { IsDense: true } constant, Type: { Element: ElementType.Float32, Count: > 0 } type }) return;
            bool recurrent = graph.Nodes[node].Operator is not ("Linear" or "Conv");
            if (recurrent) type = new TensorType(ElementType.Float32, type.Shape.AsSpan()[1..]);
            sites.Add(new WeightSite(node, input, name, new DenseLayer(constant.Floats().ToArray(), type, type.Shape[0])) { IsRecurrent = recurrent });
        }
    }
}
