using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

/// <summary>
/// One SIMD register of float32 lanes, so that a formula is written once and compiled for every width.
/// Masks are registers whose lanes are all ones or all zeros. The <c>…Int</c> operations see the same bits as int32 lanes, the <c>…Short</c> operations
/// as twice as many of int16; both wrap round.
/// </summary>
/// <remarks>Every member is one or two instructions and always inlined; a generic method over <typeparamref name="V"/> costs nothing over writing it per width.</remarks>
public unsafe interface ILanes<V> : IProductLanes<V> where V : unmanaged, ILanes<V>
{
    /// <summary>The same value in every lane.</summary>
    static abstract V Create(float value);

    /// <summary>The same int32 in every lane.</summary>
    static abstract V CreateInt(int value);

    /// <summary>The first <paramref name="n"/> floats (0 ≤ n ≤ Count), zeros after; touches nothing beyond them.</summary>
    static abstract V LoadFirst(float* p, int n);

    /// <summary>Stores the first <paramref name="n"/> lanes (0 ≤ n ≤ Count); touches nothing beyond them.</summary>
    static abstract void StoreFirst(V value, float* p, int n);

    static abstract V operator +(V a, V b);
    static abstract V operator -(V a, V b);
    static abstract V operator *(V a, V b);
    static abstract V operator /(V a, V b);

    /// <summary>a · b + c, rounded once where the CPU can.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>a · (the floats at b) + c. Where the second factor comes from memory: the load becomes part of the instruction.</summary>
    static abstract V MultiplyAdd(V a, float* b, V c);

    /// <summary>c − a · b, rounded once where the CPU can.</summary>
    static abstract V MultiplySubtractFrom(V a, V b, V c);

    /// <summary>The greater; <paramref name="x"/> if that is NaN (<paramref name="bound"/> must not be).</summary>
    static abstract V Max(V bound, V x);

    /// <summary>The lesser; <paramref name="x"/> if that is NaN (<paramref name="bound"/> must not be).</summary>
    static abstract V Min(V bound, V x);

    /// <summary>The greater; <paramref name="bound"/> if <paramref name="x"/> is NaN (<paramref name="bound"/> must not be).</summary>
    static abstract V MaxNumber(V bound, V x);

    /// <summary>The lesser; <paramref name="bound"/> if <paramref name="x"/> is NaN (<paramref name="bound"/> must not be).</summary>
    static abstract V MinNumber(V bound, V x);

    static abstract V Sqrt(V x);
    static abstract V Floor(V x);
    static abstract V Ceiling(V x);

    /// <summary>To the nearest integer, ties to even.</summary>
    static abstract V Round(V x);

    /// <summary>Four partial sums of all lanes: those 4 apart added.</summary>
    static abstract Vector128<float> Fold(V x);

    static abstract V operator &(V a, V b);
    static abstract V operator |(V a, V b);
    static abstract V operator ^(V a, V b);

    /// <summary>a and not b.</summary>
    static abstract V AndNot(V a, V b);

    /// <summary>Lanes of <paramref name="a"/> where <paramref name="mask"/>, else of <paramref name="b"/>.</summary>
    static abstract V Select(V mask, V a, V b);

    static abstract V Equal(V a, V b);
    static abstract V Less(V a, V b);
    static abstract V LessOrEqual(V a, V b);

    /// <summary>Lanes 0, 2, 4, … of the sequence a, b.</summary>
    static abstract V Evens(V a, V b);

    /// <summary>Lanes 1, 3, 5, … of the sequence a, b.</summary>
    static abstract V Odds(V a, V b);

    /// <summary>Lanes 1, 2, 3, … of the sequence a, b: as many as there are.</summary>
    static abstract V Next(V a, V b);

    /// <summary>Fours of floats <paramref name="pitch"/> apart, side by side.</summary>
    static abstract V LoadFours(float* p, nint pitch);

    /// <summary>Stores the fours of lanes <paramref name="pitch"/> apart.</summary>
    static abstract void StoreFours(V value, float* p, nint pitch);

    /// <summary>Within each four of lanes a0 b0 a1 b1.</summary>
    static abstract V ZipLow(V a, V b);

    /// <summary>Within each four of lanes a2 b2 a3 b3.</summary>
    static abstract V ZipHigh(V a, V b);

    static abstract V AddInt(V a, V b);
    static abstract V SubtractInt(V a, V b);

    /// <summary>The low halves of the products of int32 lanes.</summary>
    static abstract V MultiplyInt(V a, V b);

    static abstract V AddShort(V a, V b);
    static abstract V SubtractShort(V a, V b);

    /// <summary>The low halves of the products of int16 lanes.</summary>
    static abstract V MultiplyShort(V a, V b);

    /// <summary>Shifts int32 lanes left by a constant.</summary>
    static abstract V ShiftLeftInt(V a, [ConstantExpected] byte bits);

    /// <summary>Shifts int32 lanes right by a constant, repeating the sign.</summary>
    static abstract V ShiftRightInt(V a, [ConstantExpected] byte bits);

    /// <summary>Nearest int32 (ties to even) of floats inside its range.</summary>
    static abstract V ToInt(V x);

    /// <summary>float32 of int32 lanes.</summary>
    static abstract V FromInt(V x);
}
