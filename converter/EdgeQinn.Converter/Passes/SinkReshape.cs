using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>Moves reshapes behind element-wise operators, so that what they stood between can be fused: f(reshape(x)) = reshape(f(x)).</summary>
static class SinkReshape
{
    static readonly HashSet<string> ElementWise = ["Relu", "Clip", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Gelu", "Mish", "Softplus", "Erf"];

    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (!ElementWise.Contains(node.Operator) || node.Input(0) is not { } x || x.From("Reshape") is not { } reshape || !x.HasOneUse) continue;
            // Only where the operator can then be fused: behind the graph's own inputs nothing is won.
            if (reshape.Input(0)!.Producer is null) continue;
            var moved = graph.Add(node.Operator, node.Name, node.Attributes, [reshape.Input(0), .. node.Inputs.Skip(1)], [$"{node.Output.Name}:flat"], node);
            graph.Replace(node.Output, "Reshape", node.Name, new AttributeMap { { "shape", node.Output.Type.Shape.AsSpan() } }, [moved.Output], before: node);
            graph.Remove(node);
            graph.Remove(reshape);
            changed = true;
        }
        return changed;
    }
}
