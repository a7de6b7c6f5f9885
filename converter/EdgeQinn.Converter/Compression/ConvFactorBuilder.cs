using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>Convolution weights [C_out, C_in, K…] as chains of smaller convolutions.</summary>
public static class ConvFactorBuilder
{
    /// <summary>Tucker-2 by HOOI: C_in → <paramref name="inRank"/> → <paramref name="outRank"/> → C_out.</summary>
    public static Tucker2Weight Tucker2(DenseLayer layer, int inRank, int outRank)
    {
        var fit = Tucker2Fit.Of(Slices(layer), outRank, inRank);
        int r1 = fit.U.RowCount, r2 = fit.S.ColumnCount, taps = fit.C.Count;
        var core = new float[r2 * r1 * taps];
        for (int b = 0; b < r2; b++)
            for (int a = 0; a < r1; a++)
                for (int k = 0; k < taps; k++) core[(b * r1 + a) * taps + k] = (float)fit.C[k][b, a];
        return new Tucker2Weight(layer.Type, Factor.Store(fit.U), new DenseWeight(core, [r2, r1, .. layer.Type.Shape.AsSpan()[2..]]), Factor.Store(fit.S));
    }

    /// <summary>CP by alternating least squares: C_in → <paramref name="rank"/>, a filter of its own for each, → C_out.</summary>
    public static CpWeight Cp(DenseLayer layer, int rank)
    {
        var fit = CpFit.Of(Slices(layer), rank);
        return new CpWeight(layer.Type, Factor.Store(fit.U), Factor.Store(fit.C.Transpose(), [rank, 1, .. layer.Type.Shape.AsSpan()[2..]]), Factor.Store(fit.S));
    }

    /// <summary>One matrix [C_out, C_in] per tap.</summary>
    static Matrix<double>[] Slices(DenseLayer layer)
    {
        int channels = layer.Type.Shape[1], taps = layer.Columns / channels;
        return [.. Enumerable.Range(0, taps).Select(k => Matrix<double>.Build.Dense(layer.Rows, channels, (o, c) => layer.Data[(o * channels + c) * taps + k]))];
    }
}
