using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Slices T_g[a, j] ≈ Σ_r S[a, r]·C[g, r]·U[r, j]: canonical polyadic form by alternating least squares with a small ridge, which keeps
/// components from growing against each other (Phan et al. 2020), the best of several starts.
/// </summary>
/// <param name="S">[m, r].</param>
/// <param name="C">[G, r].</param>
/// <param name="U">[r, n].</param>
/// <param name="Error">‖T − fit‖ ÷ ‖T‖.</param>
public sealed record CpFit(Matrix<double> S, Matrix<double> C, Matrix<double> U, double Error)
{
    /// <summary>Fits <paramref name="slices"/>, all [m, n].</summary>
    public static CpFit Of(IReadOnlyList<Matrix<double>> slices, int rank, int sweeps = 200, int starts = 3)
    {
        CpFit? best = null;
        for (int start = 0; start < starts && !(best?.Error < 1e-7); start++)
        {
            var fit = Run(slices, rank, sweeps, start);
            if (best is null || fit.Error < best.Error) best = fit;
        }
        return best!;
    }

    static CpFit Run(IReadOnlyList<Matrix<double>> slices, int rank, int sweeps, int start)
    {
        int groups = slices.Count, m = slices[0].RowCount, n = slices[0].ColumnCount;
        double norm2 = slices.Sum(t => Math.Pow(t.FrobeniusNorm(), 2));
        var random = new Random(1009 + start);
        var s = Start(slices, m, rank, start, random);
        var c = Matrix<double>.Build.Dense(groups, rank, (_, _) => 1 + 0.5 * Normal(random));
        if (start == 1)
            c.SetSubMatrix(0, 0, TruncatedSvd.LeadingVectors(DenseMatrix.OfRowArrays(slices.Select(t => t.ToRowMajorArray())), Math.Min(groups, rank)));
        var u = Matrix<double>.Build.Dense(rank, n, (_, _) => Normal(random));
        double error = double.PositiveInfinity;
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            u = Solve(Gram(s).PointwiseMultiply(Gram(c)), Sum(groups, rank, n, g => Scale(s, c.Row(g)).TransposeThisAndMultiply(slices[g])));
            s = Solve(Gram(u.Transpose()).PointwiseMultiply(Gram(c)), Sum(groups, rank, m, g => Scale(u.Transpose(), c.Row(g)).Transpose() * slices[g].Transpose())).Transpose();
            Normalise(s, u);
            var gram = Gram(s).PointwiseMultiply(Gram(u.Transpose()));
            var right = Matrix<double>.Build.Dense(rank, groups);
            for (int g = 0; g < groups; g++) right.SetColumn(g, (s.TransposeThisAndMultiply(slices[g])).PointwiseMultiply(u).RowSums());
            c = Solve(gram, right).Transpose();

            // ‖T − fit‖² = ‖T‖² − 2⟨T, fit⟩ + ‖fit‖², all from the Gram matrices.
            double inner = right.Transpose().PointwiseMultiply(c).RowSums().Sum();
            double model = (c * gram).PointwiseMultiply(c).RowSums().Sum();
            double now = Math.Sqrt(Math.Max(0, norm2 - 2 * inner + model) / Math.Max(norm2, double.Epsilon));
            if (error - now < 1e-10 && sweep > 20) { error = now; break; }
            error = now;
        }
        return new CpFit(s, c, u, error);
    }

    /// <summary>The first two starts take the leading directions of the slices beside each other (the second also those of the slices among themselves), the others draw.</summary>
    static Matrix<double> Start(IReadOnlyList<Matrix<double>> slices, int m, int rank, int start, Random random)
    {
        var s = Matrix<double>.Build.Dense(m, rank, (_, _) => Normal(random));
        if (start > 1) return s;
        var leading = TruncatedSvd.LeadingVectors(slices.Aggregate((a, b) => a.Append(b)), Math.Min(m, rank));
        s.SetSubMatrix(0, 0, leading);
        return s;
    }

    static Matrix<double> Gram(Matrix<double> a) => a.TransposeThisAndMultiply(a);

    static Matrix<double> Scale(Matrix<double> a, Vector<double> columns) => a.MapIndexed((_, k, v) => v * columns[k]);

    static Matrix<double> Sum(int groups, int rows, int columns, Func<int, Matrix<double>> term)
    {
        Matrix<double> sum = DenseMatrix.Create(rows, columns, 0);
        for (int g = 0; g < groups; g++) sum += term(g);
        return sum;
    }

    static Matrix<double> Solve(Matrix<double> gram, Matrix<double> right)
    {
        double ridge = 1e-9 * Math.Max(gram.Trace() / gram.RowCount, double.Epsilon);
        return (gram + ridge * Matrix<double>.Build.DenseIdentity(gram.RowCount)).LU().Solve(right);
    }

    static void Normalise(Matrix<double> s, Matrix<double> u)
    {
        for (int r = 0; r < s.ColumnCount; r++)
        {
            double a = s.Column(r).L2Norm(), b = u.Row(r).L2Norm();
            if (!(a > 0) || !(b > 0)) continue;
            double balance = Math.Sqrt(b / a);
            s.SetColumn(r, s.Column(r) * balance);
            u.SetRow(r, u.Row(r) / balance);
        }
    }

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
