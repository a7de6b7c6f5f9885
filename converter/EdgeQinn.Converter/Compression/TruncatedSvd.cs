using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace EdgeQinn.Converter.Compression;

/// <summary>A ≈ U·diag(σ)·Vᵀ with the largest singular values only, which is the nearest matrix of that rank (Eckart–Young).</summary>
/// <param name="U">[rows, rank], orthonormal columns.</param>
/// <param name="Sigma">Largest first.</param>
/// <param name="Vt">[rank, columns], orthonormal rows.</param>
/// <param name="Discarded">The singular values left out.</param>
public sealed record TruncatedSvd(Matrix<double> U, double[] Sigma, Matrix<double> Vt, double[] Discarded)
{
    /// <summary>diag(σ)·Vᵀ.</summary>
    public Matrix<double> ScaledVt => Matrix<double>.Build.DenseOfDiagonalArray(Sigma) * Vt;

    /// <summary>The decomposition with no more than <paramref name="rank"/> of the values it has.</summary>
    public TruncatedSvd Truncated(int rank) => rank >= Sigma.Length ? this
        : new(U.SubMatrix(0, U.RowCount, 0, rank), Sigma[..rank], Vt.SubMatrix(0, rank, 0, Vt.ColumnCount), [.. Sigma[rank..], .. Discarded]);

    /// <summary>The decomposition with <paramref name="rank"/> values, or as many as there are.</summary>
    public static TruncatedSvd OfRank(Matrix<double> a, int rank) => Truncate(a, sigma => Math.Min(rank, sigma.Length));

    /// <summary>The fewest values (at least one) whose leaving out changes A by no more than <paramref name="error"/> in the Frobenius norm.</summary>
    public static TruncatedSvd OfError(Matrix<double> a, double error) => Truncate(a, sigma =>
    {
        double tail = 0;
        int rank = sigma.Length;
        while (rank > 1 && tail + sigma[rank - 1] * sigma[rank - 1] <= error * error) tail += sigma[--rank] * sigma[rank];
        return rank;
    });

    static TruncatedSvd Truncate(Matrix<double> a, Func<double[], int> choose)
    {
        // The library's SVD wants no more columns than rows, or it works on the longer side.
        bool wide = a.ColumnCount > a.RowCount;
        var tall = wide ? a.Transpose() : a;
        // Its U is square: of a train's unfolding, 4 columns of tens of thousands of rows, it would fill the memory. A = Q·R, R = U·diag(σ)·Vᵀ is as exact.
        var qr = tall.RowCount > tall.ColumnCount ? tall.QR(QRMethod.Thin) : null;
        var svd = (qr?.R ?? tall).Svd(computeVectors: true);
        double[] sigma = [.. svd.S.Take(Math.Min(a.RowCount, a.ColumnCount))];
        int rank = choose(sigma);
        var left = svd.U.SubMatrix(0, svd.U.RowCount, 0, rank);
        if (qr is not null) left = qr.Q * left;
        var right = svd.VT.SubMatrix(0, rank, 0, svd.VT.ColumnCount);
        var (u, vt) = wide ? (right.Transpose(), left.Transpose()) : (left, right);
        return new TruncatedSvd(u, sigma[..rank], vt, sigma[rank..]);
    }

    /// <summary>
    /// The decomposition of <paramref name="rank"/> by the eigenvectors of the smaller Gram matrix: many times faster than <see cref="OfRank"/>, good to half the
    /// digits, which is plenty for what is fitted further.
    /// </summary>
    public static TruncatedSvd Leading(Matrix<double> a, int rank)
    {
        bool wide = a.RowCount <= a.ColumnCount;
        var eigen = (wide ? a.TransposeAndMultiply(a) : a.TransposeThisAndMultiply(a)).Evd(Symmetricity.Symmetric);
        int size = eigen.EigenValues.Count;
        double[] sigma = [.. eigen.EigenValues.Select(v => Math.Sqrt(Math.Max(0, v.Real))).Reverse()];
        int kept = Math.Clamp(sigma.Count(s => s > 1e-7 * sigma[0]), 1, rank);
        var vectors = Matrix<double>.Build.Dense(size, kept, (i, k) => eigen.EigenVectors[i, size - 1 - k]);
        var inverse = Matrix<double>.Build.DenseOfDiagonalArray([.. sigma[..kept].Select(s => s > 0 ? 1 / s : 0)]);
        return wide ? new TruncatedSvd(vectors, sigma[..kept], inverse * vectors.TransposeThisAndMultiply(a), sigma[kept..])
            : new TruncatedSvd(a * vectors * inverse, sigma[..kept], vectors.Transpose(), sigma[kept..]);
    }

    /// <summary>The <paramref name="rank"/> leading left singular vectors of A, from the Gram matrix of its shorter side.</summary>
    public static Matrix<double> LeadingVectors(Matrix<double> a, int rank)
    {
        if (a.ColumnCount < a.RowCount) return OfRank(a, rank).U;
        var eigen = (a * a.Transpose()).Evd(Symmetricity.Symmetric);
        // Eigenvalues rise.
        return Matrix<double>.Build.Dense(a.RowCount, rank, (i, k) => eigen.EigenVectors[i, a.RowCount - 1 - k]);
    }
}
