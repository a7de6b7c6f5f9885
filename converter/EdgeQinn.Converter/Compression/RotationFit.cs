using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Slices T_g ≈ S·R_g·U, R_g made of 2×2 rotations with an angle per pair of components. Alternates exact steps: each angle by minimising a
/// trigonometric polynomial of degree 2, S and U by least squares. The error never rises; the best of several starts is kept.
/// </summary>
/// <param name="S">[m, r].</param>
/// <param name="Angles">[G, r/2] in radians.</param>
/// <param name="U">[r, n].</param>
/// <param name="Error">‖T − fit‖ ÷ ‖T‖.</param>
public sealed record RotationFit(Matrix<double> S, Matrix<double> Angles, Matrix<double> U, double Error)
{
    /// <summary>Fits <paramref name="slices"/>, all [m, n], with an even <paramref name="rank"/>.</summary>
    public static RotationFit Of(IReadOnlyList<Matrix<double>> slices, int rank, int sweeps = 200, int starts = 4)
    {
        RotationFit? best = null;
        for (int start = 0; start < starts && !(best?.Error < 1e-7); start++)
        {
            var fit = Run(slices, rank, sweeps, new Random(2003 + start));
            if (best is null || fit.Error < best.Error) best = fit;
        }
        return best!;
    }

    static RotationFit Run(IReadOnlyList<Matrix<double>> slices, int rank, int sweeps, Random random)
    {
        int groups = slices.Count;
        double norm = Math.Sqrt(slices.Sum(t => Math.Pow(t.FrobeniusNorm(), 2)));
        var angles = Matrix<double>.Build.Dense(groups, rank / 2, (_, _) => 2 * Math.PI * random.NextDouble());
        var u = Matrix<double>.Build.Dense(rank, slices[0].ColumnCount, (_, _) => random.NextDouble() - 0.5);
        Matrix<double> s = null!;
        double error = double.PositiveInfinity;
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            s = SolveLeft(slices, [.. Enumerable.Range(0, groups).Select(g => Rotate(u, angles, g))]);
            u = SolveLeft([.. slices.Select(t => t.Transpose())], [.. Enumerable.Range(0, groups).Select(g => RotateBack(s, angles, g).Transpose())]).Transpose();
            for (int g = 0; g < groups; g++) FitAngles(slices[g], s, u, angles, g);
            double now = Math.Sqrt(Enumerable.Range(0, groups).Sum(g => Math.Pow((slices[g] - s * Rotate(u, angles, g)).FrobeniusNorm(), 2))) / Math.Max(norm, double.Epsilon);
            if (error - now < 1e-10 && sweep > 20) { error = now; break; }
            error = now;
        }
        return new RotationFit(s, angles, u, error);
    }

    /// <summary>R_g·U.</summary>
    static Matrix<double> Rotate(Matrix<double> u, Matrix<double> angles, int g)
    {
        var result = u.Clone();
        for (int p = 0; p < angles.ColumnCount; p++)
        {
            var (sin, cos) = Math.SinCos(angles[g, p]);
            result.SetRow(2 * p, cos * u.Row(2 * p) - sin * u.Row(2 * p + 1));
            result.SetRow(2 * p + 1, sin * u.Row(2 * p) + cos * u.Row(2 * p + 1));
        }
        return result;
    }

    /// <summary>S·R_g.</summary>
    static Matrix<double> RotateBack(Matrix<double> s, Matrix<double> angles, int g)
    {
        var result = s.Clone();
        for (int p = 0; p < angles.ColumnCount; p++)
        {
            var (sin, cos) = Math.SinCos(angles[g, p]);
            result.SetColumn(2 * p, cos * s.Column(2 * p) + sin * s.Column(2 * p + 1));
            result.SetColumn(2 * p + 1, cos * s.Column(2 * p + 1) - sin * s.Column(2 * p));
        }
        return result;
    }

    /// <summary>The X that minimises Σ_g ‖T_g − X·B_g‖².</summary>
    static Matrix<double> SolveLeft(IReadOnlyList<Matrix<double>> targets, IReadOnlyList<Matrix<double>> bases)
    {
        var gram = bases.Select(b => b.TransposeAndMultiply(b)).Aggregate((a, b) => a + b);
        var right = targets.Zip(bases, (t, b) => t.TransposeAndMultiply(b)).Aggregate((a, b) => a + b);
        double ridge = 1e-10 * Math.Max(gram.Trace() / gram.RowCount, double.Epsilon);
        return (gram + ridge * Matrix<double>.Build.DenseIdentity(gram.RowCount)).LU().Solve(right.Transpose()).Transpose();
    }

    /// <summary>Angle by angle, the others held: ‖E − cosφ·P − sinφ·Q‖² with P and Q the pair's two outer products.</summary>
    static void FitAngles(Matrix<double> target, Matrix<double> s, Matrix<double> u, Matrix<double> angles, int g)
    {
        var rest = target - s * Rotate(u, angles, g);
        for (int p = 0; p < angles.ColumnCount; p++)
        {
            Vector<double> s0 = s.Column(2 * p), s1 = s.Column(2 * p + 1), u0 = u.Row(2 * p), u1 = u.Row(2 * p + 1);
            var along = s0.OuterProduct(u0) + s1.OuterProduct(u1);
            var across = s1.OuterProduct(u0) - s0.OuterProduct(u1);
            var (sin, cos) = Math.SinCos(angles[g, p]);
            rest += cos * along + sin * across;
            double a = Inner(rest, along), b = Inner(rest, across), aa = Inner(along, along), bb = Inner(across, across), ab = Inner(along, across);
            double phi = Minimise(t => { var (si, co) = Math.SinCos(t); return aa * co * co + bb * si * si + 2 * ab * si * co - 2 * (a * co + b * si); }, angles[g, p]);
            (sin, cos) = Math.SinCos(phi);
            rest -= cos * along + sin * across;
            angles[g, p] = phi;
        }
    }

    static double Inner(Matrix<double> a, Matrix<double> b) => a.PointwiseMultiply(b).RowSums().Sum();

    /// <summary>The least value of a trigonometric polynomial of degree 2, which has at most two valleys: a grid, then golden sections.</summary>
    static double Minimise(Func<double, double> f, double current)
    {
        const int Grid = 16;
        const double Golden = 0.6180339887498949;
        double best = current;
        for (int i = 0; i < Grid; i++)
            if (f(2 * Math.PI * i / Grid) < f(best)) best = 2 * Math.PI * i / Grid;
        double low = best - 2 * Math.PI / Grid, high = best + 2 * Math.PI / Grid;
        for (int i = 0; i < 60; i++)
        {
            double inner = high - Golden * (high - low), outer = low + Golden * (high - low);
            if (f(inner) < f(outer)) high = outer;
            else low = inner;
        }
        double found = (low + high) / 2;
        return f(found) < f(current) ? found : current;
    }
}
