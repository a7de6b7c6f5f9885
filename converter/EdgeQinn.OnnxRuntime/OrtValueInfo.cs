namespace EdgeQinn.OnnxRuntime;

/// <summary>What a model says of one of its inputs or outputs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Element">Its element type.</param>
/// <param name="Shape">Its dimensions; −1 where the model leaves one open.</param>
public sealed record OrtValueInfo(string Name, OrtElementType Element, IReadOnlyList<long> Shape);

/// <summary>ONNX's element types (onnx.proto, TensorProto.DataType) of fixed size.</summary>
public enum OrtElementType
{
    /// <summary>32-bit float.</summary>
    Float = 1,

    /// <summary>Unsigned byte.</summary>
    UInt8 = 2,

    /// <summary>Signed byte.</summary>
    Int8 = 3,

    /// <summary>32-bit integer.</summary>
    Int32 = 6,

    /// <summary>64-bit integer.</summary>
    Int64 = 7,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 9,

    /// <summary>64-bit float.</summary>
    Double = 11,
}
