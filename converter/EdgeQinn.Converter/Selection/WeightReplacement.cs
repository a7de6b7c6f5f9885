using EdgeQinn.Converter.Calibration;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Selection;

/// <summary>What takes a weight's place.</summary>
/// <param name="Site">Where.</param>
/// <param name="Weight">The weight in its new format; its type may be the matrix alone.</param>
/// <param name="BiasShift">What the layer's bias gains, (W − Ŵ)·E[x], one per row; null where it stays.</param>
public sealed record WeightReplacement(WeightSite Site, EncodedTensor Weight, float[]? BiasShift = null)
{
    const int BiasInput = 2;

    /// <summary>The weight as one of another shape; the terms of a sum have that of the sum.</summary>
    static EncodedTensor Retyped(EncodedTensor weight, TensorType type) => weight.IsDense ? Dense(weight, type)
        : weight with { Type = type, Children = weight.Encoding == SumWeight.Name ? [.. weight.Children.Select(c => Retyped(c, type))] : weight.Children };

    static EncodedTensor Dense(EncodedTensor weight, TensorType type) => new DenseWeight(EncodedTensor.FromBytes(type, weight.Part("data").Bytes), weight.Type.Shape[0]).Encode();

    /// <summary>The graph with other weights.</summary>
    public static ModelGraph Apply(ModelGraph graph, IEnumerable<WeightReplacement> replacements)
    {
        var values = graph.Values.ToList();
        var nodes = graph.Nodes.ToList();
        foreach (var (site, weight, shift) in replacements)
        {
            int old = nodes[site.Node].Inputs[site.Input];
            Replace(site, site.Input, values[old] with { Constant = Retyped(weight, values[old].Type) });
            if (shift is null || Array.TrueForAll(shift, s => s == 0)) continue;
            var node = nodes[site.Node];
            if (node.Inputs.Count > BiasInput && node.Inputs[BiasInput] != Node.Absent)
            {
                var bias = values[node.Inputs[BiasInput]];
                var sum = bias.Constant!.Floats().ToArray();
                for (int i = 0; i < sum.Length; i++) sum[i] += shift[i];
                Replace(site, BiasInput, bias with { Constant = EncodedTensor.FromSpan<float>(sum, sum.Length) });
            }
            else
            {
                var constant = EncodedTensor.FromSpan<float>(shift, shift.Length);
                values.Add(new Value($"{node.Name}~bias", constant.Type, constant));
                nodes[site.Node] = node with { Inputs = [.. node.Inputs.Take(BiasInput), values.Count - 1] };
            }
        }
        return new ModelGraph { Name = graph.Name, Values = values, Nodes = nodes, Inputs = graph.Inputs, Outputs = graph.Outputs };

        // In the old one's place, or beside it where something else reads that too.
        void Replace(WeightSite site, int input, Value value)
        {
            int old = nodes[site.Node].Inputs[input];
            if (nodes.Sum(n => n.Inputs.Count(i => i == old)) + graph.Outputs.Count(o => o == old) == 1)
            {
                values[old] = value;
                return;
            }
            values.Add(value with { Name = $"{value.Name}~{site.Name}" });
            nodes[site.Node] = nodes[site.Node] with { Inputs = [.. nodes[site.Node].Inputs.Select((v, i) => i == input ? values.Count - 1 : v)] };
        }
    }
}
