using EdgeQinn.Converter.Compression;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Selection;

/// <summary>
/// The singular values of a weight across one cut of its indices, and the entanglement entropy they make: S = −Σ p ln p with p = σ²/Σσ². Near the value of
/// a random matrix (<see cref="Page"/>) the cut cannot be truncated; near 0 one term is almost all (METHODS §3h).
/// </summary>
/// <param name="Cut">Which indices are parted from which.</param>
/// <param name="Sigma">The singular values, largest first, the largest scaled to 1.</param>
/// <param name="Entropy">S in nats.</param>
/// <param name="Page">What S is for a random matrix of that shape: ln a − a/(2b), a ≤ b (Page 1993).</param>
public sealed record CutSpectrum(string Cut, double[] Sigma, double Entropy, double Page)
{
    /// <summary>1 − S ÷ Page: 0 for a random matrix, 1 for a product.</summary>
    public double Compressibility => Page > 0 ? 1 - Entropy / Page : 0;

    /// <summary>The spectrum of a matrix.</summary>
    public static CutSpectrum Of(string cut, Matrix<double> matrix)
    {
        int a = Math.Min(matrix.RowCount, matrix.ColumnCount), b = Math.Max(matrix.RowCount, matrix.ColumnCount);
        double[] sigma = Singular(matrix);
        double total = sigma.Sum(s => s * s), entropy = 0;
        foreach (double s in sigma)
            if (s * s / total is var p and > 0) entropy -= p * Math.Log(p);
        return new CutSpectrum(cut, [.. sigma.Select(s => s / Math.Max(sigma[0], double.Epsilon))], entropy, Math.Log(a) - a / (2.0 * b));
    }

    /// <summary>The cuts of a layer: rows against columns, of the weight and with calibration of its outputs, and the two sites of a tensor train.</summary>
    public static IReadOnlyList<CutSpectrum> OfLayer(DenseLayer layer)
    {
        var spectra = new List<CutSpectrum> { Of("rows | columns, weights", layer.ToMatrix()) };
        if (layer.Inputs is not null) spectra.Add(Of("rows | columns, calibrated", Whitening.Of(layer).A));
        int g = Divisor(layer.Rows), h = Divisor(layer.Columns);
        if (g > 1 && h > 1) spectra.Add(Of($"({g}·{h}) | ({layer.Rows / g}·{layer.Columns / h}), weights", EntangledBuilder.Rearrange(layer, g, h)));
        return spectra;
    }

    /// <summary>The divisor nearest to √n.</summary>
    static int Divisor(int n)
    {
        int best = 1;
        for (int d = 2; d * d <= n; d++)
            if (n % d == 0) best = d;
        return best;
    }

    static double[] Singular(Matrix<double> m)
    {
        var gram = m.RowCount <= m.ColumnCount ? m.TransposeAndMultiply(m) : m.TransposeThisAndMultiply(m);
        return [.. gram.Evd(Symmetricity.Symmetric).EigenValues.Select(v => Math.Sqrt(Math.Max(0, v.Real))).Reverse()];
    }
}
