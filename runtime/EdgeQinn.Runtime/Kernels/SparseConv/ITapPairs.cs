using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Two taps' steps of time side by side in int32 lanes, as products of int16 pairs want them.</summary>
/// <typeparam name="V">The register.</typeparam>
unsafe interface ITapPairs<V> where V : struct
{
    /// <summary>(p[t], q[t]) for as many steps t as two registers have lanes: in each 128 bits of <paramref name="low"/> four steps, in <paramref name="high"/> the next four.</summary>
    static abstract void Load(short* p, short* q, out V low, out V high);

    /// <summary>Puts what <see cref="Load"/> gave into the order of time.</summary>
    static abstract void Order(ref V low, ref V high);

    /// <summary>The greater of steps 2j and 2j + 1 in lane j, of sums in the order that <see cref="Load"/> gives.</summary>
    static abstract V Pooled(V low, V high);
}

/// <summary>AVX-512: VPUNPCKLWD and VPUNPCKHWD.</summary>
readonly unsafe struct TapPairs16 : ITapPairs<Vector512<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(short* p, short* q, out Vector512<int> low, out Vector512<int> high)
    {
        Vector512<short> a = Vector512.Load(p), b = Vector512.Load(q);
        (low, high) = (Avx512BW.UnpackLow(a, b).AsInt32(), Avx512BW.UnpackHigh(a, b).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Order(ref Vector512<int> low, ref Vector512<int> high)
    {
        var first = Avx512F.PermuteVar8x64x2(low.AsInt64(), Vector512.Create(0, 1, 8, 9, 2, 3, 10, 11), high.AsInt64());
        high = Avx512F.PermuteVar8x64x2(low.AsInt64(), Vector512.Create(4, 5, 12, 13, 6, 7, 14, 15), high.AsInt64()).AsInt32();
        low = first.AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Pooled(Vector512<int> low, Vector512<int> high) => Vector512.Max(
        Avx512F.PermuteVar16x32x2(low, Vector512.Create(0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30), high),
        Avx512F.PermuteVar16x32x2(low, Vector512.Create(1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31), high));
}

/// <summary>.NET's portable vectors: zipped by shifts.</summary>
readonly unsafe struct TapPairs4 : ITapPairs<Vector128<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(short* p, short* q, out Vector128<int> low, out Vector128<int> high)
    {
        Vector128<short> a = Vector128.Load(p), b = Vector128.Load(q);
        low = (Vector128.WidenLower(a) & Vector128.Create(0xFFFF)) | (Vector128.WidenLower(b) << 16);
        high = (Vector128.WidenUpper(a) & Vector128.Create(0xFFFF)) | (Vector128.WidenUpper(b) << 16);
    }

    public static void Order(ref Vector128<int> low, ref Vector128<int> high)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Pooled(Vector128<int> low, Vector128<int> high)
    {
        Lanes4 a = new(low.AsSingle()), b = new(high.AsSingle());
        return Vector128.Max(Lanes4.Evens(a, b).Value.AsInt32(), Lanes4.Odds(a, b).Value.AsInt32());
    }
}

/// <summary>AVX2: VPUNPCKLWD and VPUNPCKHWD.</summary>
readonly unsafe struct TapPairs8 : ITapPairs<Vector256<int>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(short* p, short* q, out Vector256<int> low, out Vector256<int> high)
    {
        Vector256<short> a = Vector256.Load(p), b = Vector256.Load(q);
        (low, high) = (Avx2.UnpackLow(a, b).AsInt32(), Avx2.UnpackHigh(a, b).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Order(ref Vector256<int> low, ref Vector256<int> high) =>
        (low, high) = (Avx2.Permute2x128(low, high, 0x20), Avx2.Permute2x128(low, high, 0x31));

    // Shuffles take two lanes of each 128 bits of low, then two of high: the order of time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Pooled(Vector256<int> low, Vector256<int> high) =>
        Avx2.Max(Avx.Shuffle(low.AsSingle(), high.AsSingle(), 0x88).AsInt32(), Avx.Shuffle(low.AsSingle(), high.AsSingle(), 0xDD).AsInt32());
}
