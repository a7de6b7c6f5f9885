using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>Matrix-product operators by TT-SVD (Oseledets 2011, SIAM J. Sci. Comput. 33, 2295, algorithm 1).</summary>
public static class MpsBuilder
{
    /// <summary>The weight and, bond by bond, the norm of what was cut off: ‖W − Ŵ‖² is the sum of their squares.</summary>
    public sealed record Result(MpsWeight Weight, IReadOnlyList<double> Cut);

    /// <summary>The decomposition with no bond larger than <paramref name="bond"/>.</summary>
    /// <param name="layer">The dense weight, padded with zeros to ∏modes.</param>
    /// <param name="rowModes">m_k, ∏ ≥ rows.</param>
    /// <param name="columnModes">n_k, ∏ ≥ columns.</param>
    /// <param name="bond">χ.</param>
    public static Result OfBond(DenseLayer layer, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, int bond) =>
        Build(layer, rowModes.ToArray(), columnModes.ToArray(), a => TruncatedSvd.OfRank(a, bond));

    /// <summary>The smallest bonds for which ‖W − Ŵ‖ ≤ <paramref name="tolerance"/>·‖W‖: each cut gets tolerance·‖W‖/√(d − 1).</summary>
    public static Result OfTolerance(DenseLayer layer, ReadOnlySpan<int> rowModes, ReadOnlySpan<int> columnModes, double tolerance)
    {
        double norm = Math.Sqrt(layer.Data.Sum(w => (double)w * w)), share = tolerance * norm / Math.Sqrt(Math.Max(1, rowModes.Length - 1));
        return Build(layer, rowModes.ToArray(), columnModes.ToArray(), a => TruncatedSvd.OfError(a, share));
    }

    static Result Build(DenseLayer layer, int[] rowModes, int[] columnModes, Func<Matrix<double>, TruncatedSvd> truncate)
    {
        int cores = rowModes.Length;
        double[] tensor = Interleave(layer, rowModes, columnModes);
        var parts = new Weight[cores];
        var cut = new List<double>();
        int bond = 1;
        for (int k = 0; k < cores - 1; k++)
        {
            int rows = bond * rowModes[k] * columnModes[k];
            var svd = truncate(FromRowMajor(tensor, rows));
            int next = svd.Sigma.Length;
            parts[k] = Factor.Store(svd.U, bond, rowModes[k], columnModes[k], next);
            cut.Add(Math.Sqrt(svd.Discarded.Sum(s => s * s)));
            tensor = svd.ScaledVt.ToRowMajorArray();
            bond = next;
        }
        parts[^1] = new DenseWeight([.. tensor.Select(v => (float)v)], bond, rowModes[^1], columnModes[^1], 1);
        return new Result(new MpsWeight(layer.Type, layer.Rows, [.. parts]), cut);
    }

    static Matrix<double> FromRowMajor(double[] data, int rows)
    {
        int columns = data.Length / rows;
        return Matrix<double>.Build.Dense(rows, columns, (i, j) => data[(long)i * columns + j]);
    }

    /// <summary>The matrix as a tensor with indices i_1 j_1 i_2 j_2 …: what the sites of the train see.</summary>
    static double[] Interleave(DenseLayer layer, int[] rowModes, int[] columnModes)
    {
        int rows = rowModes.Aggregate(1, (a, b) => a * b), columns = columnModes.Aggregate(1, (a, b) => a * b);
        int[] rowPlace = Places(rowModes, columnModes, rows, own: 0), columnPlace = Places(columnModes, rowModes, columns, own: 1);
        var tensor = new double[(long)rows * columns];
        for (int i = 0; i < layer.Rows; i++)
            for (int j = 0; j < layer.Columns; j++) tensor[rowPlace[i] + columnPlace[j]] = layer.Data[i * layer.Columns + j];
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
