using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeQinn.Runtime.Kernels.VectorMath;

/// <summary>Sixteen lanes: AVX-512 F and DQ.</summary>
public readonly unsafe struct Lanes16(Vector512<float> value) : ILanes<Lanes16>
{
    /// <summary>The register.</summary>
    public readonly Vector512<float> Value = value;

    public static int Count => 16;

    static Lanes16 Of(Vector512<int> v) => new(v.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Create(float value) => new(Vector512.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 CreateInt(int value) => Of(Vector512.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Load(float* p) => new(Vector512.Load(p));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Lanes16 value, float* p) => value.Value.Store(p);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 LoadFirst(float* p, int n) => new(Vector512.Create(
        Lanes8.LoadFirst(p, n).Value, Lanes8.LoadFirst(p + 8, n - 8).Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Lanes16 value, float* p, int n)
    {
        if (n < 8)
        {
            Lanes8.StoreFirst(new Lanes8(value.Value.GetLower()), p, n);
            return;
        }
        value.Value.GetLower().Store(p);
        Lanes8.StoreFirst(new Lanes8(value.Value.GetUpper()), p + 8, n - 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 operator +(Lanes16 a, Lanes16 b) => new(a.Value + b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 operator -(Lanes16 a, Lanes16 b) => new(a.Value - b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 operator *(Lanes16 a, Lanes16 b) => new(a.Value * b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 operator /(Lanes16 a, Lanes16 b) => new(a.Value / b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 MultiplyAdd(Lanes16 a, Lanes16 b, Lanes16 c) => new(Avx512F.FusedMultiplyAdd(a.Value, b.Value, c.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 MultiplyAdd(Lanes16 a, float* b, Lanes16 c) => new(Avx512F.FusedMultiplyAdd(a.Value, Vector512.Load(b), c.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 CreateScalar(float value) => Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 MultiplyAddByScalar(Lanes16 a, Lanes16 scalar, Lanes16 c) => MultiplyAdd(scalar, a, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 MultiplySubtractFrom(Lanes16 a, Lanes16 b, Lanes16 c) => new(Avx512F.FusedMultiplyAddNegated(a.Value, b.Value, c.Value));

    // MAXPS and MINPS return their second operand where either is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Max(Lanes16 bound, Lanes16 x) => new(Avx512F.Max(bound.Value, x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Min(Lanes16 bound, Lanes16 x) => new(Avx512F.Min(bound.Value, x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 MaxNumber(Lanes16 bound, Lanes16 x) => new(Avx512F.Max(x.Value, bound.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 MinNumber(Lanes16 bound, Lanes16 x) => new(Avx512F.Min(x.Value, bound.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Sqrt(Lanes16 x) => new(Avx512F.Sqrt(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Floor(Lanes16 x) => new(Vector512.Floor(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Ceiling(Lanes16 x) => new(Vector512.Ceiling(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Round(Lanes16 x) => new(Avx512F.RoundScale(x.Value, 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> Fold(Lanes16 x) => Lanes8.Fold(new Lanes8(x.Value.GetLower() + x.Value.GetUpper()));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 operator &(Lanes16 a, Lanes16 b) => new(a.Value & b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 operator |(Lanes16 a, Lanes16 b) => new(a.Value | b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 operator ^(Lanes16 a, Lanes16 b) => new(a.Value ^ b.Value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 AndNot(Lanes16 a, Lanes16 b) => new(Vector512.AndNot(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Select(Lanes16 mask, Lanes16 a, Lanes16 b) => new(Vector512.ConditionalSelect(mask.Value, a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Equal(Lanes16 a, Lanes16 b) => new(Vector512.Equals(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Less(Lanes16 a, Lanes16 b) => new(Vector512.LessThan(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 LessOrEqual(Lanes16 a, Lanes16 b) => new(Vector512.LessThanOrEqual(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Evens(Lanes16 a, Lanes16 b) => new(Avx512F.PermuteVar16x32x2(a.Value, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Odds(Lanes16 a, Lanes16 b) => new(Avx512F.PermuteVar16x32x2(a.Value, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 Next(Lanes16 a, Lanes16 b) => new(Avx512F.AlignRight32(b.Value.AsInt32(), a.Value.AsInt32(), 1).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 LoadFours(float* p, nint pitch) => new(Avx512F.InsertVector256(
        Lanes8.LoadFours(p, pitch).Value.ToVector512Unsafe(), Lanes8.LoadFours(p + 2 * pitch, pitch).Value, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFours(Lanes16 value, float* p, nint pitch)
    {
        Lanes8.StoreFours(new Lanes8(value.Value.GetLower()), p, pitch);
        Lanes8.StoreFours(new Lanes8(value.Value.GetUpper()), p + 2 * pitch, pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 ZipLow(Lanes16 a, Lanes16 b) => new(Avx512F.UnpackLow(a.Value, b.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 ZipHigh(Lanes16 a, Lanes16 b) => new(Avx512F.UnpackHigh(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 AddInt(Lanes16 a, Lanes16 b) => Of(a.Value.AsInt32() + b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 SubtractInt(Lanes16 a, Lanes16 b) => Of(a.Value.AsInt32() - b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 MultiplyInt(Lanes16 a, Lanes16 b) => Of(a.Value.AsInt32() * b.Value.AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 AddShort(Lanes16 a, Lanes16 b) => Of((a.Value.AsInt16() + b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 SubtractShort(Lanes16 a, Lanes16 b) => Of((a.Value.AsInt16() - b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 MultiplyShort(Lanes16 a, Lanes16 b) => Of((a.Value.AsInt16() * b.Value.AsInt16()).AsInt32());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 ShiftLeftInt(Lanes16 a, [ConstantExpected] byte bits) => Of(Avx512F.ShiftLeftLogical(a.Value.AsInt32(), bits));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 ShiftRightInt(Lanes16 a, [ConstantExpected] byte bits) => Of(Avx512F.ShiftRightArithmetic(a.Value.AsInt32(), bits));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 ToInt(Lanes16 x) => Of(Avx512F.ConvertToVector512Int32(x.Value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Lanes16 FromInt(Lanes16 x) => new(Avx512F.ConvertToVector512Single(x.Value.AsInt32()));
}
