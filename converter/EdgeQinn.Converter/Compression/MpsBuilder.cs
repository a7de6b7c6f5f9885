using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Matrix-product operators by TT-SVD (Oseledets 2011, SIAM J. Sci. Comput. 33, 2295, algorithm 1). With calibration the weight is first whitened by the
/// covariance of each column mode (a Kronecker product, which the train's form survives), and the cores are then fitted to the whole covariance by
/// alternating least squares (<see cref="MpsSweeps"/>).
/// </summary>
public static class MpsBuilder
{
    const int Sweeps = 12;

    /// <summary>The weight and, bond by bond, the norm of what was cut off: without calibration ‖W − Ŵ‖² is the sum of their squares.</summary>
    public sealed record Result(MpsWeight Weight, IReadOnlyList<double> Cut);

    /// <summary>The decomposition with no bond larger than <paramref name="bond"/>.</summary>
    /// <param name="layer">The dense weight, padded with zeros to ∏modes.</param>
    /// <param name="rowModes">m_k, ∏ ≥ rows.</param>
    /// <param name="columnModes">n_k, ∏ ≥ columns.</param>
    /// <param name="bond">χ.</param>
    public static Result OfBond(DenseLayer layer, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, int bond)
    {
        int[] m = rowModes.ToArray(), n = columnModes.ToArray();
        if (layer.Inputs is not { } inputs) return Store(layer, TensorTrain(layer.Data, layer, m, n, a => TruncatedSvd.OfRank(a, bond)));
        return Store(layer, Calibrated(layer, new MpsSweeps(layer.ToMatrix(), inputs.Moments.Weighting, m, n), m, n, bond).Train);
    }

    /// <summary>
    /// The smallest bonds for which ‖W − Ŵ‖ ≤ <paramref name="tolerance"/>·‖W‖: each cut gets tolerance·‖W‖/√(d − 1). With calibration the smallest χ,
    /// the same at every bond, for which that holds of the outputs: ‖(W − Ŵ) C^½‖ ≤ tolerance·‖W C^½‖.
    /// </summary>
    public static Result OfTolerance(DenseLayer layer, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, double tolerance)
    {
        int[] m = rowModes.ToArray(), n = columnModes.ToArray();
        if (layer.Inputs is not { } inputs)
        {
            double norm = Math.Sqrt(layer.Data.Sum(w => (double)w * w)), share = tolerance * norm / Math.Sqrt(Math.Max(1, m.Length - 1));
            return Store(layer, TensorTrain(layer.Data, layer, m, n, a => TruncatedSvd.OfError(a, share)));
        }
        var sweeps = new MpsSweeps(layer.ToMatrix(), inputs.Moments.Weighting, m, n);
        for (int bond = 1; ; bond = bond < 4 ? bond + 1 : bond * 5 / 4)
        {
            var (train, error) = Calibrated(layer, sweeps, m, n, bond);
            if (error <= tolerance || train.Bonds.Max() < bond) return Store(layer, train);
        }
    }

    /// <summary>A train in the making.</summary>
    sealed record Train(MpsCores Cores, int[] Bonds, IReadOnlyList<double> Cut);

    static Result Store(DenseLayer layer, Train train) => new(train.Cores.Store(layer.Type, layer.Rows), train.Cut);

    static (Train Train, double Error) Calibrated(DenseLayer layer, MpsSweeps sweeps, int[] m, int[] n, int bond)
    {
        var factors = ModeFactors(layer.Inputs!.Moments.Weighting, n);
        var whitened = Enumerable.Range(0, n.Length).Aggregate(Padded(layer, n), (w, k) => AlongMode(w, n, k, factors[k]));
        var train = TensorTrain(whitened, layer, m, n, a => TruncatedSvd.Leading(a, bond));
        for (int k = 0; k < n.Length; k++) Unwhiten(train.Cores[k], n[k], train.Bonds[k + 1], SymmetricInverse.OfLower(factors[k]));
        return (train, sweeps.Run(train.Cores, Sweeps)[^1]);
    }

    static Train TensorTrain(float[] data, DenseLayer layer, int[] m, int[] n, Func<Matrix<double>, TruncatedSvd> truncate) =>
        TensorTrain(Array.ConvertAll(data, w => (double)w), layer.Rows, layer.Columns, m, n, truncate);

    static Train TensorTrain(double[] data, DenseLayer layer, int[] m, int[] n, Func<Matrix<double>, TruncatedSvd> truncate) =>
        TensorTrain(data, layer.Rows, data.Length / layer.Rows, m, n, truncate);

