using EdgeQinn.Converter.Compression;
using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// A Linear or Conv node whose input a QuantizeLinear/DequantizeLinear pair rounds to 8 bits, and whose weights are multiples of a scale
/// per row, runs in int8: it reads the unrounded input and rounds it itself, by the same scale and zero point, and its products are exact.
/// A pair after the layer stays where something else reads it (Jacob et al. 2018, arXiv 1712.05877).
/// </summary>
static class RunInInt8
{
    /// <summary>Products of 255·127 that sum up in int32; the runtime would run a longer row in float32, without rounding the input.</summary>
    const int MaxTerms = int.MaxValue / (255 * 127);

    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator is not ("Linear" or "Conv") || LinearLayer.Match(node) is null || node.Input(0) is not { } x) continue;
            if (QuantizationGrid.Of(x) is not { } grid) continue;
            var weights = node.Input(1)!;
            int rows = weights.Type.Shape[0];
            if (weights.Type.Count == 0 || weights.Type.Count / rows > MaxTerms) continue;
            float[] data = Array.ConvertAll(ChannelAffine.ToDoubles(weights.Constant!), w => (float)w);
            if (Int8Recovery.TryBuild(new DenseLayer(data, weights.Type, rows), grid) is not { } int8) continue;

            var source = QuantizationGrid.Before(graph, x, grid, node);
            graph.Replace(node.Output, node.Operator, node.Name, node.Attributes,
                [source, IrGraph.Constant(weights.Name, int8.Encode()), .. node.Inputs.Skip(2)], before: node);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }
}
