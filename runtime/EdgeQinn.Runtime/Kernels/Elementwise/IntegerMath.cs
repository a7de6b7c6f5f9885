using System.Numerics;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>Arithmetic that no operand can make fail: no exception may leave a kernel.</summary>
static class IntegerMath
{
    /// <summary>a / b; for integers cut to the integer towards 0, 0 where b = 0, wrapping where the quotient overflows.</summary>
    public static T Divide<T>(T a, T b) where T : unmanaged, INumber<T>
    {
        if (IsFloat<T>()) return a / b;
        if (b == T.Zero) return T.Zero;
        return T.IsNegative(b) && b == -T.One ? -a : a / b;
    }

    /// <summary>a − b · trunc(a / b).</summary>
    public static T Remainder<T>(T a, T b) where T : unmanaged, INumber<T>
    {
        if (IsFloat<T>()) return a % b;
        return b == T.Zero || (T.IsNegative(b) && b == -T.One) ? T.Zero : a % b;
    }

    /// <summary>a − b · ⌊a / b⌋.</summary>
    public static T FloorRemainder<T>(T a, T b) where T : unmanaged, INumber<T>
    {
        T r = Remainder(a, b);
        return r != T.Zero && T.IsNegative(r) != T.IsNegative(b) ? r + b : r;
    }

    /// <summary>a^b by squaring, wrapping.</summary>
    public static T Power<T>(T a, T b) where T : unmanaged, INumber<T>
    {
        if (T.IsNegative(b))
        {
            if (a == T.One) return a;
            if (T.IsNegative(a) && a == -T.One) return T.IsEvenInteger(b) ? T.One : a;
            return T.Zero;
        }
        T result = T.One, two = T.One + T.One;
        for (; b != T.Zero; b /= two, a *= a)
            if (T.IsOddInteger(b)) result *= a;
        return result;
    }

    /// <summary>b as a shift count; −1 where it is at least the width of the type.</summary>
    public static int ShiftCount<T>(T b) where T : unmanaged, IBinaryInteger<T>
    {
        int bits = b.GetByteCount() * 8;
        return b < T.Zero || b >= T.CreateTruncating(bits) ? -1 : int.CreateTruncating(b);
    }

    static bool IsFloat<T>() => typeof(T) == typeof(float) || typeof(T) == typeof(double) || typeof(T) == typeof(Half);
}
