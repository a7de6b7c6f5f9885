using System.Numerics;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>e^x − 1 to full precision near 0, where the difference loses it (and .NET's <c>ExpM1</c> is that difference); the reference, not the fast way.</summary>
static class ExponentialMinusOne
{
    /// <summary>(u − 1) x / ln u for u = e^x as rounded: the errors of numerator and denominator cancel (Higham, Accuracy and Stability of Numerical Algorithms, §1.14.1).</summary>
    public static T Of<T>(T x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T u = T.Exp(x), difference = u - T.One;
        return difference == T.Zero ? x : difference <= -T.One || !T.IsFinite(u) ? difference : difference * x / T.Log(u);
    }
}
