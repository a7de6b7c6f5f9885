namespace EdgeQinn.Runtime.Weights;

/// <summary>The plain arithmetic of materialising: sums in double, results in float.</summary>
static class DenseMath
{
    /// <summary>C [m, n] = A [m, k] · B [k, n], row-major.</summary>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int k, int n, Span<float> c)
    {
        var sums = new double[n];
        for (int i = 0; i < m; i++)
        {
            Array.Clear(sums);
            for (int p = 0; p < k; p++)
            {
                double scale = a[i * k + p];
                if (scale == 0) continue;
                for (int j = 0; j < n; j++) sums[j] += scale * b[p * n + j];
            }
            for (int j = 0; j < n; j++) c[i * n + j] = (float)sums[j];
        }
    }
}
