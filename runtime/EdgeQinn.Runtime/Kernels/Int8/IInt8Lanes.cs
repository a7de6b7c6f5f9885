using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// Integer dot products of one instruction set: registers of int32 lanes, each holding a unit of operands (two int16 or four int8) or one sum.
/// Every member inlines to the few instructions its comment names.
/// </summary>
/// <typeparam name="V">The register.</typeparam>
unsafe interface IInt8Lanes<V> where V : struct
{
    /// <summary>Lanes per register.</summary>
    static abstract int Count { get; }

    /// <summary>Operands per lane: 2 (int16) or 4 (int8).</summary>
    static abstract int Unit { get; }

    /// <summary><see cref="Count"/> units from any address.</summary>
    static abstract V Load(int* p);

    /// <summary><see cref="Count"/> units of int8 operands, stored unit by unit, widened to what <see cref="MultiplyAdd"/> takes.</summary>
    static abstract V LoadInt8(sbyte* p);

    /// <summary>The same in every lane.</summary>
    static abstract V Broadcast(int value);

    /// <summary>sum + Σ a·b over the operands of each lane. Operands lie in −128…127, those of one of the two in −127…127.</summary>
    static abstract V MultiplyAdd(V sum, V a, V b);

    /// <summary>The low halves of the lanes' int32 products.</summary>
    static abstract V Multiply(V a, V b);

    /// <summary>target[i] = min(hi, max(lo, sum[i]·scale + bias)).</summary>
    static abstract void Store(float* target, V sum, float scale, float bias, float lo, float hi);

    /// <summary>target[i] = min(hi, max(lo, sum[i]·(factor·scale[i]) + bias[i])).</summary>
    static abstract void Store(float* target, V sum, float factor, float* scale, float* bias, float lo, float hi);
}

