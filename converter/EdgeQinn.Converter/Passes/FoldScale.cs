using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// A multiplication or division by a number moves back through views, transposes and matrix products into the weights of a linear layer
/// before them: c · (Q Kᵀ) = (c Q) Kᵀ, as attention has it (Vaswani et al. 2017, arXiv 1706.03762, eq. 1).
/// </summary>
static class FoldScale
{
    const int MaxDepth = 8;

    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (Match(node) is not var (x, factor) || !x.Type.Equals(node.Output.Type) || Layer(x, 0) is not { } layer) continue;
            double[] weights = Array.ConvertAll(layer.Weights, w => w * factor), bias = Array.ConvertAll(layer.Bias, b => b * factor);
            layer.Replace(graph, layer.Node.Output, layer.Node.Input(0)!, weights, bias, before: layer.Node);
            graph.Remove(layer.Node);
            graph.ReplaceUses(node.Output, node.Inputs.First(i => i!.Constant is null)!); // what x is computed by may be new
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }

    static (IrValue X, double Factor)? Match(IrNode node)
    {
        if (node.Operator is not ("Mul" or "Div")) return null;
        var (a, b) = (node.Input(0)!, node.Input(1)!);
        (IrValue X, double Factor)? match = b.Number() is { } second ? (a, node.Operator == "Div" ? 1 / second : second)
            : node.Operator == "Mul" && a.Number() is { } first ? (b, first) : null;
        return match is var (x, factor) && x.Constant is null && double.IsFinite(factor) ? match : null;
    }

    /// <summary>The layer that <paramref name="value"/> is a multiple of, where nothing else reads what lies between.</summary>
    static LinearLayer? Layer(IrValue value, int depth)
    {
        if (!value.HasOneUse || depth > MaxDepth || value.Producer is not { } producer) return null;
        return producer.Operator switch
        {
            "Linear" => LinearLayer.Match(producer) is { IsFused: false } layer ? layer : null,
            "Reshape" or "Transpose" => Layer(producer.Input(0)!, depth + 1),
            "MatMul" => Layer(producer.Input(0)!, depth + 1) ?? Layer(producer.Input(1)!, depth + 1),
            _ => null,
        };
    }
}
