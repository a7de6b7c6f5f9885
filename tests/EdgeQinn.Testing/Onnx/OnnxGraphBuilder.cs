using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Testing.Onnx;

/// <summary>Makes ONNX models in memory, field by field as onnx.proto3 has them.</summary>
public sealed class OnnxGraphBuilder
{
    readonly ProtoWriter _graph = new();
    int _opset = 17;

    /// <summary>Sets the default domain's operator set version.</summary>
    public OnnxGraphBuilder Opset(int version)
    {
        _opset = version;
        return this;
    }

    /// <summary>A graph input; a dimension below 0 gets the name <c>d</c>, −2 and on <c>d2</c>, ….</summary>
    public OnnxGraphBuilder Input(string name, ElementType element, params int[] shape) => Value(11, name, element, shape);

    /// <summary>A float32 graph input.</summary>
    public OnnxGraphBuilder Input(string name, params int[] shape) => Input(name, ElementType.Float32, shape);

    /// <summary>A graph output.</summary>
    public OnnxGraphBuilder Output(string name, ElementType element = ElementType.Float32) => Value(12, name, element, null);

    /// <summary>An initializer.</summary>
    public OnnxGraphBuilder Constant<T>(string name, ReadOnlySpan<T> data, params int[] shape) where T : unmanaged
    {
        _graph.Message(5, Tensor(name, data, shape));
        return this;
    }

    /// <summary>A float32 initializer of seeded numbers between −1 and 1.</summary>
    public OnnxGraphBuilder Weights(string name, int seed, params int[] shape)
    {
        var random = new Random(seed);
        float[] data = new float[shape.Aggregate(1, (a, d) => a * d)];
        for (int i = 0; i < data.Length; i++) data[i] = random.NextSingle() * 2 - 1;
        return Constant<float>(name, data, shape);
    }

    /// <summary>A node; inputs and outputs are separated by spaces, <c>_</c> stands for an absent one.</summary>
    public OnnxGraphBuilder Node(string op, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        _graph.Message(1, NodeMessage(op, inputs, outputs, attributes));
        return this;
    }

    /// <summary>A graph field that is already encoded.</summary>
    public OnnxGraphBuilder Field(int field, ProtoWriter message)
    {
        _graph.Message(field, message);
        return this;
    }

    /// <summary>The graph as a message, for attributes of control flow.</summary>
    public ProtoWriter ToGraph() => _graph;

    /// <summary>The model as a message, to add fields to.</summary>
    public ProtoWriter ToModel() => new ProtoWriter().Int(1, 8).Text(2, "EdgeQinn tests").Message(7, _graph).Message(8, new ProtoWriter().Int(2, _opset));

    /// <summary>The model's file.</summary>
    public byte[] ToArray() => ToModel().ToArray();

    /// <summary>A tensor message.</summary>
    public static ProtoWriter Tensor<T>(string name, ReadOnlySpan<T> data, params int[] shape) where T : unmanaged
    {
        var tensor = new ProtoWriter();
        foreach (int d in shape) tensor.Int(1, d);
        return tensor.Int(2, (long)ElementTypes.Of<T>()).Text(8, name).Bytes(9, MemoryMarshal.AsBytes(data));
    }

    /// <summary>A node message.</summary>
    public static ProtoWriter NodeMessage(string op, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        var node = new ProtoWriter();
        foreach (string input in Names(inputs)) node.Text(1, input);
        foreach (string output in Names(outputs)) node.Text(2, output);
        node.Text(3, $"{op.ToLowerInvariant()}_{outputs.Split(' ')[0]}").Text(4, op);
        foreach (var (name, value) in attributes) node.Message(5, Attribute(name, value));
        return node;
    }

    static IEnumerable<string> Names(string names) => names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => n == "_" ? "" : n);

    static ProtoWriter Attribute(string name, object value)
    {
        var attribute = new ProtoWriter().Text(1, name);
        switch (value)
        {
            case int v: return attribute.Int(3, v).Int(20, 2);
            case long v: return attribute.Int(3, v).Int(20, 2);
            case float v: return attribute.Float(2, v).Int(20, 1);
            case string v: return attribute.Text(4, v).Int(20, 3);
            case ProtoWriter tensor when name == "value": return attribute.Message(5, tensor).Int(20, 4);
            case ProtoWriter graph: return attribute.Message(6, graph).Int(20, 5);
            case int[] v:
                foreach (int i in v) attribute.Int(8, i);
                return attribute.Int(20, 7);
            case float[] v:
                foreach (float f in v) attribute.Float(7, f);
                return attribute.Int(20, 6);
            case string[] v:
                foreach (string s in v) attribute.Text(9, s);
                return attribute.Int(20, 8);
            default: throw new ArgumentException($"no attribute holds {value.GetType().Name}");
        }
    }

    OnnxGraphBuilder Value(int field, string name, ElementType element, int[]? shape)
    {
        var tensor = new ProtoWriter().Int(1, (long)element);
        if (shape is not null)
        {
            var dimensions = new ProtoWriter();
            foreach (int d in shape) dimensions.Message(1, d >= 0 ? new ProtoWriter().Int(1, d) : new ProtoWriter().Text(2, d == -1 ? "d" : $"d{-d}"));
            tensor.Message(2, dimensions);
        }
        _graph.Message(field, new ProtoWriter().Text(1, name).Message(2, new ProtoWriter().Message(1, tensor)));
        return this;
    }
}
