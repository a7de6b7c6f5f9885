using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

// A lane of a factor holds two int16, a lane of a sum their products' sum: sum += a₀·b₀ + a₁·b₁, modulo 2³² (VPMADDWD, VPADDD).

/// <summary>Sixteen lanes of int16 pairs: AVX-512 BW.</summary>
public readonly unsafe struct PairLanes16(Vector512<int> value) : IProductLanes<PairLanes16>
{
    readonly Vector512<int> _value = value;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static PairLanes16 Load(float* p) => new(Vector512.Load((int*)p));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(PairLanes16 value, float* p) => value._value.Store((int*)p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static PairLanes16 CreateScalar(float value) => new(Vector512.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairLanes16 MultiplyAddByScalar(PairLanes16 a, PairLanes16 scalar, PairLanes16 c) =>
        new(c._value + Avx512BW.MultiplyAddAdjacent(a._value.AsInt16(), scalar._value.AsInt16()));
}

/// <summary>Eight lanes of int16 pairs: AVX2.</summary>
public readonly unsafe struct PairLanes8(Vector256<int> value) : IProductLanes<PairLanes8>
{
    readonly Vector256<int> _value = value;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static PairLanes8 Load(float* p) => new(Vector256.Load((int*)p));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(PairLanes8 value, float* p) => value._value.Store((int*)p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static PairLanes8 CreateScalar(float value) => new(Vector256.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairLanes8 MultiplyAddByScalar(PairLanes8 a, PairLanes8 scalar, PairLanes8 c) =>
        new(c._value + Avx2.MultiplyAddAdjacent(a._value.AsInt16(), scalar._value.AsInt16()));
}

/// <summary>Four lanes of int16 pairs, in .NET's portable vectors: taken apart by shifts.</summary>
public readonly unsafe struct PairLanes4(Vector128<int> value) : IProductLanes<PairLanes4>
{
    readonly Vector128<int> _value = value;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static PairLanes4 Load(float* p) => new(Vector128.Load((int*)p));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(PairLanes4 value, float* p) => value._value.Store((int*)p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static PairLanes4 CreateScalar(float value) => new(Vector128.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairLanes4 MultiplyAddByScalar(PairLanes4 a, PairLanes4 scalar, PairLanes4 c) =>
        new(c._value + ((a._value << 16) >> 16) * ((scalar._value << 16) >> 16) + (a._value >> 16) * (scalar._value >> 16));
}
