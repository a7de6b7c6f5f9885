using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Folds scales and shifts per channel (batch norm, normalisation of inputs and outputs) into the weights of the linear layer before or
/// after them: s·(W x + b) + t = (s W) x + (s b + t), and W (s·x + t) + b = (W s) x + (b + W t). Computed in double, rounded once.
/// </summary>
static class FoldAffine
{
    /// <summary>
    /// The largest shift, in units of the layer's scaled input, that is folded through W: rounding of the products grows by this factor
    /// where input and shift cancel, as in (x − μ)/σ, so 256 costs at most 8 of float32's 24 bits.
    /// </summary>
    const double MaxShift = 256;

    /// <summary>Folds until nothing is left to fold: passes after this one may rely on it.</summary>
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        while (RunOnce(graph)) changed = true;
        return changed;
    }

    static bool RunOnce(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (LinearLayer.Match(node) is not { } layer) continue;
            changed |= FoldIntoNext(graph, layer) || FoldIntoPrevious(graph, layer);
        }
        return changed;
    }

    /// <summary>Layer, then affine.</summary>
    static bool FoldIntoNext(IrGraph graph, LinearLayer layer)
    {
        var y = layer.Node.Output;
        if (layer.IsFused || !y.HasOneUse) return false;
        var next = y.Consumers[0];
        if (ChannelAffine.Match(next, layer.OutputAxis) is not { } affine || affine.Input != y || !next.Output.Type.Equals(y.Type)) return false;

        double[] weights = layer.Weights, bias = layer.Bias;
        layer.ForEachWeight((i, output, _) => weights[i] *= affine.Scale[output]);
        for (int m = 0; m < bias.Length; m++) bias[m] = bias[m] * affine.Scale[m] + affine.Shift[m];
        layer.Replace(graph, next.Output, layer.Node.Input(0)!, weights, bias, before: next);
        graph.Remove(next);
        graph.Remove(layer.Node);
        return true;
    }

    /// <summary>Affine, then layer.</summary>
    static bool FoldIntoPrevious(IrGraph graph, LinearLayer layer)
    {
        var x = layer.Node.Input(0)!;
        if (x.Producer is not { } previous || !x.HasOneUse) return false;
        if (ChannelAffine.Match(previous, layer.InputAxis) is not { } affine || !x.Type.Equals(affine.Input.Type)) return false;
        bool shifts = affine.Shift.Any(t => t != 0);
        if (shifts && (layer.PadsInput || affine.Shift.Any(t => Math.Abs(t) > MaxShift))) return false;

        double[] weights = layer.Weights, bias = layer.Bias;
        layer.ForEachWeight((i, output, input) =>
        {
            bias[output] += weights[i] * affine.Shift[input];
            weights[i] *= affine.Scale[input];
        });
        layer.Replace(graph, layer.Node.Output, affine.Input, weights, bias, before: layer.Node);
        graph.Remove(layer.Node);
        graph.Remove(previous);
        return true;
    }
}
