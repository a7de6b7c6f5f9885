using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>Low rank by truncated SVD; each factor takes √σ, so that both have the same range.</summary>
public static class LowRankBuilder
{
    /// <summary>The nearest weight of <paramref name="rank"/> in the Frobenius norm.</summary>
    public static LowRankWeight Build(DenseLayer layer, int rank)
    {
        var svd = TruncatedSvd.OfRank(layer.ToMatrix(), rank);
        var root = Matrix<double>.Build.DenseOfDiagonalArray([.. svd.Sigma.Select(Math.Sqrt)]);
        return new LowRankWeight(layer.Type, Factor.Store(svd.U * root), Factor.Store(root * svd.Vt));
    }
}
