namespace EdgeQinn.Runtime.Kernels;

/// <summary>The weights' side of <see cref="IMinimalFilter"/>, in double precision at plan time.</summary>
static class MinimalFilterWeights
{
    /// <summary>u = G g.</summary>
    /// <param name="points">The positive point of each pair.</param>
    /// <param name="taps">g, at most r values; those missing are zero.</param>
    /// <param name="r">Taps of the filter.</param>
    /// <param name="u">2·pairs + 2 products.</param>
    public static void Transform(ReadOnlySpan<double> points, ReadOnlySpan<float> taps, int r, Span<double> u)
    {
        int last = 2 * points.Length + 1;
        for (int i = 0; i < last; i++)
        {
            double p = Point(points, i), scale = 1, sum = 0;
            for (int j = 0; j < last; j++)
                if (j != i) scale *= p - Point(points, j);
            for (int k = taps.Length - 1; k >= 0; k--) sum = sum * p + taps[k];
            u[i] = sum / scale;
        }
        u[last] = taps.Length == r ? taps[r - 1] : 0;
    }

    /// <summary>Row <paramref name="i"/> of Bᵀ: the coefficients, lowest power first, of the product of (x − p) over all other points.</summary>
    public static void InputRow(ReadOnlySpan<double> points, int i, Span<double> row)
    {
        row.Clear();
        row[0] = 1;
        for (int j = 0; j < row.Length - 1; j++)
        {
            if (j == i) continue;
            for (int k = row.Length - 1; k >= 0; k--) row[k] = (k > 0 ? row[k - 1] : 0) - Point(points, j) * row[k];
        }
    }

    /// <summary>The finite point that row <paramref name="row"/> belongs to.</summary>
    public static double Point(ReadOnlySpan<double> points, int row) => row == 0 ? 0 : row % 2 == 1 ? points[row / 2] : -points[row / 2 - 1];
}
