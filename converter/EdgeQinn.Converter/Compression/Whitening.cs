using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// A weight in coordinates where the error of outputs is the plain error of a matrix: W = A·P with ‖(W − Â·P) C^½‖ = ‖A − Â‖ for every Â, so that any
/// fit of A that gives Â = S·U gives the fit S·(U·P) of W, optimal where the first one is (SVD-LLM, Wang et al. 2025; METHODS §3a).
/// </summary>
/// <param name="A">[M, k], k the smaller of M and N; the weight itself without calibration.</param>
/// <param name="_back">P, or null for the identity.</param>
sealed record Whitening(Matrix<double> A, Matrix<double>? _back)
{
    /// <summary>Whitens a layer.</summary>
    public static Whitening Of(DenseLayer layer) => LayerCache.Get(layer, "whitened", () =>
        layer.Inputs is { } inputs ? Of(layer.ToMatrix(), inputs.Moments.Weighting) : new Whitening(layer.ToMatrix(), null));

    /// <summary>Whitens <paramref name="w"/> [M, N] by the positive definite <paramref name="c"/> [N, N].</summary>
    public static Whitening Of(Matrix<double> w, Matrix<double> c)
    {
        if (w.RowCount >= w.ColumnCount)
        {
            // C = L·Lᵀ: A = W·L, P = L⁻¹.
            var l = c.Cholesky().Factor;
            return new Whitening(w * l, SymmetricInverse.OfLower(l));
        }
        // W·C·Wᵀ = Q·Λ·Qᵀ: A = Q·Λ^½ has the same Gram matrix as W·C^½; rows of W outside its range do not exist.
        var eigen = (w * c).TransposeAndMultiply(w).Evd(Symmetricity.Symmetric);
        double[] roots = [.. eigen.EigenValues.Select(v => Math.Sqrt(Math.Max(0, v.Real)))];
        double least = 1e-9 * Math.Max(roots.Max(), double.Epsilon);
        int[] kept = [.. Enumerable.Range(0, roots.Length).Where(i => roots[i] > least).Reverse()]; // eigenvalues rise
        if (kept.Length == 0) kept = [roots.Length - 1];
        var q = Matrix<double>.Build.DenseOfColumnVectors(kept.Select(i => eigen.EigenVectors.Column(i)));
        var scaled = q.MapIndexed((_, k, v) => v * roots[kept[k]]);
        var back = q.TransposeThisAndMultiply(w).MapIndexed((k, _, v) => roots[kept[k]] > 0 ? v / roots[kept[k]] : 0);
        return new Whitening(scaled, back);
    }

    /// <summary>A factor on the right, [r, k], in the layer's own inputs: [r, N].</summary>
    public Matrix<double> Back(Matrix<double> u) => _back is null ? u : u * _back;
}
