namespace EdgeQinn.Converter.Onnx;

/// <summary>An ONNX file as it is written, before anything is made of it (onnx.proto3, <c>ModelProto</c>). Positions are bytes in the file.</summary>
public sealed record OnnxModel
{
    /// <summary>The file, for messages.</summary>
    public required string File { get; init; }

    /// <summary>The file's contents, which tensors refer to.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The program that wrote it.</summary>
    public string Producer { get; init; } = "";

    /// <summary>Operator set versions by domain; the default domain is the empty string.</summary>
    public required IReadOnlyDictionary<string, int> Opsets { get; init; }

    /// <summary>The network.</summary>
    public required OnnxGraph Graph { get; init; }

    /// <summary>Operators defined in the file itself, by (domain, name).</summary>
    public required IReadOnlyDictionary<(string Domain, string Name), OnnxFunction> Functions { get; init; }
}

/// <summary>A graph or subgraph (<c>GraphProto</c>).</summary>
public sealed record OnnxGraph(
    string Name, IReadOnlyList<OnnxNode> Nodes, IReadOnlyList<OnnxTensor> Initializers, IReadOnlyList<OnnxSparseTensor> SparseInitializers,
    IReadOnlyList<OnnxValueInfo> Inputs, IReadOnlyList<OnnxValueInfo> Outputs, long Position);

/// <summary>A model-local function (<c>FunctionProto</c>).</summary>
public sealed record OnnxFunction(
    string Domain, string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<OnnxNode> Nodes,
    IReadOnlyList<OnnxAttribute> Defaults, IReadOnlyDictionary<string, int> Opsets, long Position);

/// <summary>One operator application (<c>NodeProto</c>). An empty input or output name stands for an absent one.</summary>
public sealed record OnnxNode(
    string Operator, string Domain, string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs,
    IReadOnlyDictionary<string, OnnxAttribute> Attributes, long Position)
{
    /// <summary>The name for messages: the node's own, else that of its first output.</summary>
    public string Label => Name.Length > 0 ? Name : Outputs.FirstOrDefault(o => o.Length > 0) ?? Operator;
}

/// <summary>A node's attribute (<c>AttributeProto</c>). <see cref="Value"/> is null where <see cref="Reference"/> names a function's attribute.</summary>
/// <param name="Name">The attribute's name.</param>
/// <param name="Value">float, long, string, OnnxTensor, OnnxGraph, float[], long[], string[] or OnnxSparseTensor.</param>
/// <param name="Reference">The enclosing function's attribute that stands here.</param>
/// <param name="Position">Where it lies in the file.</param>
public sealed record OnnxAttribute(string Name, object? Value, string Reference, long Position);

/// <summary>An input or output of a graph (<c>ValueInfoProto</c>).</summary>
/// <param name="Name">The value's name.</param>
/// <param name="ElementType">The number of the element type; 0 where not given.</param>
/// <param name="Shape">The dimensions; null where not even the rank is given.</param>
/// <param name="Position">Where it lies in the file.</param>
public sealed record OnnxValueInfo(string Name, int ElementType, IReadOnlyList<OnnxDimension>? Shape, long Position);

/// <summary>One dimension: a number, a name, or neither.</summary>
public readonly record struct OnnxDimension(long? Size, string Symbol);

/// <summary>A tensor's contents as stored (<c>TensorProto</c>); <see cref="TensorDecoder"/> makes elements of them.</summary>
public sealed record OnnxTensor
{
    /// <summary>The tensor's name; may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where it lies in the file.</summary>
    public required long Position { get; init; }

    /// <summary>The dimensions.</summary>
    public required IReadOnlyList<long> Dimensions { get; init; }

    /// <summary>The number of the element type.</summary>
    public required int ElementType { get; init; }

    /// <summary>Elements as little-endian bytes, in place; null where another field holds them.</summary>
    public ReadOnlyMemory<byte>? Raw { get; init; }

    /// <summary>Elements of <c>float_data</c> (also complex), little-endian.</summary>
    public ReadOnlyMemory<byte> Floats { get; init; }

    /// <summary>Elements of <c>double_data</c>, little-endian.</summary>
    public ReadOnlyMemory<byte> Doubles { get; init; }

    /// <summary>Elements of <c>int32_data</c>, <c>int64_data</c> or <c>uint64_data</c>, one per element whatever the width.</summary>
    public IReadOnlyList<long> Integers { get; init; } = [];

    /// <summary>The number of elements of <c>string_data</c>.</summary>
    public int Strings { get; init; }

    /// <summary>Where the elements lie outside the file: keys location, offset, length. Null where they lie inside.</summary>
    public IReadOnlyDictionary<string, string>? External { get; init; }
}

/// <summary>A tensor given by its non-zero elements (<c>SparseTensorProto</c>): values [NNZ], indices [NNZ] (row-major) or [NNZ, rank].</summary>
public sealed record OnnxSparseTensor(OnnxTensor Values, OnnxTensor Indices, IReadOnlyList<long> Dimensions, long Position);
