using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>Low rank by truncated SVD, whitened where the layer is calibrated; each factor takes √σ, so that both have the same range.</summary>
public static class LowRankBuilder
{
    /// <summary>The weight of <paramref name="rank"/> with the least error: of the outputs with calibration, in the Frobenius norm without.</summary>
    /// <param name="layer">The dense weight.</param>
    /// <param name="rank">r.</param>
    /// <param name="int8">Whether the factors are stored in int8.</param>
    public static LowRankWeight Build(DenseLayer layer, int rank, bool int8 = false)
    {
        var whitened = Whitening.Of(layer);
        var svd = LayerCache.Get(layer, "singular values", () => TruncatedSvd.OfRank(whitened.A, int.MaxValue)).Truncated(rank);
        var root = Matrix<double>.Build.DenseOfDiagonalArray([.. svd.Sigma.Select(Math.Sqrt)]);
        Weight u = Factor.Store(svd.U * root), v = Factor.Store(whitened.Back(root * svd.Vt));
        return int8 ? new LowRankWeight(layer.Type, Quantised(u), Quantised(v)) : new LowRankWeight(layer.Type, u, v);
    }

    static Int8Weight Quantised(Weight factor) => Int8Builder.Build(new DenseLayer(factor.ToArray(), factor.Type, factor.Rows));
}
