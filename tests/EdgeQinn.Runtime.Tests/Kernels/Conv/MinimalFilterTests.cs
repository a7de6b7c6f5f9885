using EdgeQinn.Runtime.Kernels;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Conv;

/// <summary>The matrices of the minimal-filtering algorithms: exact in double precision.</summary>
public class MinimalFilterTests
{
    [Fact]
    public void F_4_3() => Check<MinimalFilter3>();

    [Fact]
    public void F_4_5() => Check<MinimalFilter5>();

    [Fact]
    public void F_4_7() => Check<MinimalFilter7>();

    /// <summary>Aᵀ[(G g) ∘ (Bᵀ d)] is the filter's output for every unit input and unit tap, so for all by linearity.</summary>
    static void Check<TFilter>() where TFilter : struct, IMinimalFilter
    {
        int r = TFilter.Taps, products = r + IMinimalFilter.Outputs - 1;
        double[] g = MinimalFilter.Matrix(TFilter.Points, r);
        var row = new double[products];
        for (int tap = 0; tap < r; tap++)
            for (int input = 0; input < products; input++)
                for (int output = 0; output < IMinimalFilter.Outputs; output++)
                {
                    double y = 0;
                    for (int i = 0; i < products; i++)
                    {
                        MinimalFilter.InputRow(TFilter.Points, i, row);
                        double back = i < products - 1 ? Math.Pow(MinimalFilter.Point(TFilter.Points, i), output) : output == IMinimalFilter.Outputs - 1 ? 1 : 0;
                        y += back * g[i * r + tap] * row[input];
                    }
                    Assert.Equal(input == output + tap ? 1 : 0, y, 1e-10);
                }
    }
}
