using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// In which order the blocks of one group of rows are worth removing, by optimal brain surgeon: each step removes the column q for which
/// Σ_rows w_q² / [H⁻¹]_qq, the rise of the output error, is least, updates the weights that stay, w −= w_q / [H⁻¹]_qq · H⁻¹[q, :], and takes q out of H⁻¹
/// (Hassibi and Stork 1993; for all rows of a block together, as Frantar and Alistarh 2022 do for single weights).
/// </summary>
/// <param name="Columns">The columns in the order they go.</param>
/// <param name="Cost">The rise of the error at each step, made non-decreasing so that groups can be merged.</param>
sealed record ObsOrder(int[] Columns, double[] Cost)
{
    /// <summary>The order for one group.</summary>
    /// <param name="h">H, positive definite.</param>
    /// <param name="inverse">H⁻¹, row-major; shared between groups and not changed.</param>
    /// <param name="rows">The group's weights, one array per row.</param>
    /// <param name="exact">How many columns the exact steps begin with: those that cost least by the first H⁻¹ go beforehand, all at once.</param>
    public static ObsOrder Of(Matrix<double> h, double[] inverse, double[][] rows, int exact)
    {
        int n = h.RowCount;
        var order = new List<int>(n);
        var cost = new List<double>(n);
        int[] columns = [.. Enumerable.Range(0, n)];
        double[] inv;
        double[][] w;
        if (exact >= n)
        {
            inv = [.. inverse];
            w = Array.ConvertAll(rows, r => r.ToArray());
        }
        else
        {
            double[] saliency = [.. columns.Select(q => rows.Sum(r => r[q] * r[q]) / inverse[q * n + q])];
            int[] byCost = [.. columns.OrderBy(q => saliency[q]).ThenBy(q => q)];
            order.AddRange(byCost[..(n - exact)]);
            cost.AddRange(order.Select(q => saliency[q]));
            columns = [.. byCost[(n - exact)..].Order()];
            var sub = Submatrix(h, columns);
            inv = SymmetricInverse.Of(sub);
            w = Refit(h, sub, rows, columns);
        }
        Exact(columns, inv, w, order, cost);
        for (int i = 1; i < cost.Count; i++) cost[i] = Math.Max(cost[i], cost[i - 1]);
        return new ObsOrder([.. order], [.. cost]);
    }

    static void Exact(int[] columns, double[] inv, double[][] w, List<int> order, List<double> cost)
    {
        int stride = columns.Length;
        for (int n = stride; n > 0; n--)
        {
            int q = 0;
            double least = double.PositiveInfinity;
            for (int j = 0; j < n; j++)
            {
                double rise = 0;
                foreach (double[] row in w) rise += row[j] * row[j];
                rise /= inv[j * stride + j];
                if (rise < least) (q, least) = (j, rise);
            }
            order.Add(columns[q]);
            cost.Add(least);

            // What goes takes the last place, and the rest is updated.
            int last = n - 1;
            Swap(columns, inv, w, q, last, n, stride);
            var gone = inv.AsSpan(last * stride, last);
            double pivot = inv[last * stride + last];
            foreach (double[] row in w) TensorPrimitives.MultiplyAdd(gone, -row[last] / pivot, row.AsSpan(0, last), row.AsSpan(0, last));
            for (int i = 0; i < last; i++)
            {
                var target = inv.AsSpan(i * stride, last);
                TensorPrimitives.MultiplyAdd(gone, -gone[i] / pivot, target, target);
            }
        }
    }

    static void Swap(int[] columns, double[] inv, double[][] w, int a, int b, int n, int stride)
    {
        if (a == b) return;
        (columns[a], columns[b]) = (columns[b], columns[a]);
        foreach (double[] row in w) (row[a], row[b]) = (row[b], row[a]);
        for (int j = 0; j < n; j++) (inv[a * stride + j], inv[b * stride + j]) = (inv[b * stride + j], inv[a * stride + j]);
        for (int i = 0; i < n; i++) (inv[i * stride + a], inv[i * stride + b]) = (inv[i * stride + b], inv[i * stride + a]);
    }

    /// <summary>The weights that do best with some columns alone: H_SS·w_S = (H·w)_S.</summary>
    public static double[][] Refit(Matrix<double> h, Matrix<double> sub, double[][] rows, int[] columns)
    {
        int n = h.RowCount;
        var right = Matrix<double>.Build.Dense(columns.Length, rows.Length);
        Span<double> column = new double[n];
        for (int s = 0; s < columns.Length; s++)
        {
            for (int j = 0; j < n; j++) column[j] = h[j, columns[s]];
            for (int r = 0; r < rows.Length; r++) right[s, r] = TensorPrimitives.Dot(column, (ReadOnlySpan<double>)rows[r]);
        }
        var fitted = sub.Cholesky().Solve(right);
        return [.. Enumerable.Range(0, rows.Length).Select(r => fitted.Column(r).ToArray())];
    }

    /// <summary>H at some rows and columns.</summary>
    public static Matrix<double> Submatrix(Matrix<double> h, int[] columns) =>
        Matrix<double>.Build.Dense(columns.Length, columns.Length, (i, j) => h[columns[i], columns[j]]);
}
