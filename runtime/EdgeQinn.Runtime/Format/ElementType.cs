namespace EdgeQinn.Runtime.Format;

/// <summary>Element types of tensors. The numbers are those of ONNX <c>TensorProto.DataType</c> and are what the file stores.</summary>
public enum ElementType : byte
{
    Float32 = 1, UInt8 = 2, Int8 = 3, UInt16 = 4, Int16 = 5, Int32 = 6, Int64 = 7, Bool = 9,
    Float16 = 10, Float64 = 11, UInt32 = 12, UInt64 = 13, BFloat16 = 16,
}

/// <summary>Facts about <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes per element; 0 for a number that is no element type.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 1,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Int64 or ElementType.Float64 or ElementType.UInt64 => 8,
        _ => 0,
    };

    /// <summary>The element type that stores <typeparamref name="T"/>.</summary>
    public static ElementType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? ElementType.Float32 : typeof(T) == typeof(double) ? ElementType.Float64 :
        typeof(T) == typeof(Half) ? ElementType.Float16 : typeof(T) == typeof(bool) ? ElementType.Bool :
        typeof(T) == typeof(byte) ? ElementType.UInt8 : typeof(T) == typeof(sbyte) ? ElementType.Int8 :
        typeof(T) == typeof(ushort) ? ElementType.UInt16 : typeof(T) == typeof(short) ? ElementType.Int16 :
        typeof(T) == typeof(uint) ? ElementType.UInt32 : typeof(T) == typeof(int) ? ElementType.Int32 :
        typeof(T) == typeof(ulong) ? ElementType.UInt64 : typeof(T) == typeof(long) ? ElementType.Int64 :
        throw new ArgumentException($"no element type stores {typeof(T).Name}");
}
