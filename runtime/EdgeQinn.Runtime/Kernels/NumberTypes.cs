using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Something to do for a number type known only when a model is planned.</summary>
interface INumberVisitor<R>
{
    R Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T>;
}

/// <summary>As <see cref="INumberVisitor{R}"/>, for integers.</summary>
interface IIntegerVisitor<R>
{
    R Visit<T>() where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>;
}

/// <summary>As <see cref="INumberVisitor{R}"/>, for floating point.</summary>
interface IFloatVisitor<R>
{
    R Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T>;
}

/// <summary>
/// From element types to .NET's types: every generic instance is named here, so that NativeAOT compiles it. Kernels are instantiated for the
/// types that things are computed in; only casts know all.
/// </summary>
static class NumberTypes
{
    /// <summary>Every number type.</summary>
    public static readonly ElementType[] Any =
    [
        ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.Int8, ElementType.UInt8, ElementType.Int16, ElementType.UInt16,
        ElementType.Int32, ElementType.UInt32, ElementType.Int64, ElementType.UInt64,
    ];

    /// <summary>The floating-point types that kernels compute in.</summary>
    public static readonly ElementType[] Floats = [ElementType.Float32, ElementType.Float64];

    /// <summary>The integer types that kernels compute in.</summary>
    public static readonly ElementType[] Integers = [ElementType.Int64, ElementType.UInt64];

    /// <summary>The number types that kernels compute in.</summary>
    public static readonly ElementType[] All = [.. Floats, .. Integers];

    /// <summary>Visits any number type.</summary>
    public static R VisitAny<TVisitor, R>(ElementType type, TVisitor visitor) where TVisitor : struct, INumberVisitor<R> => type switch
    {
        ElementType.Float16 => visitor.Visit<Half>(),
        ElementType.Int8 => visitor.Visit<sbyte>(),
        ElementType.UInt8 => visitor.Visit<byte>(),
        ElementType.Int16 => visitor.Visit<short>(),
        ElementType.UInt16 => visitor.Visit<ushort>(),
        ElementType.Int32 => visitor.Visit<int>(),
        ElementType.UInt32 => visitor.Visit<uint>(),
        _ => Visit<TVisitor, R>(type, visitor),
    };

    /// <summary>Visits a number type that kernels compute in.</summary>
    public static R Visit<TVisitor, R>(ElementType type, TVisitor visitor) where TVisitor : struct, INumberVisitor<R> => type switch
    {
        ElementType.Float32 => visitor.Visit<float>(),
        ElementType.Float64 => visitor.Visit<double>(),
        ElementType.Int64 => visitor.Visit<long>(),
        ElementType.UInt64 => visitor.Visit<ulong>(),
        _ => throw NoKernel(type),
    };

    /// <summary>Visits an integer type that kernels compute in.</summary>
    public static R VisitInteger<TVisitor, R>(ElementType type, TVisitor visitor) where TVisitor : struct, IIntegerVisitor<R> => type switch
    {
        ElementType.Int64 => visitor.Visit<long>(),
        ElementType.UInt64 => visitor.Visit<ulong>(),
        _ => throw NoKernel(type),
    };

    /// <summary>Visits a floating-point type that kernels compute in.</summary>
    public static R VisitFloat<TVisitor, R>(ElementType type, TVisitor visitor) where TVisitor : struct, IFloatVisitor<R> => type switch
    {
        ElementType.Float32 => visitor.Visit<float>(),
        ElementType.Float64 => visitor.Visit<double>(),
        _ => throw NoKernel(type),
    };

    static GraphException NoKernel(ElementType type) => new($"there is no kernel for {type.ToString().ToLowerInvariant()}");

    /// <summary>Such as <c>f32</c>, <c>i8</c>, <c>u64</c>, <c>bool</c>: how kernel names spell the type.</summary>
    public static string Short(this ElementType type) => type switch
    {
        ElementType.Bool => "bool",
        ElementType.BFloat16 => "bf16",
        ElementType.Float32 or ElementType.Float64 or ElementType.Float16 => $"f{type.Size() * 8}",
        ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64 => $"i{type.Size() * 8}",
        _ => $"u{type.Size() * 8}",
    };
}
