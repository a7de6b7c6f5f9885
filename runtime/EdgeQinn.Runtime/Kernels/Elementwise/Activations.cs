using System.Numerics;
using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

readonly struct LeakyRelu : IFloatUnary, ILanesUnary
{
    public static string Name => "leakyrelu";
    public static string Formula => "x ≥ 0 ? x : α x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x < T.Zero ? alpha * x : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Select(V.Less(x, V.Create(0)), alpha * x, x);
}

readonly struct Elu : IFloatUnary, ILanesUnary
{
    public static string Name => "elu";
    public static string Formula => "x ≥ 0 ? x : α (e^x − 1)";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x < T.Zero ? alpha * ExponentialMinusOne.Of(x) : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Select(V.Less(x, V.Create(0)), alpha * VectorMath.Lanes.ExpM1(x), x);
}

readonly struct Selu : IFloatUnary, ILanesUnary
{
    public static string Name => "selu";
    public static string Formula => "β (x > 0 ? x : α (e^x − 1))";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => beta * (x > T.Zero ? x : alpha * ExponentialMinusOne.Of(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => beta * V.Select(V.Less(V.Create(0), x), x, alpha * VectorMath.Lanes.ExpM1(x));
}

readonly struct Celu : IFloatUnary, ILanesUnary
{
    public static string Name => "celu";
    public static string Formula => "x ≥ 0 ? x : α (e^(x / α) − 1)";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x < T.Zero ? alpha * ExponentialMinusOne.Of(x / alpha) : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Select(V.Less(x, V.Create(0)), alpha * VectorMath.Lanes.ExpM1(x / alpha), x);
}

readonly struct ThresholdedRelu : IFloatUnary, ILanesUnary
{
    public static string Name => "thresholdedrelu";
    public static string Formula => "x > α ? x : 0";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x > alpha || T.IsNaN(x) ? x : T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.AndNot(x, V.LessOrEqual(x, alpha));
}

readonly struct HardSigmoid : IFloatUnary, ILanesUnary
{
    public static string Name => "hardsigmoid";
    public static string Formula => "min(max(α x + β, 0), 1)";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Min(T.Max(alpha * x + beta, T.Zero), T.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Min(V.Create(1), V.Max(V.Create(0), V.MultiplyAdd(alpha, x, beta)));
}

readonly struct HardSwish : IFloatUnary, ILanesUnary
{
    public static string Name => "hardswish";
    public static string Formula => "x · min(max(x / 6 + ½, 0), 1)";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x * T.Min(T.Max(x / T.CreateTruncating(6) + T.CreateTruncating(0.5), T.Zero), T.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => x * V.Min(V.Create(1), V.Max(V.Create(0), V.MultiplyAdd(x, V.Create(1f / 6), V.Create(0.5f))));
}

readonly struct Sigmoid : IFloatUnary, ILanesUnary
{
    public static string Name => "sigmoid";
    public static string Formula => "1 / (1 + e^−x)";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.One / (T.One + T.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => VectorMath.Lanes.Sigmoid(x);
}

readonly struct Tanh : IFloatUnary, ILanesUnary
{
    public static string Name => "tanh";
    public static string Formula => "tanh x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => VectorMath.Lanes.Tanh(x);
}

/// <summary>Written as max(x, 0) + ln(1 + e^−|x|), which does not overflow.</summary>
readonly struct Softplus : IFloatUnary, ILanesUnary
{
    public static string Name => "softplus";
    public static string Formula => "ln(1 + e^x)";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Max(x, T.Zero) + T.LogP1(T.Exp(-T.Abs(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V>
    {
        V u = VectorMath.Lanes.Exp(x | V.Create(-0f));
        return V.Max(V.Create(0), x) + VectorMath.Lanes.LogP1(u);
    }
}

readonly struct Softsign : IFloatUnary, ILanesUnary
{
    public static string Name => "softsign";
    public static string Formula => "x / (1 + |x|)";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x / (T.One + T.Abs(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => x / (V.Create(1) + V.AndNot(x, V.Create(-0f)));
}

/// <summary>Mish (Misra 2019, arXiv 1908.08681).</summary>
readonly struct Mish : IFloatUnary, ILanesUnary
{
    public static string Name => "mish";
    public static string Formula => "x · tanh(ln(1 + e^x))";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x * T.Tanh(Softplus.Invoke(x, alpha, beta));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V>
    {
        // With e = eˣ: tanh ln(1 + e) = n / (n + 2), n = e (e + 2). Beyond 20 that is 1.
        V e = VectorMath.Lanes.Exp(V.Min(V.Create(20), x)), n = e * (e + V.Create(2));
        return x * (n / (n + V.Create(2)));
    }
}

/// <summary>Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415).</summary>
readonly struct Gelu : IFloatUnary, ILanesUnary
{
    public static string Name => "gelu";
    public static string Formula => "x (1 + erf(x / √2)) / 2";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(0.5) * x * (T.One + Erf.Invoke(x * T.CreateTruncating(0.70710678118654752), alpha, beta));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Create(0.5f) * x * (V.Create(1) + VectorMath.Lanes.Erf(x * V.Create(0.707106781f)));
}

/// <summary>The tanh approximation of <see cref="Gelu"/>.</summary>
readonly struct GeluTanh : IFloatUnary, ILanesUnary
{
    public static string Name => "gelu_tanh";
    public static string Formula => "x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(0.5) * x * (T.One + T.Tanh(T.CreateTruncating(0.79788456080286536) * (x + T.CreateTruncating(0.044715) * x * x * x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V>
    {
        V cubic = V.MultiplyAdd(V.Create(0.044715f) * x * x, x, x);
        return V.Create(0.5f) * x * (V.Create(1) + VectorMath.Lanes.Tanh(V.Create(0.797884561f) * cubic));
    }
}

readonly struct Shrink : IFloatUnary
{
    public static string Name => "shrink";
    public static string Formula => "x < −α ? x + β : x > α ? x − β : 0";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x < -alpha ? x + beta : x > alpha ? x - beta : T.IsNaN(x) ? x : T.Zero;
}