/// <summary>
/// AVX-512: VPMADDWD on int16 pairs. (VPDPBUSD of 512 bits is not there for .NET; that of 256 bits, AvxVnni of .NET 10, takes no more operands: on Zen 5 both run
/// at 265 GMAC/s, twice the rate of float32.)
/// </summary>
readonly unsafe struct Int8Lanes16 : IInt8Lanes<Vector512<int>>
{
    public static int Count => 16;

    public static int Unit => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> Load(int* p) => Vector512.Load(p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> LoadInt8(sbyte* p) => Avx512BW.ConvertToVector512Int16(Vector256.Load(p)).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> Broadcast(int value) => Vector512.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> Multiply(Vector512<int> a, Vector512<int> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<int> MultiplyAdd(Vector512<int> sum, Vector512<int> a, Vector512<int> b) => sum + Avx512BW.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector512<int> sum, float scale, float bias, float lo, float hi) =>
        Finish(target, sum, Vector512.Create(scale), Vector512.Create(bias), lo, hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector512<int> sum, float factor, float* scale, float* bias, float lo, float hi) =>
        Finish(target, sum, Vector512.Create(factor) * Vector512.Load(scale), Vector512.Load(bias), lo, hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Finish(float* target, Vector512<int> sum, Vector512<float> scale, Vector512<float> bias, float lo, float hi) =>
        Avx512F.Min(Vector512.Create(hi), Avx512F.Max(Vector512.Create(lo), Vector512.ConvertToSingle(sum) * scale + bias)).Store(target);
}

/// <summary>AVX2: VPMADDWD on int16 pairs.</summary>
readonly unsafe struct Int8Lanes8 : IInt8Lanes<Vector256<int>>
{
    public static int Count => 8;

    public static int Unit => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Load(int* p) => Vector256.Load(p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> LoadInt8(sbyte* p) => Avx2.ConvertToVector256Int16(p).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Broadcast(int value) => Vector256.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> Multiply(Vector256<int> a, Vector256<int> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<int> MultiplyAdd(Vector256<int> sum, Vector256<int> a, Vector256<int> b) => sum + Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector256<int> sum, float scale, float bias, float lo, float hi) =>
        Finish(target, sum, Vector256.Create(scale), Vector256.Create(bias), lo, hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector256<int> sum, float factor, float* scale, float* bias, float lo, float hi) =>
        Finish(target, sum, Vector256.Create(factor) * Vector256.Load(scale), Vector256.Load(bias), lo, hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Finish(float* target, Vector256<int> sum, Vector256<float> scale, Vector256<float> bias, float lo, float hi) =>
        Avx.Min(Vector256.Create(hi), Avx.Max(Vector256.Create(lo), Avx.ConvertToVector256Single(sum) * scale + bias)).Store(target);
}

/// <summary>Arm64 with dot product: SDOT on int8 quadruples.</summary>
readonly unsafe struct Int8LanesDot : IInt8Lanes<Vector128<int>>
{
    public static int Count => 4;

    public static int Unit => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Load(int* p) => Vector128.Load(p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> LoadInt8(sbyte* p) => Vector128.Load(p).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Broadcast(int value) => Vector128.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Multiply(Vector128<int> a, Vector128<int> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> MultiplyAdd(Vector128<int> sum, Vector128<int> a, Vector128<int> b) => Dp.DotProduct(sum, a.AsSByte(), b.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<int> sum, float scale, float bias, float lo, float hi) => Int8LanesPortable.Store(target, sum, scale, bias, lo, hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<int> sum, float factor, float* scale, float* bias, float lo, float hi) => Int8LanesPortable.Store(target, sum, factor, scale, bias, lo, hi);
}

/// <summary>Every Arm64: SMULL and SMULL2 on int8 quadruples, ADDP, SADALP. Two products of at most 128·127 fit int16.</summary>
readonly unsafe struct Int8LanesNeon : IInt8Lanes<Vector128<int>>
{
    public static int Count => 4;

    public static int Unit => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Load(int* p) => Vector128.Load(p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> LoadInt8(sbyte* p) => Vector128.Load(p).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Broadcast(int value) => Vector128.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Multiply(Vector128<int> a, Vector128<int> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<int> sum, Vector128<int> a, Vector128<int> b)
    {
        var low = AdvSimd.MultiplyWideningLower(a.AsSByte().GetLower(), b.AsSByte().GetLower());
        var high = AdvSimd.MultiplyWideningUpper(a.AsSByte(), b.AsSByte());
        return AdvSimd.AddPairwiseWideningAndAdd(sum, AdvSimd.Arm64.AddPairwise(low, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<int> sum, float scale, float bias, float lo, float hi) => Int8LanesPortable.Store(target, sum, scale, bias, lo, hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<int> sum, float factor, float* scale, float* bias, float lo, float hi) => Int8LanesPortable.Store(target, sum, factor, scale, bias, lo, hi);
}

/// <summary>.NET's portable vectors: int16 pairs taken apart by shifts.</summary>
readonly unsafe struct Int8LanesPortable : IInt8Lanes<Vector128<int>>
{
    public static int Count => 4;

    public static int Unit => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Load(int* p) => Vector128.Load(p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> LoadInt8(sbyte* p) => Vector128.WidenLower(Vector128.CreateScalar(*(long*)p).AsSByte()).AsInt32();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Broadcast(int value) => Vector128.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<int> Multiply(Vector128<int> a, Vector128<int> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<int> sum, Vector128<int> a, Vector128<int> b) => sum + ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<int> sum, float scale, float bias, float lo, float hi) =>
        Finish(target, sum, Vector128.Create(scale), Vector128.Create(bias), lo, hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<int> sum, float factor, float* scale, float* bias, float lo, float hi) =>
        Finish(target, sum, Vector128.Create(factor) * Vector128.Load(scale), Vector128.Load(bias), lo, hi);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Finish(float* target, Vector128<int> sum, Vector128<float> scale, Vector128<float> bias, float lo, float hi) =>
        Vector128.Min(Vector128.Create(hi), Vector128.Max(Vector128.Create(lo), Vector128.ConvertToSingle(sum) * scale + bias)).Store(target);
}
