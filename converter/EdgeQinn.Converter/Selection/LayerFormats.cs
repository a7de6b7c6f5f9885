using EdgeQinn.Converter.Compression;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Selection;

/// <summary>Gives layers the formats that were asked for.</summary>
public static class LayerFormats
{
    const int WeightInput = 1;

    /// <summary>The graph with the weights in their new formats. The first request that matches a layer decides.</summary>
    /// <exception cref="EdgeQinnException">A request matches no layer, or its format does not fit one.</exception>
    public static ModelGraph Apply(ModelGraph graph, IReadOnlyList<FormatRequest> requests, out IReadOnlyList<LayerFormat> layers)
    {
        var values = graph.Values.ToList();
        var nodes = graph.Nodes.ToList();
        var done = new List<LayerFormat>();
        var used = new HashSet<FormatRequest>();
        for (int n = 0; n < nodes.Count; n++)
        {
            if (!HasWeight(graph, nodes[n])) continue;
            foreach (var matching in requests.Where(r => r.Matches(nodes[n].Name))) used.Add(matching);
            if (requests.FirstOrDefault(r => r.Matches(nodes[n].Name)) is not { } request) continue;
            var value = values[nodes[n].Inputs[WeightInput]];
            var dense = new DenseLayer(value.Constant!.Floats().ToArray(), value.Type, value.Type.Shape[0]);
            var weight = Build(request, nodes[n], dense);
            nodes[n] = Replace(graph, values, nodes[n], value with { Constant = weight.Encode() });
            done.Add(Describe(nodes[n], request, dense, weight));
        }
        foreach (var request in requests.Where(r => !used.Contains(r)))
            throw new EdgeQinnException($"--format {request.Pattern}={request.Text}: no layer is called '{request.Pattern}'; there are {string.Join(", ", graph.Nodes.Where(n => HasWeight(graph, n)).Select(n => $"'{n.Name}'"))}");
        layers = done;
        return new ModelGraph { Name = graph.Name, Values = values, Nodes = nodes, Inputs = graph.Inputs, Outputs = graph.Outputs };
    }

    static Weight Build(FormatRequest request, Node node, DenseLayer dense)
    {
        try
        {
            return request.Build(dense);
        }
        catch (EdgeQinnException e)
        {
            throw new EdgeQinnException($"--format {request.Pattern}={request.Text}: layer '{node.Name}' ({node.Operator} {dense.Type}): {e.Message}", e);
        }
    }

    /// <summary>Puts the value in the old one's place, or beside it where something else reads that too.</summary>
    static Node Replace(ModelGraph graph, List<Value> values, Node node, Value weight)
    {
        int old = node.Inputs[WeightInput];
        if (graph.Nodes.Sum(n => n.Inputs.Count(i => i == old)) + graph.Outputs.Count(o => o == old) == 1)
        {
            values[old] = weight;
            return node;
        }
        values.Add(weight with { Name = $"{weight.Name}~{node.Name}" });
        return node with { Inputs = [.. node.Inputs.Select((input, i) => i == WeightInput ? values.Count - 1 : input)] };
    }

    static bool HasWeight(ModelGraph graph, Node node) =>
        node.Operator is "Linear" or "Conv" && graph.Values[node.Inputs[WeightInput]] is { Constant: { IsDense: true }, Type: { Element: ElementType.Float32, Count: > 0 } };

    static LayerFormat Describe(Node node, FormatRequest request, DenseLayer dense, Weight weight)
    {
        var approximation = weight.ToArray();
        double norm = 0, lost = 0;
        for (int i = 0; i < approximation.Length; i++)
        {
            norm += (double)dense.Data[i] * dense.Data[i];
            lost += Math.Pow((double)dense.Data[i] - approximation[i], 2);
        }
        return new LayerFormat(node.Name, request.Text, approximation.Length, weight.Parameters, Bytes(weight.Encode()), weight.MultiplyAdds, norm > 0 ? Math.Sqrt(lost / norm) : 0);
    }

    static long Bytes(EncodedTensor tensor) => tensor.Parts.Sum(p => (long)p.Bytes.Length) + tensor.Children.Sum(Bytes);
}
