using System.Numerics;
using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>What a kernel is called and computes, for people.</summary>
interface INamedOperation
{
    static abstract string Name { get; }
    static abstract string Formula { get; }
}

interface INumberBinary : INamedOperation
{
    static abstract T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T>;
}

interface ILanesBinary
{
    static abstract V Lanes<V>(V a, V b) where V : unmanaged, ILanes<V>;
}

interface IIntegerBinary : INamedOperation
{
    static abstract T Invoke<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

interface IComparison : INamedOperation
{
    static abstract bool Invoke<T>(T a, T b) where T : unmanaged, INumber<T>;
}

interface ILogicalBinary : INamedOperation
{
    static abstract bool Invoke(bool a, bool b);
}

readonly struct Add : INumberBinary, ILanesBinary
{
    public static string Name => "add";
    public static string Formula => "a + b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V a, V b) where V : unmanaged, ILanes<V> => a + b;
}

readonly struct Sub : INumberBinary, ILanesBinary
{
    public static string Name => "sub";
    public static string Formula => "a − b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V a, V b) where V : unmanaged, ILanes<V> => a - b;
}

readonly struct Mul : INumberBinary, ILanesBinary
{
    public static string Name => "mul";
    public static string Formula => "a · b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V a, V b) where V : unmanaged, ILanes<V> => a * b;
}

/// <summary>Integers cut the fraction off; an integer divided by 0 is 0.</summary>
readonly struct Div : INumberBinary, ILanesBinary
{
    public static string Name => "div";
    public static string Formula => "a / b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => IntegerMath.Divide(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V a, V b) where V : unmanaged, ILanes<V> => a / b;
}

/// <summary>NaN if either is.</summary>
readonly struct Min : INumberBinary, ILanesBinary
{
    public static string Name => "min";
    public static string Formula => "min(a, b)";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => T.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V a, V b) where V : unmanaged, ILanes<V> => VectorMath.Lanes.Minimum(a, b);
}

/// <summary>NaN if either is.</summary>
readonly struct Max : INumberBinary, ILanesBinary
{
    public static string Name => "max";
    public static string Formula => "max(a, b)";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => T.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V a, V b) where V : unmanaged, ILanes<V> => VectorMath.Lanes.Maximum(a, b);
}

readonly struct PRelu : INumberBinary, ILanesBinary
{
    public static string Name => "prelu";
    public static string Formula => "a ≥ 0 ? a : a · b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => a < T.Zero ? a * b : a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Lanes<V>(V a, V b) where V : unmanaged, ILanes<V> => V.Select(V.Less(a, V.Create(0)), a * b, a);
}

/// <summary>The remainder with the sign of b, as in Python; 0 for integers and b = 0.</summary>
readonly struct FloorMod : INumberBinary
{
    public static string Name => "mod";
    public static string Formula => "a − b · ⌊a / b⌋";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => IntegerMath.FloorRemainder(a, b);
}

/// <summary>The remainder with the sign of a, as in C; 0 for integers and b = 0.</summary>
readonly struct TruncatedMod : INumberBinary
{
    public static string Name => "fmod";
    public static string Formula => "a − b · trunc(a / b)";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> => IntegerMath.Remainder(a, b);
}

/// <summary>Integers wrap; a negative power of an integer is cut to 0 unless its base is 1 or −1.</summary>
readonly struct Pow : INumberBinary
{
    public static string Name => "pow";
    public static string Formula => "a^b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, INumber<T>, IMinMaxValue<T> =>
        typeof(T) == typeof(float) ? (T)(object)MathF.Pow((float)(object)a, (float)(object)b)
        : typeof(T) == typeof(double) ? (T)(object)Math.Pow((double)(object)a, (double)(object)b)
        : typeof(T) == typeof(Half) ? (T)(object)(Half)MathF.Pow((float)(Half)(object)a, (float)(Half)(object)b)
        : IntegerMath.Power(a, b);
}

readonly struct Equal : IComparison
{
    public static string Name => "equal";
    public static string Formula => "a = b";
    public static bool Invoke<T>(T a, T b) where T : unmanaged, INumber<T> => a == b;
}

readonly struct Greater : IComparison
{
    public static string Name => "greater";
    public static string Formula => "a > b";
    public static bool Invoke<T>(T a, T b) where T : unmanaged, INumber<T> => a > b;
}

readonly struct GreaterOrEqual : IComparison
{
    public static string Name => "greater_equal";
    public static string Formula => "a ≥ b";
    public static bool Invoke<T>(T a, T b) where T : unmanaged, INumber<T> => a >= b;
}

readonly struct Less : IComparison
{
    public static string Name => "less";
    public static string Formula => "a < b";
    public static bool Invoke<T>(T a, T b) where T : unmanaged, INumber<T> => a < b;
}

readonly struct LessOrEqual : IComparison
{
    public static string Name => "less_equal";
    public static string Formula => "a ≤ b";
    public static bool Invoke<T>(T a, T b) where T : unmanaged, INumber<T> => a <= b;
}

readonly struct BitwiseAnd : IIntegerBinary
{
    public static string Name => "bitand";
    public static string Formula => "a & b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a & b;
}

readonly struct BitwiseOr : IIntegerBinary
{
    public static string Name => "bitor";
    public static string Formula => "a | b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a | b;
}

readonly struct BitwiseXor : IIntegerBinary
{
    public static string Name => "bitxor";
    public static string Formula => "a ^ b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a ^ b;
}

readonly struct ShiftLeft : IIntegerBinary
{
    public static string Name => "shl";
    public static string Formula => "a · 2^b";
    public static T Invoke<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => IntegerMath.ShiftCount(b) is var s && s < 0 ? T.Zero : a << s;
}

readonly struct ShiftRight : IIntegerBinary
{
    public static string Name => "shr";
    public static string Formula => "⌊a / 2^b⌋";
    public static T Invoke<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => IntegerMath.ShiftCount(b) is var s && s < 0 ? T.Zero : a >>> s;
}

readonly struct LogicalAnd : ILogicalBinary
{
    public static string Name => "and";
    public static string Formula => "a ∧ b";
    public static bool Invoke(bool a, bool b) => a && b;
}

readonly struct LogicalOr : ILogicalBinary
{
    public static string Name => "or";
    public static string Formula => "a ∨ b";
    public static bool Invoke(bool a, bool b) => a || b;
}

readonly struct LogicalXor : ILogicalBinary
{
    public static string Name => "xor";
    public static string Formula => "a ⊕ b";
    public static bool Invoke(bool a, bool b) => a != b;
}

readonly struct LogicalEqual : ILogicalBinary
{
    public static string Name => "equal";
    public static string Formula => "a = b";
    public static bool Invoke(bool a, bool b) => a == b;
}
