using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

/// <summary>Four lanes: NEON, or .NET's portable vectors on anything else.</summary>
public readonly unsafe struct Lanes4(Vector128<float> value) : ILanes<Lanes4>
{
    /// <summary>The register.</summary>
    public readonly Vector128<float> Value = value;

    public static int Count => 4;

    static Lanes4 Of(Vector128<int> v) => new(v.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Create(float value) => new(Vector128.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 CreateInt(int value) => Of(Vector128.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Load(float* p) => new(Vector128.Load(p));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Lanes4 value, float* p) => value.Value.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 LoadFirst(float* p, int n) => new(n switch
    {
        >= 4 => Vector128.Load(p),
        3 => Vector128.Create(Vector64.Load(p), Vector64.CreateScalar(p[2])),
        2 => Vector64.Load(p).ToVector128(),
        1 => Vector128.CreateScalar(*p),
        _ => Vector128<float>.Zero,
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Lanes4 value, float* p, int n)
    {
        if (n >= 4) { value.Value.Store(p); return; }
        if ((n & 2) != 0) value.Value.GetLower().Store(p);
        if ((n & 1) != 0) p[n & 2] = value.Value.GetElement(n & 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 operator +(Lanes4 a, Lanes4 b) => new(a.Value + b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 operator -(Lanes4 a, Lanes4 b) => new(a.Value - b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 operator *(Lanes4 a, Lanes4 b) => new(a.Value * b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 operator /(Lanes4 a, Lanes4 b) => new(a.Value / b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 MultiplyAdd(Lanes4 a, Lanes4 b, Lanes4 c) => new(Vector128.MultiplyAddEstimate(a.Value, b.Value, c.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 MultiplyAdd(Lanes4 a, float* b, Lanes4 c) => new(Vector128.MultiplyAddEstimate(a.Value, Vector128.Load(b), c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 CreateScalar(float value) => new(AdvSimd.Arm64.IsSupported ? Vector128.CreateScalarUnsafe(value) : Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 MultiplyAddByScalar(Lanes4 a, Lanes4 scalar, Lanes4 c) =>
        AdvSimd.Arm64.IsSupported ? new(AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(c.Value, a.Value, scalar.Value, 0)) : MultiplyAdd(scalar, a, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 MultiplySubtractFrom(Lanes4 a, Lanes4 b, Lanes4 c) => new(Vector128.MultiplyAddEstimate(-a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Max(Lanes4 bound, Lanes4 x) => new(
        AdvSimd.IsSupported ? AdvSimd.Max(bound.Value, x.Value) :
        Sse.IsSupported ? Sse.Max(bound.Value, x.Value) : Vector128.ConditionalSelect(Vector128.LessThan(x.Value, bound.Value), bound.Value, x.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Min(Lanes4 bound, Lanes4 x) => new(
        AdvSimd.IsSupported ? AdvSimd.Min(bound.Value, x.Value) :
        Sse.IsSupported ? Sse.Min(bound.Value, x.Value) : Vector128.ConditionalSelect(Vector128.GreaterThan(x.Value, bound.Value), bound.Value, x.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 MaxNumber(Lanes4 bound, Lanes4 x) => new(
        AdvSimd.IsSupported ? AdvSimd.MaxNumber(bound.Value, x.Value) :
        Sse.IsSupported ? Sse.Max(x.Value, bound.Value) : Vector128.ConditionalSelect(Vector128.GreaterThan(x.Value, bound.Value), x.Value, bound.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 MinNumber(Lanes4 bound, Lanes4 x) => new(
        AdvSimd.IsSupported ? AdvSimd.MinNumber(bound.Value, x.Value) :
        Sse.IsSupported ? Sse.Min(x.Value, bound.Value) : Vector128.ConditionalSelect(Vector128.LessThan(x.Value, bound.Value), x.Value, bound.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Sqrt(Lanes4 x) => new(Vector128.Sqrt(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Floor(Lanes4 x) => new(Vector128.Floor(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Ceiling(Lanes4 x) => new(Vector128.Ceiling(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Round(Lanes4 x) => new(Vector128.Round(x.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> Fold(Lanes4 x) => x.Value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 operator &(Lanes4 a, Lanes4 b) => new(a.Value & b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 operator |(Lanes4 a, Lanes4 b) => new(a.Value | b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 operator ^(Lanes4 a, Lanes4 b) => new(a.Value ^ b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 AndNot(Lanes4 a, Lanes4 b) => new(Vector128.AndNot(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Select(Lanes4 mask, Lanes4 a, Lanes4 b) => new(Vector128.ConditionalSelect(mask.Value, a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Equal(Lanes4 a, Lanes4 b) => new(Vector128.Equals(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 Less(Lanes4 a, Lanes4 b) => new(Vector128.LessThan(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 LessOrEqual(Lanes4 a, Lanes4 b) => new(Vector128.LessThanOrEqual(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Evens(Lanes4 a, Lanes4 b) => new(
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.UnzipEven(a.Value, b.Value) :
        Sse.IsSupported ? Sse.Shuffle(a.Value, b.Value, 0x88) : Vector128.Create(a.Value[0], a.Value[2], b.Value[0], b.Value[2]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Odds(Lanes4 a, Lanes4 b) => new(
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.UnzipOdd(a.Value, b.Value) :
        Sse.IsSupported ? Sse.Shuffle(a.Value, b.Value, 0xDD) : Vector128.Create(a.Value[1], a.Value[3], b.Value[1], b.Value[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Next(Lanes4 a, Lanes4 b) => new(
        AdvSimd.IsSupported ? AdvSimd.ExtractVector128(a.Value, b.Value, 1) :
        Ssse3.IsSupported ? Ssse3.AlignRight(b.Value.AsByte(), a.Value.AsByte(), sizeof(float)).AsSingle() : Vector128.Create(a.Value[1], a.Value[2], a.Value[3], b.Value[0]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 LoadFours(float* p, nint pitch) => Load(p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void StoreFours(Lanes4 value, float* p, nint pitch) => Store(value, p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 ZipLow(Lanes4 a, Lanes4 b) => new(
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a.Value, b.Value) :
        Sse.IsSupported ? Sse.UnpackLow(a.Value, b.Value) : Vector128.Create(a.Value[0], b.Value[0], a.Value[1], b.Value[1]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 ZipHigh(Lanes4 a, Lanes4 b) => new(
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a.Value, b.Value) :
        Sse.IsSupported ? Sse.UnpackHigh(a.Value, b.Value) : Vector128.Create(a.Value[2], b.Value[2], a.Value[3], b.Value[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 AddInt(Lanes4 a, Lanes4 b) => Of(a.Value.AsInt32() + b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 SubtractInt(Lanes4 a, Lanes4 b) => Of(a.Value.AsInt32() - b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 MultiplyInt(Lanes4 a, Lanes4 b) => Of(a.Value.AsInt32() * b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 AddShort(Lanes4 a, Lanes4 b) => Of((a.Value.AsInt16() + b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 SubtractShort(Lanes4 a, Lanes4 b) => Of((a.Value.AsInt16() - b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 MultiplyShort(Lanes4 a, Lanes4 b) => Of((a.Value.AsInt16() * b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 ShiftLeftInt(Lanes4 a, [ConstantExpected] byte bits) => Of(a.Value.AsInt32() << bits);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 ShiftRightInt(Lanes4 a, [ConstantExpected] byte bits) => Of(a.Value.AsInt32() >> bits);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 ToInt(Lanes4 x) => Of(
        AdvSimd.IsSupported ? AdvSimd.ConvertToInt32RoundToEven(x.Value) :
        Sse2.IsSupported ? Sse2.ConvertToVector128Int32(x.Value) : Vector128.ConvertToInt32(Vector128.Round(x.Value)));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes4 FromInt(Lanes4 x) => new(Vector128.ConvertToSingle(x.Value.AsInt32()));
}
