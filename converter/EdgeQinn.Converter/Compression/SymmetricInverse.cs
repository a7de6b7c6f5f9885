using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>Inverses by rows and vector instructions: the library's own, by elimination with pivots, take thirty times as long at the sizes of a layer.</summary>
static class SymmetricInverse
{
    /// <summary>The inverse of a positive definite matrix, row-major.</summary>
    public static double[] Of(Matrix<double> a)
    {
        int n = a.RowCount;
        double[] lower = Lower(a.Cholesky().Factor), inverse = new double[(long)n * n];
        // A⁻¹ = XᵀX with X = L⁻¹.
        for (int i = 0; i < n; i++)
        {
            var row = lower.AsSpan(i * n, i + 1);
            for (int j = 0; j <= i; j++)
                if (row[j] is var x and not 0)
                {
                    var target = inverse.AsSpan(j * n, j + 1);
                    TensorPrimitives.MultiplyAdd(row[..(j + 1)], x, target, target);
                }
        }
        for (int i = 0; i < n; i++)
            for (int j = i + 1; j < n; j++) inverse[i * n + j] = inverse[j * n + i];
        return inverse;
    }

    /// <summary>The inverse of a lower triangular matrix.</summary>
    public static Matrix<double> OfLower(Matrix<double> l)
    {
        int n = l.RowCount;
        double[] inverse = Lower(l);
        return Matrix<double>.Build.Dense(n, n, (i, j) => inverse[i * n + j]);
    }

    /// <summary>L⁻¹, row-major: row i is (eᵢ − Σ_{k&lt;i} L[i, k]·row k) / L[i, i].</summary>
    static double[] Lower(Matrix<double> l)
    {
        int n = l.RowCount;
        var inverse = new double[(long)n * n];
        for (int i = 0; i < n; i++)
        {
            var row = inverse.AsSpan(i * n, i + 1);
            row[i] = 1;
            for (int k = 0; k < i; k++)
            {
                var target = row[..(k + 1)];
                if (l[i, k] is var x and not 0) TensorPrimitives.MultiplyAdd(inverse.AsSpan(k * n, k + 1), -x, target, target);
            }
            TensorPrimitives.Divide(row, l[i, i], row);
        }
        return inverse;
    }
}
