using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Onnx;

/// <summary>
/// Reads ONNX files. Hostile input is expected: whatever is wrong costs one <see cref="FileFormatException"/>, and memory stays below
/// a small multiple of the file's size, since every count is bounded by bytes that are really there.
/// </summary>
public static partial class OnnxReader
{
    /// <summary>How deep graphs may nest in attributes of nodes.</summary>
    public const int MaxDepth = 16;

    static readonly IReadOnlyDictionary<string, OnnxAttribute> NoAttributes = FrozenDictionary<string, OnnxAttribute>.Empty;

    /// <summary>Reads the file at <paramref name="path"/>.</summary>
    /// <exception cref="FileFormatException">The file is not ONNX, truncated or broken; the message has the byte position.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OnnxModel Load(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > Array.MaxLength) throw new FileFormatException(path, 0, $"{length} bytes; an ONNX file holds at most 2 GB (larger models keep their weights in external files)");
        return Read(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads a file's bytes, which the result keeps referring to.</summary>
    /// <exception cref="FileFormatException">As for <see cref="Load"/>.</exception>
    public static OnnxModel Read(ReadOnlyMemory<byte> bytes, string file)
    {
        var reader = new WireReader(file, bytes, 0);
        string producer = "", version = "";
        var opsets = new Dictionary<string, int>(StringComparer.Ordinal);
        var functions = new Dictionary<(string, string), OnnxFunction>();
        OnnxGraph? graph = null;
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: reader.Int64(); break;
                case 2: producer = reader.Text(); break;
                case 3: version = reader.Text(); break;
                case 7: graph = graph is null ? ReadGraph(reader.Message(), 0) : throw reader.Fail("the file holds two graphs"); break;
                case 8: ReadOpset(reader.Message(), opsets); break;
                case 25:
                    var function = ReadFunction(reader.Message());
                    if (!functions.TryAdd((function.Domain, function.Name), function)) throw reader.Fail($"function '{function.Name}' is defined twice");
                    break;
                default: reader.Skip(); break;
            }
        }
        if (graph is null) throw reader.Fail("the file ends without a graph; is it an ONNX model?");
        if (opsets.Count == 0) throw reader.Fail("the file names no operator set");
        return new OnnxModel { File = file, Bytes = bytes, Producer = $"{producer} {version}".Trim(), Opsets = opsets, Graph = graph, Functions = functions };
    }

    /// <summary>Reads a file that holds one tensor (<c>TensorProto</c>), such as the data of ONNX's backend tests.</summary>
    /// <exception cref="FileFormatException">The file is broken.</exception>
    public static OnnxTensor ReadTensor(ReadOnlyMemory<byte> bytes, string file) => ReadTensor(new WireReader(file, bytes, 0));

    static void ReadOpset(WireReader reader, Dictionary<string, int> opsets)
    {
        string domain = "";
        long version = 0;
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: domain = reader.Text(); break;
                case 2: version = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }
        if (version is < 1 or > short.MaxValue) throw reader.Fail($"operator set '{domain}' has version {version}");
        opsets[domain == "ai.onnx" ? "" : domain] = (int)version;
    }

    static OnnxGraph ReadGraph(WireReader reader, int depth)
    {
        if (depth > MaxDepth) throw reader.Fail($"graphs nest deeper than {MaxDepth}");
        long position = reader.Position;
        string name = "";
        var nodes = new List<OnnxNode>();
        var initializers = new List<OnnxTensor>();
        var sparse = new List<OnnxSparseTensor>();
        var inputs = new List<OnnxValueInfo>();
        var outputs = new List<OnnxValueInfo>();
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: nodes.Add(ReadNode(reader.Message(), depth)); break;
                case 2: name = reader.Text(); break;
                case 5: initializers.Add(ReadTensor(reader.Message())); break;
                case 11: inputs.Add(ReadValueInfo(reader.Message())); break;
                case 12: outputs.Add(ReadValueInfo(reader.Message())); break;
                case 15: sparse.Add(ReadSparse(reader.Message())); break;
                default: reader.Skip(); break;
            }
        }
        return new OnnxGraph(name, nodes, initializers, sparse, inputs, outputs, position);
    }

    static OnnxFunction ReadFunction(WireReader reader)
    {
        long position = reader.Position;
        string name = "", domain = "";
        var inputs = new List<string>();
        var outputs = new List<string>();
        var nodes = new List<OnnxNode>();
        var defaults = new List<OnnxAttribute>();
        var opsets = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: name = reader.Text(); break;
                case 4: inputs.Add(reader.Text()); break;
                case 5: outputs.Add(reader.Text()); break;
                case 7: nodes.Add(ReadNode(reader.Message(), 0)); break;
                case 9: ReadOpset(reader.Message(), opsets); break;
                case 10: domain = reader.Text(); break;
                case 11: defaults.Add(ReadAttribute(reader.Message(), 0)); break;
                default: reader.Skip(); break;
            }
        }
        return new OnnxFunction(domain, name, inputs, outputs, nodes, defaults, opsets, position);
    }

    static OnnxNode ReadNode(WireReader reader, int depth)
    {
        long position = reader.Position;
        string op = "", name = "", domain = "";
        var inputs = new List<string>();
        var outputs = new List<string>();
        Dictionary<string, OnnxAttribute>? attributes = null;
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: inputs.Add(reader.Text()); break;
                case 2: outputs.Add(reader.Text()); break;
                case 3: name = reader.Text(); break;
                case 4: op = reader.Text(); break;
                case 5:
                    var attribute = ReadAttribute(reader.Message(), depth);
                    attributes ??= new Dictionary<string, OnnxAttribute>(StringComparer.Ordinal);
                    if (!attributes.TryAdd(attribute.Name, attribute)) throw reader.Fail($"node '{name}' has two attributes '{attribute.Name}'");
                    break;
                case 7: domain = reader.Text(); break;
                default: reader.Skip(); break;
            }
        }
        if (op.Length == 0) throw reader.Fail($"node '{name}' names no operator");
        return new OnnxNode(op, domain == "ai.onnx" ? "" : domain, name, inputs, outputs, attributes ?? NoAttributes, position);
    }

    static OnnxAttribute ReadAttribute(WireReader reader, int depth)
    {
        long position = reader.Position;
        string name = "", reference = "";
        int type = 0;
        object? value = null;
        var longs = new List<long>();
        var strings = new List<string>();
        var floats = new FixedWidthBytes();
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: name = reader.Text(); break;
                case 2: value = reader.Float(); break;
                case 3: value = reader.Int64(); break;
                case 4: value = Encoding.UTF8.GetString(reader.Bytes().Span); break;
                case 5: value = ReadTensor(reader.Message()); break;
                case 6: value = ReadGraph(reader.Message(), depth + 1); break;
                case 7: reader.AppendFixed(4, floats); break;
                case 8: reader.AppendInt64s(longs); break;
                case 9: strings.Add(Encoding.UTF8.GetString(reader.Bytes().Span)); break;
                case 20: type = reader.Int32(); break;
                case 21: reference = reader.Text(); break;
                case 22: value = ReadSparse(reader.Message()); break;
                default: reader.Skip(); break;
            }
        }
        // Lists may be empty and scalars may hold their default, which writers leave out: then only the type tells.
        value ??= type switch
        {
            1 => 0f,
            2 => 0L,
            3 => "",
            6 => MemoryMarshal.Cast<byte, float>(floats.Bytes.Span).ToArray(),
            7 => longs.ToArray(),
            8 => strings.ToArray(),
            0 when longs.Count > 0 => longs.ToArray(),
            0 when !floats.Bytes.IsEmpty => MemoryMarshal.Cast<byte, float>(floats.Bytes.Span).ToArray(),
            0 when strings.Count > 0 => strings.ToArray(),
            _ => null,
        };
        return new OnnxAttribute(name, value, reference, position);
    }
}
