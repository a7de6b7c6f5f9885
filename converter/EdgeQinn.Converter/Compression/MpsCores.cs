using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Compression;

/// <summary>Cores [χ_{k−1}, m_k, n_k, χ_k] in double, row-major, while they are fitted.</summary>
sealed class MpsCores(IReadOnlyList<double[]> cores, int[] rowModes, int[] columnModes, int[] bonds)
{
    /// <summary>The number of cores.</summary>
    public int Count => cores.Count;

    /// <summary>Core k.</summary>
    public double[] this[int k] => cores[k];

    /// <summary>χ_{k−1}, the bond in front of core k; 1 at both ends.</summary>
    public int Bond(int k) => bonds[k];

    /// <summary>The cores before k as one: [I, J, χ_{k−1}].</summary>
    public (double[] Data, int Rows, int Columns) Left(int k)
    {
        double[] data = [1];
        int rows = 1, columns = 1;
        for (int s = 0; s < k; s++)
        {
            int m = rowModes[s], n = columnModes[s], a = bonds[s], b = bonds[s + 1];
            var grown = new double[rows * m * columns * n * b];
            for (int i = 0; i < rows * m; i++)
                for (int j = 0; j < columns * n; j++)
                    for (int beta = 0; beta < b; beta++)
                    {
                        double sum = 0;
                        for (int alpha = 0; alpha < a; alpha++) sum += data[(i / m * columns + j / n) * a + alpha] * cores[s][((alpha * m + i % m) * n + j % n) * b + beta];
                        grown[(i * columns * n + j) * b + beta] = sum;
                    }
            (data, rows, columns) = (grown, rows * m, columns * n);
        }
        return (data, rows, columns);
    }

    /// <summary>The cores behind k as one: [χ_k, I, J].</summary>
    public (double[] Data, int Rows, int Columns) Right(int k)
    {
        double[] data = [1];
        int rows = 1, columns = 1;
        for (int s = Count - 1; s > k; s--)
        {
            int m = rowModes[s], n = columnModes[s], a = bonds[s], b = bonds[s + 1];
            var grown = new double[a * m * rows * n * columns];
            for (int alpha = 0; alpha < a; alpha++)
                for (int i = 0; i < m * rows; i++)
                    for (int j = 0; j < n * columns; j++)
                    {
                        double sum = 0;
                        for (int beta = 0; beta < b; beta++) sum += cores[s][((alpha * m + i / rows) * n + j / columns) * b + beta] * data[(beta * rows + i % rows) * columns + j % columns];
                        grown[(alpha * m * rows + i) * n * columns + j] = sum;
                    }
            (data, rows, columns) = (grown, m * rows, n * columns);
        }
        return (data, rows, columns);
    }

    /// <summary>The weight that stores them.</summary>
    public MpsWeight Store(TensorType type, int rows) =>
        new(type, rows, [.. cores.Select((c, k) => (Weight)new DenseWeight(Array.ConvertAll(c, v => (float)v), bonds[k], rowModes[k], columnModes[k], bonds[k + 1]))]);
}
