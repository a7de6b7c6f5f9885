using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Activations that exporters write out as arithmetic become one node again: GELU in both forms (Hendrycks and Gimpel 2016,
/// arXiv 1606.08415), hard-swish (Howard et al. 2019, arXiv 1905.02244) and Mish (Misra 2019, arXiv 1908.08681).
/// </summary>
static class RecognizeActivations
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator is not ("Mul" or "Div") || node.Output.Type.Element != ElementType.Float32 || node.Inputs.Contains(null)) continue;
            var (number, factors) = node.Output.Product();
            if (factors.Count != 2) continue;
            if ((Match(number, factors[0], factors[1]) ?? Match(number, factors[1], factors[0])) is not var (x, op, attributes) || !x.Type.Equals(node.Output.Type)) continue;
            graph.Replace(node.Output, op, node.Name, attributes, [x], before: node);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }

    static (IrValue X, string Operator, AttributeMap Attributes)? Match(double number, IrValue x, IrValue gate)
    {
        if (gate.PlusNumber() is var (inner, one) && one == 1 && ((double?)number).Is(0.5))
        {
            if (inner.From("Erf") is { } erf && IsScaled(erf.Inputs[0]!, x, Math.Sqrt(0.5))) return (x, "Gelu", new AttributeMap { { "approximate", "none" } });
            if (inner.From("Tanh") is { } tanh && IsGeluPolynomial(tanh.Inputs[0]!, x)) return (x, "Gelu", new AttributeMap { { "approximate", "tanh" } });
        }
        if (((double?)number).Is(1.0 / 6) && gate.From("Clip") is { } clip && clip.Inputs[0].PlusNumber() is var (shifted, three) && shifted == x && three == 3
            && clip.Input(1).Number() == 0 && clip.Input(2).Number() == 6) return (x, "HardSwish", []);
        if (number != 1) return null;
        if (gate.From("HardSigmoid") is { } hard && hard.Inputs[0] == x && ((double?)hard.Attributes.Float("alpha", 0.2f)).Is(1.0 / 6) && hard.Attributes.Float("beta", 0.5f) == 0.5f)
            return (x, "HardSwish", []);
        return gate.From("Tanh")?.Inputs[0].From("Softplus") is { } softplus && softplus.Inputs[0] == x ? (x, "Mish", []) : null;
    }

    static bool IsScaled(IrValue value, IrValue x, double scale)
    {
        var (number, factors) = value.Product();
        return ((double?)number).Is(scale) && factors is [var only] && only == x;
    }

    /// <summary>√(2/π)·(x + 0.044715·x³), the cube as a power or a product.</summary>
    static bool IsGeluPolynomial(IrValue value, IrValue x)
    {
        var (scale, factors) = value.Product();
        if (!((double?)scale).Is(Math.Sqrt(2 / Math.PI)) || factors is not [var sum] || sum.From("Add") is not { } add) return false;
        var cubic = add.Inputs[0] == x ? add.Inputs[1]! : add.Inputs[1] == x ? add.Inputs[0]! : null;
        if (cubic is null) return false;
        var (coefficient, powers) = cubic.Product();
        if (!((double?)coefficient).Is(0.044715)) return false;
        return powers is [var power] ? power.From("Pow") is { } pow && pow.Inputs[0] == x && pow.Inputs[1].Number() == 3 : powers.Count == 3 && powers.TrueForAll(p => p == x);
    }
}
