using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Convolution weights [C_out, C_in, K…] as chains of smaller convolutions. With calibration the slices are fitted in whitened channels, and then the
/// factors behind the first, for which there is a closed form, against the covariance of whole patches.
/// </summary>
public static class ConvFactorBuilder
{
    /// <summary>Tucker-2 by HOOI: C_in → <paramref name="inRank"/> → <paramref name="outRank"/> → C_out.</summary>
    public static Tucker2Weight Tucker2(DenseLayer layer, int inRank, int outRank)
    {
        var (slices, back) = Slices(layer);
        var fit = Tucker2Fit.Of(slices, outRank, inRank);
        var u = back(fit.U);
        var (s, c) = layer.Inputs is null ? (fit.S, fit.C) : ReadOut(layer, u, outRank);
        int r1 = u.RowCount, r2 = s.ColumnCount, taps = c.Count;
        var core = new float[r2 * r1 * taps];
        for (int b = 0; b < r2; b++)
            for (int a = 0; a < r1; a++)
                for (int k = 0; k < taps; k++) core[(b * r1 + a) * taps + k] = (float)c[k][b, a];
        return new Tucker2Weight(layer.Type, Factor.Store(u), new DenseWeight(core, [r2, r1, .. layer.Type.Shape.AsSpan()[2..]]), Factor.Store(s));
    }

    /// <summary>CP by alternating least squares: C_in → <paramref name="rank"/>, a filter of its own for each, → C_out.</summary>
    public static CpWeight Cp(DenseLayer layer, int rank)
    {
        var (slices, back) = Slices(layer);
        // Calibration tries many ranks; one start and the sweeps that matter are enough for choosing.
        var fit = layer.Inputs is null ? CpFit.Of(slices, rank) : CpFit.Of(slices, rank, sweeps: 60, starts: layer.Data.Length > 4096 ? 1 : 3);
        var u = back(fit.U);
        var s = layer.Inputs is null ? fit.S : Regression(layer, Basis(layer, rank, (r, c, k) => u[r, c] * fit.C[k, r]));
        return new CpWeight(layer.Type, Factor.Store(u), Factor.Store(fit.C.Transpose(), [rank, 1, .. layer.Type.Shape.AsSpan()[2..]]), Factor.Store(s));
    }

    /// <summary>One matrix [C_out, C_in] per tap, in whitened channels with calibration, and the way back for a factor on the right.</summary>
    static (Matrix<double>[] Slices, Func<Matrix<double>, Matrix<double>> Back) Slices(DenseLayer layer)
    {
        int channels = layer.Type.Shape[1], taps = layer.Columns / channels;
        Matrix<double>[] slices = [.. Enumerable.Range(0, taps).Select(k => Matrix<double>.Build.Dense(layer.Rows, channels, (o, c) => layer.Data[(o * channels + c) * taps + k]))];
        if (layer.Inputs is not { } inputs) return (slices, u => u);
        // What channels have in common at one position, the mean over the taps.
        var h = inputs.Moments.Weighting;
        var l = Matrix<double>.Build.Dense(channels, channels, (a, b) => Enumerable.Range(0, taps).Sum(k => h[a * taps + k, b * taps + k]) / taps).Cholesky().Factor;
        var inverse = SymmetricInverse.OfLower(l);
        return (Array.ConvertAll(slices, t => t * l), u => u * inverse);
    }

    /// <summary>The best S and C_k for channels reduced by U: reduced-rank regression on the patches of U·x (Izenman 1975), in closed form.</summary>
    static (Matrix<double> S, IReadOnlyList<Matrix<double>> C) ReadOut(DenseLayer layer, Matrix<double> u, int rank)
    {
        int channels = layer.Type.Shape[1], taps = layer.Columns / channels, r1 = u.RowCount;
        var basis = Basis(layer, r1 * taps, (r, c, k) => r % taps == k ? u[r / taps, c] : 0);
        var regression = Regression(layer, basis);
        var whitened = Whitening.Of(regression, Gram(layer, basis));
        var svd = TruncatedSvd.OfRank(whitened.A, rank);
        var core = whitened.Back(svd.ScaledVt);
        return (svd.U, [.. Enumerable.Range(0, taps).Select(k => Matrix<double>.Build.Dense(core.RowCount, r1, (b, a) => core[b, a * taps + k]))]);
    }

    /// <summary>Rows that patches [C_in·K] are projected on.</summary>
    static Matrix<double> Basis(DenseLayer layer, int rows, Func<int, int, int, double> element)
    {
        int taps = layer.Columns / layer.Type.Shape[1];
        return Matrix<double>.Build.Dense(rows, layer.Columns, (r, ck) => element(r, ck / taps, ck % taps));
    }

    /// <summary>The X that makes the outputs of X·B nearest to those of W: X·(B·H·Bᵀ) = W·H·Bᵀ.</summary>
    static Matrix<double> Regression(DenseLayer layer, Matrix<double> basis)
    {
        var right = basis * layer.Inputs!.Moments.Weighting * layer.ToMatrix().Transpose();
        return Gram(layer, basis).Cholesky().Solve(right).Transpose();
    }

    static Matrix<double> Gram(DenseLayer layer, Matrix<double> basis)
    {
        var gram = (basis * layer.Inputs!.Moments.Weighting).TransposeAndMultiply(basis);
        // Components that have run against each other leave it nearly singular.
        return gram + 1e-9 * gram.Trace() / gram.RowCount * Matrix<double>.Build.DenseIdentity(gram.RowCount);
    }
}
