using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>.NET's portable 128-bit vectors: 4 lanes.</summary>
readonly unsafe struct PortableLanes : ILanes<Vector128<float>>
{
    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<float> value) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    // Comparisons with NaN are false: a NaN in a stays by the outer choice, a NaN in b by the inner one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) =>
        Vector128.ConditionalSelect(Vector128.Equals(a, a), Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b), a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Clamp(Vector128<float> x, Vector128<float> lo, Vector128<float> hi)
    {
        x = Vector128.ConditionalSelect(Vector128.LessThan(x, lo), lo, x);
        return Vector128.ConditionalSelect(Vector128.GreaterThan(x, hi), hi, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MaxPairs(Vector128<float> a, Vector128<float> b)
    {
        var (evenA, oddA) = (Vector128.Shuffle(a, Vector128.Create(0, 2, 0, 2)), Vector128.Shuffle(a, Vector128.Create(1, 3, 1, 3)));
        var (evenB, oddB) = (Vector128.Shuffle(b, Vector128.Create(0, 2, 0, 2)), Vector128.Shuffle(b, Vector128.Create(1, 3, 1, 3)));
        return Max(Vector128.Create(evenA.GetLower(), evenB.GetLower()), Vector128.Create(oddA.GetLower(), oddB.GetLower()));
    }
}
