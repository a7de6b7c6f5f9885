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

/// <summary>From element types to .NET's types: every generic instance is named here, so that NativeAOT compiles it.</summary>
static class NumberTypes
{
    public static readonly ElementType[] Integers =
    [
        ElementType.Int8, ElementType.UInt8, ElementType.Int16, ElementType.UInt16,
        ElementType.Int32, ElementType.UInt32, ElementType.Int64, ElementType.UInt64,
    ];

    public static readonly ElementType[] Floats = [ElementType.Float32, ElementType.Float64, ElementType.Float16];

    public static readonly ElementType[] All = [.. Floats, .. Integers];

    public static R Visit<TVisitor, R>(ElementType type, TVisitor visitor) where TVisitor : struct, INumberVisitor<R> => type switch
    {
        ElementType.Float32 => visitor.Visit<float>(),
        ElementType.Float64 => visitor.Visit<double>(),
        ElementType.Float16 => visitor.Visit<Half>(),
        ElementType.Int8 => visitor.Visit<sbyte>(),
        ElementType.UInt8 => visitor.Visit<byte>(),
        ElementType.Int16 => visitor.Visit<short>(),
        ElementType.UInt16 => visitor.Visit<ushort>(),
        ElementType.Int32 => visitor.Visit<int>(),
        ElementType.UInt32 => visitor.Visit<uint>(),
        ElementType.Int64 => visitor.Visit<long>(),
        ElementType.UInt64 => visitor.Visit<ulong>(),
        _ => throw new GraphException($"{type.ToString().ToLowerInvariant()} is no number type"),
    };

    public static R VisitInteger<TVisitor, R>(ElementType type, TVisitor visitor) where TVisitor : struct, IIntegerVisitor<R> => type switch
    {
        ElementType.Int8 => visitor.Visit<sbyte>(),
        ElementType.UInt8 => visitor.Visit<byte>(),
        ElementType.Int16 => visitor.Visit<short>(),
        ElementType.UInt16 => visitor.Visit<ushort>(),
        ElementType.Int32 => visitor.Visit<int>(),
        ElementType.UInt32 => visitor.Visit<uint>(),
        ElementType.Int64 => visitor.Visit<long>(),
        ElementType.UInt64 => visitor.Visit<ulong>(),
        _ => throw new GraphException($"{type.ToString().ToLowerInvariant()} is no integer type"),
    };

    public static R VisitFloat<TVisitor, R>(ElementType type, TVisitor visitor) where TVisitor : struct, IFloatVisitor<R> => type switch
    {
        ElementType.Float32 => visitor.Visit<float>(),
        ElementType.Float64 => visitor.Visit<double>(),
        ElementType.Float16 => visitor.Visit<Half>(),
        _ => throw new GraphException($"{type.ToString().ToLowerInvariant()} is no floating-point type"),
    };

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
