using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Weights that the model stores as sparse tensors stay sparse: Linear and Conv layers get them as <c>bcsr</c> with blocks of one weight, where
/// that is at most half as large as the dense matrix.
/// </summary>
static class KeepSparse
{
    /// <summary>The largest share of weights other than zero: each costs its value and a column, so that a quarter of them are half the bytes.</summary>
    const double MaxDensity = 0.25;

    public static void Run(IrGraph graph)
    {
        if (graph.SparseLayers.Count == 0) return;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator is not ("Linear" or "Conv") || !graph.SparseLayers.Contains(node.Name) || LinearLayer.Match(node) is null) continue;
            var weights = node.Inputs[1]!;
            float[] data = Array.ConvertAll(ChannelAffine.ToDoubles(weights.Constant!), w => (float)w);
            if (data.Length == 0 || data.Count(w => w != 0) > MaxDensity * data.Length) continue;
            node.SetInput(1, IrGraph.Constant(weights.Name, BlockSparseWeight.OfNonZeros(weights.Type, weights.Type.Shape[0], 1, data).Encode()));
        }
    }
}
