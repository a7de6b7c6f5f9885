using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Entangled blocks: groups of rows that share one state, each kind by its own fit (METHODS of the project: CP, rotations, Tucker-2, operator-Schmidt),
/// in whitened inputs where the layer is calibrated.
/// </summary>
public static class EntangledBuilder
{
    /// <summary>Where formats are chosen by calibration, many are tried: one start, and the sweeps that matter.</summary>
    static bool IsQuick(DenseLayer layer) => layer.Inputs is not null && layer.Data.Length > 4096;

    /// <summary>Phase: y_g = S (c_g ∘ U x), by CP-ALS.</summary>
    public static EntangledWeight Phase(DenseLayer layer, int groups, int rank)
    {
        var whitened = Whitening.Of(layer);
        var fit = IsQuick(layer) ? CpFit.Of(Slices(whitened.A, groups), rank, sweeps: 40, starts: 1) : CpFit.Of(Slices(whitened.A, groups), rank);
        return new EntangledWeight(layer.Type, layer.Rows, EntangledKind.Phase, Factor.Store(whitened.Back(fit.U)), Factor.Store(fit.S), Factor.Store(fit.C));
    }

    /// <summary>Rotation: y_g = S R(φ_g) U x, with an even rank.</summary>
    public static EntangledWeight Rotation(DenseLayer layer, int groups, int rank)
    {
        if (rank % 2 != 0) throw new ArgumentException($"rotations turn pairs: rank {rank} must be even", nameof(rank));
        var whitened = Whitening.Of(layer);
        var fit = IsQuick(layer) ? RotationFit.Of(Slices(whitened.A, groups), rank, sweeps: 25, starts: 1) : RotationFit.Of(Slices(whitened.A, groups), rank);
        return new EntangledWeight(layer.Type, layer.Rows, EntangledKind.Rotation, Factor.Store(whitened.Back(fit.U)), Factor.Store(fit.S), Factor.Store(fit.Angles));
    }

    /// <summary>Coupled: y_g = S C_g U x, by HOOI, with a state of <paramref name="rank"/> and a read-out of <paramref name="readOut"/>.</summary>
    public static EntangledWeight Coupled(DenseLayer layer, int groups, int rank, int readOut)
    {
        var whitened = Whitening.Of(layer);
        var fit = Tucker2Fit.Of(Slices(whitened.A, groups), readOut, rank);
        return new EntangledWeight(layer.Type, layer.Rows, EntangledKind.Coupled, Factor.Store(whitened.Back(fit.U)), Factor.Store(fit.S),
            Factor.Store(fit.C, groups, fit.S.ColumnCount, fit.U.RowCount));
    }

    /// <summary>
    /// Schmidt: W = Σ_k A_k ⊗ B_k with <paramref name="terms"/> terms, by SVD of the rearranged matrix, which is optimal
    /// (Van Loan and Pitsianis 1993); with calibration by alternating least squares, as the tensor train of two cores that it is.
    /// </summary>
    public static EntangledWeight Schmidt(DenseLayer layer, int groups, int inputGroups, int terms)
    {
        if (layer.Inputs is not null) return CalibratedSchmidt(layer, groups, inputGroups, terms);
        var svd = TruncatedSvd.OfRank(Rearrange(layer, groups, inputGroups), terms);
        int rank = svd.Sigma.Length;
        var root = Matrix<double>.Build.DenseOfDiagonalArray([.. svd.Sigma.Select(Math.Sqrt)]);
        return new EntangledWeight(layer.Type, layer.Rows, EntangledKind.Schmidt,
            Factor.Store((svd.U * root).Transpose(), rank, groups, inputGroups),
            Factor.Store(root * svd.Vt, rank, layer.Rows / groups, layer.Columns / inputGroups));
    }

    static EntangledWeight CalibratedSchmidt(DenseLayer layer, int groups, int inputGroups, int terms)
    {
        int m = Divide(layer.Rows, groups, "rows"), n = Divide(layer.Columns, inputGroups, "columns");
        var cores = MpsBuilder.OfBond(layer, [groups, m], [inputGroups, n], terms).Weight.Cores;
        int rank = cores[0].Type.Shape[3];
        float[] first = cores[0].ToArray(), a = new float[first.Length];
        for (int gg = 0; gg < groups * inputGroups; gg++)
            for (int k = 0; k < rank; k++) a[k * groups * inputGroups + gg] = first[gg * rank + k];
        return new EntangledWeight(layer.Type, layer.Rows, EntangledKind.Schmidt,
            new DenseWeight(a, rank, groups, inputGroups), new DenseWeight(cores[1].ToArray(), rank, m, n));
    }

    /// <summary>R[(g, g'), (a, b)] = W[(g, a), (g', b)]: its singular values are the operator-Schmidt spectrum.</summary>
    public static Matrix<double> Rearrange(DenseLayer layer, int groups, int inputGroups)
    {
        int m = Divide(layer.Rows, groups, "rows"), n = Divide(layer.Columns, inputGroups, "columns");
        return Matrix<double>.Build.Dense(groups * inputGroups, m * n, (gg, ab) =>
            layer.Data[(gg / inputGroups * m + ab / n) * layer.Columns + gg % inputGroups * n + ab % n]);
    }

    static Matrix<double>[] Slices(Matrix<double> a, int groups)
    {
        int m = Divide(a.RowCount, groups, "rows");
        return [.. Enumerable.Range(0, groups).Select(g => a.SubMatrix(g * m, m, 0, a.ColumnCount))];
    }

    static int Divide(int total, int groups, string what) =>
        groups > 0 && total % groups == 0 ? total / groups : throw new EdgeQinnException($"{total} {what} do not split into {groups} groups");
}
