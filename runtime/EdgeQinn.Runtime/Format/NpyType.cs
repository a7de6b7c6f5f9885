namespace EdgeQinn.Runtime.Format;

/// <summary>The element types of .npy files read and written here; NumPy's names are in the comments.</summary>
public enum NpyType
{
    /// <summary>One byte, 0 or 1 (b1).</summary>
    Bool,
    /// <summary>Signed 8 bit (i1).</summary>
    Int8,
    /// <summary>Signed 16 bit (i2).</summary>
    Int16,
    /// <summary>Signed 32 bit (i4).</summary>
    Int32,
    /// <summary>Signed 64 bit (i8).</summary>
    Int64,
    /// <summary>Unsigned 8 bit (u1).</summary>
    UInt8,
    /// <summary>Unsigned 16 bit (u2).</summary>
    UInt16,
    /// <summary>Unsigned 32 bit (u4).</summary>
    UInt32,
    /// <summary>Unsigned 64 bit (u8).</summary>
    UInt64,
    /// <summary>IEEE 754 binary16 (f2).</summary>
    Float16,
    /// <summary>IEEE 754 binary32 (f4).</summary>
    Float32,
    /// <summary>IEEE 754 binary64 (f8).</summary>
    Float64,
}

static class NpyTypes
{
    static readonly string[] Codes = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"];

    /// <summary>NumPy's type string, such as <c>&lt;f4</c>.</summary>
    public static string Descriptor(this NpyType type) => (type.Size() == 1 ? "|" : "<") + Codes[(int)type];

    /// <summary>Bytes per element.</summary>
    public static int Size(this NpyType type) => Codes[(int)type][1] - '0';

    public static NpyType? Parse(string code) => Array.IndexOf(Codes, code) is var i and >= 0 ? (NpyType)i : null;

    public static NpyType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(bool) ? NpyType.Bool
        : typeof(T) == typeof(sbyte) ? NpyType.Int8
        : typeof(T) == typeof(short) ? NpyType.Int16
        : typeof(T) == typeof(int) ? NpyType.Int32
        : typeof(T) == typeof(long) ? NpyType.Int64
        : typeof(T) == typeof(byte) ? NpyType.UInt8
        : typeof(T) == typeof(ushort) ? NpyType.UInt16
        : typeof(T) == typeof(uint) ? NpyType.UInt32
        : typeof(T) == typeof(ulong) ? NpyType.UInt64
        : typeof(T) == typeof(Half) ? NpyType.Float16
        : typeof(T) == typeof(float) ? NpyType.Float32
        : typeof(T) == typeof(double) ? NpyType.Float64
        : throw new ArgumentException($"{typeof(T).Name} is no element type of .npy files");
}
