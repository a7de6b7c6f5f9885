using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

/// <summary>Eight lanes: AVX2 and FMA.</summary>
public readonly unsafe struct Lanes8(Vector256<float> value) : ILanes<Lanes8>
{
    /// <summary>The register.</summary>
    public readonly Vector256<float> Value = value;

    public static int Count => 8;

    static Lanes8 Of(Vector256<int> v) => new(v.AsSingle());

    /// <summary>All ones in the first n lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> First(int n) => Avx2.CompareGreaterThan(Vector256.Create(n), Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Create(float value) => new(Vector256.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 CreateInt(int value) => Of(Vector256.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Load(float* p) => new(Vector256.Load(p));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Lanes8 value, float* p) => value.Value.Store(p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 LoadFirst(float* p, int n) => new(Avx.MaskLoad(p, First(n).AsSingle()));
    // Piecewise: a masked store costs some ten times a plain one on AMD; n rarely changes, so the branches are predicted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Lanes8 value, float* p, int n)
    {
        if (n >= 8) { value.Value.Store(p); return; }
        Vector128<float> rest = value.Value.GetLower();
        if ((n & 4) != 0)
        {
            rest.Store(p);
            rest = value.Value.GetUpper();
            p += 4;
        }
        Lanes4.StoreFirst(new Lanes4(rest), p, n & 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 operator +(Lanes8 a, Lanes8 b) => new(a.Value + b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 operator -(Lanes8 a, Lanes8 b) => new(a.Value - b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 operator *(Lanes8 a, Lanes8 b) => new(a.Value * b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 operator /(Lanes8 a, Lanes8 b) => new(a.Value / b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 MultiplyAdd(Lanes8 a, Lanes8 b, Lanes8 c) => new(Fma.MultiplyAdd(a.Value, b.Value, c.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 MultiplyAdd(Lanes8 a, float* b, Lanes8 c) => new(Fma.MultiplyAdd(a.Value, Vector256.Load(b), c.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 CreateScalar(float value) => Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 MultiplyAddByScalar(Lanes8 a, Lanes8 scalar, Lanes8 c) => MultiplyAdd(scalar, a, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 MultiplySubtractFrom(Lanes8 a, Lanes8 b, Lanes8 c) => new(Fma.MultiplyAddNegated(a.Value, b.Value, c.Value));

    // MAXPS and MINPS return their second operand where either is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Max(Lanes8 bound, Lanes8 x) => new(Avx.Max(bound.Value, x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Min(Lanes8 bound, Lanes8 x) => new(Avx.Min(bound.Value, x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 MaxNumber(Lanes8 bound, Lanes8 x) => new(Avx.Max(x.Value, bound.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 MinNumber(Lanes8 bound, Lanes8 x) => new(Avx.Min(x.Value, bound.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Sqrt(Lanes8 x) => new(Avx.Sqrt(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Floor(Lanes8 x) => new(Avx.Floor(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Ceiling(Lanes8 x) => new(Avx.Ceiling(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Round(Lanes8 x) => new(Avx.RoundToNearestInteger(x.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> Fold(Lanes8 x) => x.Value.GetLower() + x.Value.GetUpper();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 operator &(Lanes8 a, Lanes8 b) => new(a.Value & b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 operator |(Lanes8 a, Lanes8 b) => new(a.Value | b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 operator ^(Lanes8 a, Lanes8 b) => new(a.Value ^ b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 AndNot(Lanes8 a, Lanes8 b) => new(Vector256.AndNot(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Select(Lanes8 mask, Lanes8 a, Lanes8 b) => new(Vector256.ConditionalSelect(mask.Value, a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Equal(Lanes8 a, Lanes8 b) => new(Vector256.Equals(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Less(Lanes8 a, Lanes8 b) => new(Vector256.LessThan(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 LessOrEqual(Lanes8 a, Lanes8 b) => new(Vector256.LessThanOrEqual(a.Value, b.Value));

    // Shuffles work within 128-bit halves: 64-bit units come out as a0 b0 a1 b1 and are put in order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Evens(Lanes8 a, Lanes8 b) => new(Avx2.Permute4x64(Avx.Shuffle(a.Value, b.Value, 0x88).AsInt64(), 0b11_01_10_00).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Odds(Lanes8 a, Lanes8 b) => new(Avx2.Permute4x64(Avx.Shuffle(a.Value, b.Value, 0xDD).AsInt64(), 0b11_01_10_00).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 Next(Lanes8 a, Lanes8 b) => new(Avx2.AlignRight(Avx.Permute2x128(a.Value, b.Value, 0x21).AsByte(), a.Value.AsByte(), sizeof(float)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 LoadFours(float* p, nint pitch) => new(Vector256.Create(Vector128.Load(p), Vector128.Load(p + pitch)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFours(Lanes8 value, float* p, nint pitch)
    {
        value.Value.GetLower().Store(p);
        value.Value.GetUpper().Store(p + pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 ZipLow(Lanes8 a, Lanes8 b) => new(Avx.UnpackLow(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 ZipHigh(Lanes8 a, Lanes8 b) => new(Avx.UnpackHigh(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 AddInt(Lanes8 a, Lanes8 b) => Of(a.Value.AsInt32() + b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 SubtractInt(Lanes8 a, Lanes8 b) => Of(a.Value.AsInt32() - b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 MultiplyInt(Lanes8 a, Lanes8 b) => Of(a.Value.AsInt32() * b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 AddShort(Lanes8 a, Lanes8 b) => Of((a.Value.AsInt16() + b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 SubtractShort(Lanes8 a, Lanes8 b) => Of((a.Value.AsInt16() - b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 MultiplyShort(Lanes8 a, Lanes8 b) => Of((a.Value.AsInt16() * b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 ShiftLeftInt(Lanes8 a, [ConstantExpected] byte bits) => Of(Avx2.ShiftLeftLogical(a.Value.AsInt32(), bits));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 ShiftRightInt(Lanes8 a, [ConstantExpected] byte bits) => Of(Avx2.ShiftRightArithmetic(a.Value.AsInt32(), bits));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 ToInt(Lanes8 x) => Of(Avx.ConvertToVector256Int32(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes8 FromInt(Lanes8 x) => new(Avx.ConvertToVector256Single(x.Value.AsInt32()));
}
