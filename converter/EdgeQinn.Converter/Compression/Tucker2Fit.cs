using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Slices T_g ≈ S·C_g·U with one S and one U for all: Tucker-2 by higher-order SVD and orthogonal iteration (De Lathauwer, De Moor and
/// Vandewalle 2000, SIAM J. Matrix Anal. Appl. 21, 1324). The error never rises from sweep to sweep.
/// </summary>
/// <param name="S">[m, r2], orthonormal columns.</param>
/// <param name="C">[r2, r1] per slice.</param>
/// <param name="U">[r1, n], orthonormal rows.</param>
public sealed record Tucker2Fit(Matrix<double> S, IReadOnlyList<Matrix<double>> C, Matrix<double> U)
{
    /// <summary>Fits <paramref name="slices"/>, all [m, n].</summary>
    public static Tucker2Fit Of(IReadOnlyList<Matrix<double>> slices, int left, int right, int sweeps = 25)
    {
        left = Math.Min(left, slices[0].RowCount);
        right = Math.Min(right, slices[0].ColumnCount);
        var u = TruncatedSvd.LeadingVectors(Beside(slices.Select(t => t.Transpose())), right).Transpose();
        var s = TruncatedSvd.LeadingVectors(Beside(slices), left);
        double before = -1;
        for (int i = 0; i < sweeps; i++)
        {
            s = TruncatedSvd.LeadingVectors(Beside(slices.Select(t => t.TransposeAndMultiply(u))), left);
            u = TruncatedSvd.LeadingVectors(Beside(slices.Select(t => t.TransposeThisAndMultiply(s))), right).Transpose();
            // With orthonormal factors the error is ‖T‖² − ‖C‖².
            double kept = slices.Sum(t => Math.Pow((s.TransposeThisAndMultiply(t) * u.Transpose()).FrobeniusNorm(), 2));
            if (kept <= before * (1 + 1e-12)) break;
            before = kept;
        }
        return new Tucker2Fit(s, [.. slices.Select(t => s.TransposeThisAndMultiply(t) * u.Transpose())], u);
    }

    static Matrix<double> Beside(IEnumerable<Matrix<double>> blocks) => Matrix<double>.Build.DenseOfMatrixArray(Row([.. blocks]));

    static Matrix<double>[,] Row(Matrix<double>[] blocks)
    {
        var row = new Matrix<double>[1, blocks.Length];
        for (int i = 0; i < blocks.Length; i++) row[0, i] = blocks[i];
        return row;
    }
}
