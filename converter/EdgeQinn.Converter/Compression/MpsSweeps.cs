using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Alternating least squares for the cores of a matrix-product operator: with the other cores held, tr((W − Ŵ) C (W − Ŵ)ᵀ) is quadratic in one core, whose
/// outputs i_k do not mix, so one Cholesky factorisation of size χ_{k−1}·n_k·χ_k gives its best values. The error never rises.
/// </summary>
sealed class MpsSweeps
{
    const double Ridge = 1e-10;

    readonly int[] _rowModes, _columnModes;
    readonly int _rows, _columns;
    readonly double[,] _product; // W·C, padded
    readonly double _norm;       // tr(W·C·Wᵀ)
    readonly Matrix<double>[] _pairs;

    /// <summary>Prepares for one weight.</summary>
    /// <param name="w">W [M, N].</param>
    /// <param name="c">C [N, N], positive definite.</param>
    /// <param name="rowModes">m_k, ∏ ≥ M.</param>
    /// <param name="columnModes">n_k, ∏ ≥ N.</param>
    public MpsSweeps(Matrix<double> w, Matrix<double> c, int[] rowModes, int[] columnModes)
    {
        (_rowModes, _columnModes) = (rowModes, columnModes);
        (_rows, _columns) = (Product(rowModes), Product(columnModes));
        var wc = w * c;
        _norm = wc.PointwiseMultiply(w).RowSums().Sum();
        _product = new double[_rows, _columns];
        for (int i = 0; i < w.RowCount; i++)
            for (int j = 0; j < w.ColumnCount; j++) _product[i, j] = wc[i, j];
        _pairs = [.. Enumerable.Range(0, rowModes.Length).Select(k => Pairs(c, k))];
    }

    /// <summary>Improves the cores until the error hardly falls; the relative error tr((W − Ŵ)C(W − Ŵ)ᵀ) ÷ tr(WCWᵀ), square root, after each update.</summary>
    public IReadOnlyList<double> Run(MpsCores cores, int sweeps)
    {
        var errors = new List<double>();
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            double before = errors.Count > 0 ? errors[^1] : double.PositiveInfinity;
            for (int k = 0; k < cores.Count; k++) errors.Add(Update(cores, k));
            if (before - errors[^1] < 1e-4 * errors[^1]) break;
        }
        return errors;
    }

    double Update(MpsCores cores, int k)
    {
        int m = _rowModes[k], n = _columnModes[k], a = cores.Bond(k), b = cores.Bond(k + 1), outer = _columns / n, inner = _rows / m;
        var (left, leftRows, leftColumns) = cores.Left(k);
        var (right, rightRows, rightColumns) = cores.Right(k);
        int pairs = a * b;
        // E[io, p·Jo + jo]: what bonds p = (α, β) of the core's surroundings make of the other indices.
        var e = Matrix<double>.Build.Dense(inner, pairs * outer);
        for (int il = 0; il < leftRows; il++)
            for (int ir = 0; ir < rightRows; ir++)
                for (int p = 0; p < pairs; p++)
                    for (int jl = 0; jl < leftColumns; jl++)
                        for (int jr = 0; jr < rightColumns; jr++)
                            e[il * rightRows + ir, p * outer + jl * rightColumns + jr] =
                                left[(il * leftColumns + jl) * a + p / b] * right[(p % b * rightRows + ir) * rightColumns + jr];
        var surroundings = e.TransposeThisAndMultiply(e);
        // Gram[(p, j), (p', j')] = Σ_{jo, jo'} (EᵀE)[(p, jo), (p', jo')] · C[(jo, j), (jo', j')].
        var flat = Matrix<double>.Build.Dense(pairs * pairs, outer * outer, (pp, oo) => surroundings[pp / pairs * outer + oo / outer, pp % pairs * outer + oo % outer]);
        var mixed = flat * _pairs[k];
        var gram = Matrix<double>.Build.Dense(pairs * n, pairs * n, (x, y) => mixed[x / n * pairs + y / n, x % n * n + y % n]);
        double ridge = Ridge * Math.Max(gram.Trace() / gram.RowCount, double.Epsilon);
        for (int x = 0; x < gram.RowCount; x++) gram[x, x] += ridge;
        // Right[(p, j), i] = Σ_{io, jo} E[io, (p, jo)] · (W·C)[(io, i), (jo, j)].
        var rightSide = Matrix<double>.Build.Dense(pairs * n, m);
        for (int i = 0; i < m; i++)
        {
            var slice = Matrix<double>.Build.Dense(inner, outer * n, (io, jj) => _product[Whole(io, i, m, rightRows), Whole(jj / n, jj % n, n, rightColumns)]);
            for (int p = 0; p < pairs; p++)
            {
                var part = e.SubMatrix(0, inner, p * outer, outer);
                for (int j = 0; j < n; j++)
                {
                    double sum = 0;
                    for (int io = 0; io < inner; io++)
                        for (int jo = 0; jo < outer; jo++) sum += part[io, jo] * slice[io, jo * n + j];
                    rightSide[p * n + j, i] = sum;
                }
            }
        }
        var solution = gram.Cholesky().Solve(rightSide);
        double[] core = cores[k];
        for (int alpha = 0; alpha < a; alpha++)
            for (int i = 0; i < m; i++)
                for (int j = 0; j < n; j++)
                    for (int beta = 0; beta < b; beta++) core[((alpha * m + i) * n + j) * b + beta] = solution[(alpha * b + beta) * n + j, i];
        // At the least squares solution the error is tr(WCWᵀ) − ⟨right side, solution⟩.
        return Math.Sqrt(Math.Max(0, _norm - rightSide.PointwiseMultiply(solution).RowSums().Sum()) / Math.Max(_norm, double.Epsilon));
    }

    /// <summary>The whole index of (before·after, own): own lies between what is slower and the <paramref name="after"/> that is faster.</summary>
    static int Whole(int other, int own, int mode, int after) => (other / after * mode + own) * after + other % after;

    /// <summary>C with the indices of site k apart: [(jo, jo'), (j, j')], zero where it is padded.</summary>
    Matrix<double> Pairs(Matrix<double> c, int k)
    {
        int n = _columnModes[k], outer = _columns / n, after = Product(_columnModes.AsSpan(k + 1));
        return Matrix<double>.Build.Dense(outer * outer, n * n, (oo, jj) =>
        {
            int x = Whole(oo / outer, jj / n, n, after), y = Whole(oo % outer, jj % n, n, after);
            return x < c.RowCount && y < c.RowCount ? c[x, y] : 0;
        });
    }

    static int Product(ReadOnlySpan<int> modes)
    {
        int product = 1;
        foreach (int m in modes) product *= m;
        return product;
    }
}
