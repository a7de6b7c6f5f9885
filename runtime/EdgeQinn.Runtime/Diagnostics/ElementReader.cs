using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Diagnostics;

/// <summary>Elements of any type as numbers, for comparing; not for hot paths.</summary>
static class ElementReader
{
    /// <summary>Element <paramref name="index"/> of row-major bytes. 64-bit integers beyond 2⁵³ are rounded.</summary>
    public static double Read(ElementType type, ReadOnlySpan<byte> bytes, int index) => type switch
    {
        ElementType.Float32 => As<float>(bytes)[index],
        ElementType.Float64 => As<double>(bytes)[index],
        ElementType.Float16 => (double)As<Half>(bytes)[index],
        ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)As<ushort>(bytes)[index] << 16),
        ElementType.Int8 => As<sbyte>(bytes)[index],
        ElementType.Int16 => As<short>(bytes)[index],
        ElementType.Int32 => As<int>(bytes)[index],
        ElementType.Int64 => As<long>(bytes)[index],
        ElementType.UInt16 => As<ushort>(bytes)[index],
        ElementType.UInt32 => As<uint>(bytes)[index],
        ElementType.UInt64 => As<ulong>(bytes)[index],
        _ => bytes[index],
    };

    static ReadOnlySpan<T> As<T>(ReadOnlySpan<byte> bytes) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);
}
