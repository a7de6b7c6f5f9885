using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Onnx;

/// <summary>The element types of ONNX (<c>TensorProto.DataType</c>), those the runtime lacks included, for messages.</summary>
public static class ElementNames
{
    static readonly string[] Names =
    [
        "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "float64", "uint32", "uint64",
        "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4", "float4e2m1",
    ];

    /// <summary>The name of type <paramref name="number"/>.</summary>
    public static string Name(long number) => number >= 0 && number < Names.Length ? Names[number] : $"number {number}";

    /// <summary>The runtime's element type of that number, if it has it.</summary>
    public static bool TryGet(long number, out ElementType element)
    {
        element = number is >= 0 and <= byte.MaxValue ? (ElementType)number : 0;
        return element.Size() != 0;
    }
}
