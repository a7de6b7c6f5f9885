using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>AVX2 with FMA: 8 lanes.</summary>
readonly unsafe struct Avx2Lanes : ILanes<Vector256<float>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector256<float> value) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Fma.MultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    // MAXPS gives its second operand when either is NaN; a NaN in a is put back.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) =>
        Avx.BlendVariable(Avx.Max(a, b), a, Avx.CompareUnordered(a, a));

    // x is the second operand, so its NaN survives.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Clamp(Vector256<float> x, Vector256<float> lo, Vector256<float> hi) => Avx.Min(hi, Avx.Max(lo, x));

    // Shuffles work within 128-bit halves: the pairs come out as a0 b0 a1 b1 (64-bit units), then go into order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MaxPairs(Vector256<float> a, Vector256<float> b)
    {
        var max = Max(Avx.Shuffle(a, b, 0x88), Avx.Shuffle(a, b, 0xDD));
        return Avx2.Permute4x64(max.AsInt64(), 0b11_01_10_00).AsSingle();
    }
}
