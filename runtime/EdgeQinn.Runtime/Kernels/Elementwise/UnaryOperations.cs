using System.Numerics;
using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

interface INumberUnary : INamedOperation
{
    static abstract T Invoke<T>(T x) where T : unmanaged, INumber<T>;
}

interface IIntegerUnary : INamedOperation
{
    static abstract T Invoke<T>(T x) where T : unmanaged, IBinaryInteger<T>;
}

interface IFloatUnary : INamedOperation
{
    static abstract T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T>;
}

interface IFloatTest : INamedOperation
{
    static abstract bool Invoke<T>(T x, bool alpha, bool beta) where T : unmanaged, IFloatingPointIeee754<T>;
}

/// <summary>The same function on a vector of float32.</summary>
interface ILanesUnary
{
    static abstract V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V>;
}

readonly struct Relu : INumberUnary, ILanesUnary
{
    public static string Name => "relu";
    public static string Formula => "max(x, 0), NaN for NaN";
    public static T Invoke<T>(T x) where T : unmanaged, INumber<T> => x < T.Zero ? T.Zero : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Max(V.Create(0), x);
}

/// <summary>The least integer stays itself, as it does in hardware.</summary>
readonly struct Abs : INumberUnary, ILanesUnary
{
    public static string Name => "abs";
    public static string Formula => "|x|";
    public static T Invoke<T>(T x) where T : unmanaged, INumber<T> => x < T.Zero ? -x : x == T.Zero ? T.Zero : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.AndNot(x, V.Create(-0f));
}

readonly struct Neg : INumberUnary, ILanesUnary
{
    public static string Name => "neg";
    public static string Formula => "−x";
    public static T Invoke<T>(T x) where T : unmanaged, INumber<T> => -x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => x ^ V.Create(-0f);
}

readonly struct Sign : INumberUnary, ILanesUnary
{
    public static string Name => "sign";
    public static string Formula => "−1, 0 or 1";
    public static T Invoke<T>(T x) where T : unmanaged, INumber<T> => x > T.Zero ? T.One : x < T.Zero ? T.Zero - T.One : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Select(V.Less(V.Create(0), x), V.Create(1), V.Select(V.Less(x, V.Create(0)), V.Create(-1), x));
}

readonly struct BitwiseNot : IIntegerUnary
{
    public static string Name => "bitnot";
    public static string Formula => "~x";
    public static T Invoke<T>(T x) where T : unmanaged, IBinaryInteger<T> => ~x;
}

readonly struct IsNaN : IFloatTest
{
    public static string Name => "isnan";
    public static string Formula => "x is NaN";
    public static bool Invoke<T>(T x, bool negative, bool positive) where T : unmanaged, IFloatingPointIeee754<T> => T.IsNaN(x);
}

readonly struct IsInf : IFloatTest
{
    public static string Name => "isinf";
    public static string Formula => "x is −∞ (where α) or ∞ (where β)";
    public static bool Invoke<T>(T x, bool negative, bool positive) where T : unmanaged, IFloatingPointIeee754<T> => (negative && T.IsNegativeInfinity(x)) || (positive && T.IsPositiveInfinity(x));
}

readonly struct Reciprocal : IFloatUnary, ILanesUnary
{
    public static string Name => "reciprocal";
    public static string Formula => "1 / x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.One / x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Create(1) / x;
}

/// <summary>The last step of a mean.</summary>
readonly struct Quotient : IFloatUnary, ILanesUnary
{
    public static string Name => "quotient";
    public static string Formula => "x / α";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => x / alpha;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => x / alpha;
}

readonly struct Sqrt : IFloatUnary, ILanesUnary
{
    public static string Name => "sqrt";
    public static string Formula => "√x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Sqrt(x);
}

readonly struct Floor : IFloatUnary, ILanesUnary
{
    public static string Name => "floor";
    public static string Formula => "⌊x⌋";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Floor(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Floor(x);
}

readonly struct Ceil : IFloatUnary, ILanesUnary
{
    public static string Name => "ceil";
    public static string Formula => "⌈x⌉";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Ceiling(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Ceiling(x);
}

readonly struct Round : IFloatUnary, ILanesUnary
{
    public static string Name => "round";
    public static string Formula => "x to the nearest integer, half to even";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Round(x, MidpointRounding.ToEven);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => V.Round(x);
}

readonly struct Exp : IFloatUnary, ILanesUnary
{
    public static string Name => "exp";
    public static string Formula => "e^x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Exp(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => VectorMath.Lanes.Exp(x);
}

readonly struct Log : IFloatUnary, ILanesUnary
{
    public static string Name => "log";
    public static string Formula => "ln x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Log(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => VectorMath.Lanes.Log(x);
}

readonly struct Sin : IFloatUnary
{
    public static string Name => "sin";
    public static string Formula => "sin x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Sin(x);
}

readonly struct Cos : IFloatUnary
{
    public static string Name => "cos";
    public static string Formula => "cos x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Cos(x);
}

readonly struct Tan : IFloatUnary
{
    public static string Name => "tan";
    public static string Formula => "tan x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Tan(x);
}

readonly struct Asin : IFloatUnary
{
    public static string Name => "asin";
    public static string Formula => "asin x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Asin(x);
}

readonly struct Acos : IFloatUnary
{
    public static string Name => "acos";
    public static string Formula => "acos x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Acos(x);
}

readonly struct Atan : IFloatUnary
{
    public static string Name => "atan";
    public static string Formula => "atan x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Atan(x);
}

readonly struct Sinh : IFloatUnary
{
    public static string Name => "sinh";
    public static string Formula => "sinh x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Sinh(x);
}

readonly struct Cosh : IFloatUnary
{
    public static string Name => "cosh";
    public static string Formula => "cosh x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Cosh(x);
}

readonly struct Asinh : IFloatUnary
{
    public static string Name => "asinh";
    public static string Formula => "asinh x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Asinh(x);
}

readonly struct Acosh : IFloatUnary
{
    public static string Name => "acosh";
    public static string Formula => "acosh x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Acosh(x);
}

readonly struct Atanh : IFloatUnary
{
    public static string Name => "atanh";
    public static string Formula => "atanh x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.Atanh(x);
}

readonly struct Erf : IFloatUnary, ILanesUnary
{
    public static string Name => "erf";
    public static string Formula => "erf x";
    public static T Invoke<T>(T x, T alpha, T beta) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(ErrorFunction.Erf(double.CreateTruncating(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V x, V alpha, V beta) where V : unmanaged, ILanes<V> => VectorMath.Lanes.Erf(x);
}
