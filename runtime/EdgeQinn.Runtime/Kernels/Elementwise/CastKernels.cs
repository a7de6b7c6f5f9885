using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>
/// y = x in another element type. Fractions are cut off; floating point outside an integer type's range saturates and NaN becomes 0; integers
/// wrap; to bool is x ≠ 0; rounding between floating-point types is to nearest, half to even.
/// </summary>
static unsafe class CastKernels
{
    const string Contract = "y = (T)x";

    /// <summary>What can be cast, each to each.</summary>
    public static IReadOnlyList<ElementType> Types { get; } = [.. NumberTypes.Any, ElementType.Bool, ElementType.BFloat16];

    /// <summary>The kernels from one type to another; α and β are not used.</summary>
    public static KernelFamily<UnaryArgs> Get(ElementType from, ElementType to) => (from, to) switch
    {
        (ElementType.Bool, ElementType.Bool) => BoolToBool,
        (ElementType.BFloat16, ElementType.BFloat16) => BFloat16ToBFloat16,
        (ElementType.Bool, ElementType.BFloat16) => BoolToBFloat16,
        (ElementType.BFloat16, ElementType.Bool) => BFloat16ToBool,
        (ElementType.Bool, _) => NumberTypes.VisitAny<FromBool, KernelFamily<UnaryArgs>>(to, default),
        (_, ElementType.Bool) => NumberTypes.VisitAny<ToBool, KernelFamily<UnaryArgs>>(from, default),
        (ElementType.BFloat16, _) => NumberTypes.VisitAny<FromBFloat16, KernelFamily<UnaryArgs>>(to, default),
        (_, ElementType.BFloat16) => NumberTypes.VisitAny<ToBFloat16, KernelFamily<UnaryArgs>>(from, default),
        _ => NumberTypes.VisitAny<From, KernelFamily<UnaryArgs>>(from, new(to)),
    };

    static KernelFamily<UnaryArgs> BoolToBool { get; } = Family(ElementType.Bool, ElementType.Bool, &Run<byte, byte, Truth<byte>>);
    static KernelFamily<UnaryArgs> BFloat16ToBFloat16 { get; } = Family(ElementType.BFloat16, ElementType.BFloat16, &Run<ushort, ushort, Numeric<ushort, ushort>>);
    static KernelFamily<UnaryArgs> BoolToBFloat16 { get; } = Family(ElementType.Bool, ElementType.BFloat16, &Run<byte, ushort, TruthToBFloat16>);
    static KernelFamily<UnaryArgs> BFloat16ToBool { get; } = Family(ElementType.BFloat16, ElementType.Bool, &Run<ushort, byte, BFloat16Truth>);

    static KernelFamily<UnaryArgs> Family(ElementType from, ElementType to, delegate*<UnaryArgs*, void> run) =>
        new($"cast.{from.Short()}.{to.Short()}", Contract, run);

    static void Run<TFrom, TTo, TConversion>(UnaryArgs* a) where TFrom : unmanaged where TTo : unmanaged where TConversion : IConversion<TFrom, TTo>
    {
        var x = (TFrom*)a->X;
        var y = (TTo*)a->Y;
        for (long i = 0; i < a->Count; i++) y[i] = TConversion.Convert(x[i]);
    }

    interface IConversion<TFrom, TTo>
    {
        static abstract TTo Convert(TFrom x);
    }

    readonly struct Numeric<TFrom, TTo> : IConversion<TFrom, TTo> where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo>
    {
        public static TTo Convert(TFrom x) =>
            typeof(TFrom) == typeof(float) || typeof(TFrom) == typeof(double) || typeof(TFrom) == typeof(Half) ? TTo.CreateSaturating(x) : TTo.CreateTruncating(x);
    }

    readonly struct Truth<T> : IConversion<T, byte> where T : unmanaged, INumber<T>
    {
        public static byte Convert(T x) => x != T.Zero ? (byte)1 : (byte)0;
    }

    readonly struct FromTruth<T> : IConversion<byte, T> where T : unmanaged, INumber<T>
    {
        public static T Convert(byte x) => x != 0 ? T.One : T.Zero;
    }

    readonly struct WidenBFloat16<T> : IConversion<ushort, T> where T : unmanaged, INumber<T>
    {
        public static T Convert(ushort x) => Numeric<float, T>.Convert(BFloat16.ToSingle(x));
    }

    readonly struct NarrowToBFloat16<T> : IConversion<T, ushort> where T : unmanaged, INumber<T>
    {
        public static ushort Convert(T x) => BFloat16.FromSingle(float.CreateTruncating(x));
    }

    readonly struct TruthToBFloat16 : IConversion<byte, ushort>
    {
        public static ushort Convert(byte x) => BFloat16.FromSingle(x != 0 ? 1 : 0);
    }

    readonly struct BFloat16Truth : IConversion<ushort, byte>
    {
        public static byte Convert(ushort x) => BFloat16.ToSingle(x) != 0 ? (byte)1 : (byte)0;
    }

    static class NumericFamily<TFrom, TTo> where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo>
    {
        public static readonly KernelFamily<UnaryArgs> Value = Family(ElementTypes.Of<TFrom>(), ElementTypes.Of<TTo>(), &Run<TFrom, TTo, Numeric<TFrom, TTo>>);
    }

    static class OtherFamilies<T> where T : unmanaged, INumber<T>
    {
        public static readonly KernelFamily<UnaryArgs> FromBool = Family(ElementType.Bool, ElementTypes.Of<T>(), &Run<byte, T, FromTruth<T>>);
        public static readonly KernelFamily<UnaryArgs> ToBool = Family(ElementTypes.Of<T>(), ElementType.Bool, &Run<T, byte, Truth<T>>);
        public static readonly KernelFamily<UnaryArgs> FromBFloat16 = Family(ElementType.BFloat16, ElementTypes.Of<T>(), &Run<ushort, T, WidenBFloat16<T>>);
        public static readonly KernelFamily<UnaryArgs> ToBFloat16 = Family(ElementTypes.Of<T>(), ElementType.BFloat16, &Run<T, ushort, NarrowToBFloat16<T>>);
    }

    readonly struct From(ElementType to) : INumberVisitor<KernelFamily<UnaryArgs>>
    {
        readonly ElementType _to = to;

        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> =>
            NumberTypes.VisitAny<To<T>, KernelFamily<UnaryArgs>>(_to, default);
    }

    readonly struct To<TFrom> : INumberVisitor<KernelFamily<UnaryArgs>> where TFrom : unmanaged, INumber<TFrom>
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => NumericFamily<TFrom, T>.Value;
    }

    readonly struct FromBool : INumberVisitor<KernelFamily<UnaryArgs>>
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => OtherFamilies<T>.FromBool;
    }

    readonly struct ToBool : INumberVisitor<KernelFamily<UnaryArgs>>
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => OtherFamilies<T>.ToBool;
    }

    readonly struct FromBFloat16 : INumberVisitor<KernelFamily<UnaryArgs>>
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => OtherFamilies<T>.FromBFloat16;
    }

    readonly struct ToBFloat16 : INumberVisitor<KernelFamily<UnaryArgs>>
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => OtherFamilies<T>.ToBFloat16;
    }
}
