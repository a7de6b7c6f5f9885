using System.Collections.Immutable;

namespace EdgeQinn.Runtime.Format;

/// <summary>Writes the graph section and gathers the arrays of the weights section.</summary>
sealed class GraphWriter
{
    readonly ByteWriter _body = new(), _weights = new();
    readonly Dictionary<string, int> _indexOf = new(StringComparer.Ordinal);
    readonly List<string> _strings = [];

    /// <summary>Both sections' bytes. The same graph gives the same bytes.</summary>
    /// <exception cref="GraphException">The graph holds what a file cannot.</exception>
    public static (ReadOnlyMemory<byte> Graph, ReadOnlyMemory<byte> Weights) Write(ModelGraph graph)
    {
        var writer = new GraphWriter();
        writer.WriteBody(graph);
        var section = new ByteWriter();
        section.I32(writer._strings.Count);
        foreach (string text in writer._strings) section.Text(text);
        section.Bytes(writer._body.Written.Span);
        return (section.Written, writer._weights.Written);
    }

    void WriteBody(ModelGraph graph)
    {
        String(graph.Name);
        _body.I32(graph.Values.Count);
        foreach (var value in graph.Values)
        {
            String(value.Name);
            _body.Type(value.Type);
            _body.U32(value.Constant is null ? 0u : 1u);
            if (value.Constant is { } constant) Tensor(constant, value.Name, 1);
        }
        _body.I32(graph.Nodes.Count);
        foreach (var node in graph.Nodes)
        {
            String(node.Operator);
            String(node.Name);
            Indices(node.Inputs);
            Indices(node.Outputs);
            Attributes(node.Attributes);
        }
        Indices(graph.Inputs);
        Indices(graph.Outputs);
    }

    void Tensor(EncodedTensor tensor, string value, int depth)
    {
        if (depth > EqnLayout.MaxDepth) throw new GraphException($"constant '{value}' nests encodings deeper than {EqnLayout.MaxDepth}");
        String(tensor.Encoding);
        _body.Type(tensor.Type);
        Attributes(tensor.Attributes);
        _body.I32(tensor.Parts.Length);
        foreach (var part in tensor.Parts)
        {
            if (part.Bytes.Length != part.Type.ByteLength)
                throw new GraphException($"constant '{value}': part '{part.Name}' {part.Type} holds {part.Bytes.Length} bytes, expected {part.Type.ByteLength}");
            _weights.Align(EqnLayout.Alignment);
            String(part.Name);
            _body.Type(part.Type);
            _body.U64((ulong)_weights.Length);
            _body.U64((ulong)part.Bytes.Length);
            _weights.Bytes(part.Bytes.Span);
        }
        _body.I32(tensor.Children.Length);
        foreach (var child in tensor.Children) Tensor(child, value, depth + 1);
    }

    void Attributes(AttributeMap attributes)
    {
        _body.I32(attributes.Count);
        foreach (var (name, value) in attributes)
        {
            String(name);
            switch (value)
            {
                case ImmutableArray<long> ints:
                    _body.U32((uint)AttributeKind.Ints);
                    _body.I32(ints.Length);
                    foreach (long v in ints) _body.I64(v);
                    break;
                case ImmutableArray<float> floats:
                    _body.U32((uint)AttributeKind.Floats);
                    _body.I32(floats.Length);
                    foreach (float v in floats) _body.F32(v);
                    break;
                default:
                    _body.U32((uint)AttributeKind.Text);
                    String((string)value);
                    break;
            }
        }
    }

    void Indices(IReadOnlyList<int> indices)
    {
        _body.I32(indices.Count);
        foreach (int index in indices) _body.I32(index);
    }

    void String(string text)
    {
        if (!_indexOf.TryGetValue(text, out int index))
        {
            _indexOf.Add(text, index = _strings.Count);
            _strings.Add(text);
        }
        _body.I32(index);
    }
}
