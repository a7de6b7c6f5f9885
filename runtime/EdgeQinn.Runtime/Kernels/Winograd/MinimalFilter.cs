using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>What the filters of <see cref="IMinimalFilter"/> share: their matrices in double precision, and the transform of the weights at plan time.</summary>
static unsafe class MinimalFilter
{
    /// <summary>G [2·pairs + 2, r], row-major.</summary>
    /// <param name="points">The positive point of each pair.</param>
    /// <param name="r">Taps of the filter.</param>
    public static double[] Matrix(ReadOnlySpan<double> points, int r)
    {
        int last = 2 * points.Length + 1;
        var matrix = new double[(last + 1) * r];
        for (int i = 0; i < last; i++)
        {
            double p = Point(points, i), scale = 1;
            for (int j = 0; j < last; j++)
                if (j != i) scale *= p - Point(points, j);
            for (int k = 0; k < r; k++) matrix[i * r + k] = Math.Pow(p, k) / scale;
        }
        matrix[last * r + r - 1] = 1;
        return matrix;
    }

    /// <summary>Transforms one section of one input channel for a block of output channels: u[i·pitch + o] = Σ_k G[i, k]·w[o·row + k].</summary>
    /// <param name="matrix">G.</param>
    /// <param name="r">Taps of the filter.</param>
    /// <param name="w">The section's first tap of the block's first channel.</param>
    /// <param name="row">Distance between output channels in w.</param>
    /// <param name="taps">Taps given, at most r; those missing are zero.</param>
    /// <param name="rows">Output channels given; the block's others are zero.</param>
    /// <param name="block">Output channels to write: 1 or a multiple of 4, at most <see cref="MaxBlock"/>.</param>
    /// <param name="u">Result.</param>
    /// <param name="pitch">Distance between products in u.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform(ReadOnlySpan<double> matrix, int r, float* w, nint row, int taps, int rows, int block, float* u, nint pitch)
    {
        int width = Math.Max(4, block);
        double* g = stackalloc double[MaxBlock * IMinimalFilter.MaxTaps];
        new Span<double>(g, r * width).Clear();
        for (int k = 0; k < taps; k++)
            for (int o = 0; o < rows; o++) g[k * width + o] = w[o * row + k];
        for (int i = 0; i < matrix.Length / r; i++)
            for (int o = 0; o < width; o += 4)
            {
                Vector128<double> low = Vector128<double>.Zero, high = low;
                for (int k = 0; k < r; k++)
                {
                    var factor = Vector128.Create(matrix[i * r + k]);
                    low += factor * Vector128.Load(g + k * width + o);
                    high += factor * Vector128.Load(g + k * width + o + 2);
                }
                if (block == 1) u[i * pitch] = (float)low[0];
                else Vector128.Narrow(low, high).Store(u + i * pitch + o);
            }
    }

    /// <summary>The largest block of <see cref="Transform"/>.</summary>
    public const int MaxBlock = 32;

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

    /// <summary>c₀x₀ + x₁.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sum<V>(float c0, V x0, V x1) where V : unmanaged, ILanes<V> => V.MultiplyAdd(V.Create(c0), x0, x1);

    /// <summary>c₀x₀ + c₁x₁ + x₂.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sum<V>(float c0, V x0, float c1, V x1, V x2) where V : unmanaged, ILanes<V> => Sum(c0, x0, Sum(c1, x1, x2));

    /// <summary>c₀x₀ + c₁x₁ + c₂x₂ + x₃.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sum<V>(float c0, V x0, float c1, V x1, float c2, V x2, V x3) where V : unmanaged, ILanes<V> => Sum(c0, x0, Sum(c1, x1, c2, x2, x3));

    /// <summary>c₀x₀ + … + c₃x₃ + x₄.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sum<V>(float c0, V x0, float c1, V x1, float c2, V x2, float c3, V x3, V x4) where V : unmanaged, ILanes<V> =>
        Sum(c0, x0, Sum(c1, x1, c2, x2, c3, x3, x4));
}