    static Train TensorTrain(double[] data, int rowCount, int columnCount, int[] rowModes, int[] columnModes, Func<Matrix<double>, TruncatedSvd> truncate)
    {
        int cores = rowModes.Length;
        double[] tensor = Interleave(data, rowCount, columnCount, rowModes, columnModes);
        var parts = new double[cores][];
        var bonds = new int[cores + 1];
        var cut = new List<double>();
        bonds[0] = bonds[cores] = 1;
        for (int k = 0; k < cores - 1; k++)
        {
            var svd = truncate(FromRowMajor(tensor, bonds[k] * rowModes[k] * columnModes[k]));
            bonds[k + 1] = svd.Sigma.Length;
            parts[k] = svd.U.ToRowMajorArray();
            cut.Add(Math.Sqrt(svd.Discarded.Sum(s => s * s)));
            tensor = svd.ScaledVt.ToRowMajorArray();
        }
        parts[^1] = tensor;
        return new Train(new MpsCores(parts, rowModes, columnModes, bonds), bonds, cut);
    }

    /// <summary>L_k with C ≈ ⊗ L_k·L_kᵀ: each mode's covariance is C summed over the others.</summary>
    static Matrix<double>[] ModeFactors(Matrix<double> c, int[] modes)
    {
        var factors = new Matrix<double>[modes.Length];
        for (int k = 0, after = modes.Aggregate(1, (a, b) => a * b); k < modes.Length; k++)
        {
            int n = modes[k], total = c.RowCount;
            after /= n;
            var partial = Matrix<double>.Build.Dense(n, n);
            for (int x = 0; x < total; x++)
            {
                int own = x / after % n;
                for (int other = 0; other < n; other++)
                    if (x + (other - own) * after is var y && y < total) partial[own, other] += c[x, y];
            }
            double level = partial.Trace() / n;
            partial = (partial + partial.Transpose()) / (2 * level);
            for (int i = 0; i < n; i++) partial[i, i] += 1e-3; // padding alone gives zeros
            factors[k] = partial.Cholesky().Factor;
        }
        return factors;
    }

    static double[] Padded(DenseLayer layer, int[] columnModes)
    {
        int columns = columnModes.Aggregate(1, (a, b) => a * b);
        var padded = new double[layer.Rows * columns];
        for (int i = 0; i < layer.Rows; i++)
            for (int j = 0; j < layer.Columns; j++) padded[i * columns + j] = layer.Data[i * layer.Columns + j];
        return padded;
    }

    /// <summary>W[…, j_k, …] ← Σ_{j'} W[…, j', …]·L[j', j_k].</summary>
    static double[] AlongMode(double[] w, int[] modes, int k, Matrix<double> l)
    {
        int n = modes[k], after = modes.Skip(k + 1).Aggregate(1, (a, b) => a * b);
        var result = new double[w.Length];
        for (int x = 0; x < w.Length; x++)
        {
            int j = x / after % n, start = x - j * after;
            double sum = 0;
            for (int other = j; other < n; other++) sum += w[start + other * after] * l[other, j]; // L is lower triangular
            result[x] = sum;
        }
        return result;
    }

    static void Unwhiten(double[] core, int n, int bond, Matrix<double> inverse)
    {
        var old = core.ToArray();
        for (int x = 0; x < core.Length; x++)
        {
            int j = x / bond % n, start = x - j * bond;
            double sum = 0;
            for (int other = j; other < n; other++) sum += old[start + other * bond] * inverse[other, j];
            core[x] = sum;
        }
    }

    static Matrix<double> FromRowMajor(double[] data, int rows)
    {
        int columns = data.Length / rows;
        return Matrix<double>.Build.Dense(rows, columns, (i, j) => data[(long)i * columns + j]);
    }

    /// <summary>The matrix as a tensor with indices i_1 j_1 i_2 j_2 …: what the sites of the train see.</summary>
    static double[] Interleave(double[] data, int rowCount, int columnCount, int[] rowModes, int[] columnModes)
    {
        int rows = rowModes.Aggregate(1, (a, b) => a * b), columns = columnModes.Aggregate(1, (a, b) => a * b);
        int[] rowPlace = Places(rowModes, columnModes, rows, own: 0), columnPlace = Places(columnModes, rowModes, columns, own: 1);
        var tensor = new double[(long)rows * columns];
        for (int i = 0; i < rowCount; i++)
            for (int j = 0; j < columnCount; j++) tensor[rowPlace[i] + columnPlace[j]] = data[i * columnCount + j];
        return tensor;
    }

    /// <summary>What each index contributes to the place in the interleaved tensor. Rows come before columns at every site.</summary>
    static int[] Places(int[] modes, int[] others, int count, int own)
    {
        var places = new int[count];
        for (int index = 0; index < count; index++)
        {
            int left = index, stride = 1, place = 0;
            for (int k = modes.Length - 1; k >= 0; k--)
            {
                place += left % modes[k] * stride * (own == 0 ? others[k] : 1);
                left /= modes[k];
                stride *= modes[k] * others[k];
            }
            places[index] = place;
        }
        return places;
    }
}
