using System.Collections.Immutable;

namespace EdgeQinn.Runtime.Format;

/// <summary>Reads the graph section; constants become views of the weights section.</summary>
ref struct GraphReader
{
    // The least bytes a record takes: what a count is checked against before anything is allocated.
    const int MinText = 4, MinType = 4, MinValue = 4 + MinType + 4, MinAttribute = 4 + 4 + 4, MinPart = 4 + MinType + 16;
    const int MinTensor = 4 + MinType + 4 + 4 + 4, MinNode = 4 + 4 + 4 + 4 + 4;

    ByteReader _reader;
    readonly ReadOnlyMemory<byte> _weights;
    string[] _strings;

    GraphReader(ByteReader reader, ReadOnlyMemory<byte> weights)
    {
        _reader = reader;
        _weights = weights;
        _strings = [];
    }

    /// <summary>Reads a whole section.</summary>
    /// <exception cref="FileFormatException">A record breaks the format. Meaning (operators, order, shapes) is for <see cref="Execution.Model"/> to check.</exception>
    public static ModelGraph Read(ByteReader section, ReadOnlyMemory<byte> weights) => new GraphReader(section, weights).Read();

    ModelGraph Read()
    {
        _strings = new string[_reader.Count("strings", MinText)];
        for (int i = 0; i < _strings.Length; i++) _strings[i] = _reader.Text();

        string name = String();
        var values = new Value[_reader.Count("values", MinValue)];
        for (int i = 0; i < values.Length; i++) values[i] = ReadValue();
        var nodes = new Node[_reader.Count("nodes", MinNode)];
        for (int i = 0; i < nodes.Length; i++)
            nodes[i] = new Node(String(), String(), Indices(values.Length, optional: true), Indices(values.Length, optional: true), Attributes());
        var inputs = Indices(values.Length, optional: false);
        var outputs = Indices(values.Length, optional: false);
        _reader.End();
        return new ModelGraph { Name = name, Values = values, Nodes = nodes, Inputs = inputs, Outputs = outputs };
    }

    Value ReadValue()
    {
        string name = String();
        var type = _reader.Type();
        return _reader.U32() switch
        {
            0 => new Value(name, type),
            1 => new Value(name, type, Tensor(1)),
            uint other => throw _reader.Fail($"value '{name}': constant flag {other}, expected 0 or 1", 4),
        };
    }

    EncodedTensor Tensor(int depth)
    {
        if (depth > EqnLayout.MaxDepth) throw _reader.Fail($"encoded tensors nest deeper than {EqnLayout.MaxDepth}");
        string encoding = String();
        var type = _reader.Type();
        var attributes = Attributes();
        var parts = ImmutableArray.CreateBuilder<TensorPart>(_reader.Count("parts", MinPart));
        for (int i = parts.Capacity; i > 0; i--) parts.Add(Part());
        var children = ImmutableArray.CreateBuilder<EncodedTensor>(_reader.Count("children", MinTensor));
        for (int i = children.Capacity; i > 0; i--) children.Add(Tensor(depth + 1));
        return new EncodedTensor(encoding, type, attributes, parts.MoveToImmutable(), children.MoveToImmutable());
    }

    TensorPart Part()
    {
        string name = String();
        var type = _reader.Type();
        ulong offset = _reader.U64(), length = _reader.U64();
        if (length > (ulong)_weights.Length || offset > (ulong)_weights.Length - length)
            throw _reader.Fail($"part '{name}' at {offset} with {length} bytes leaves the weights section ({_weights.Length} bytes)", 16);
        if (offset % EqnLayout.Alignment != 0) throw _reader.Fail($"part '{name}' at {offset} is not aligned to {EqnLayout.Alignment}", 16);
        if (length != (ulong)type.ByteLength) throw _reader.Fail($"part '{name}' {type} has {length} bytes, expected {type.ByteLength}", 8);
        return new TensorPart(name, type, _weights.Slice((int)offset, (int)length));
    }

    AttributeMap Attributes()
    {
        var map = new AttributeMap { Position = _reader.Position };
        for (int i = _reader.Count("attributes", MinAttribute); i > 0; i--)
        {
            string name = String();
            if (map.Has(name)) throw _reader.Fail($"attribute '{name}' is there twice", 4);
            uint kind = _reader.U32();
            switch ((AttributeKind)kind)
            {
                case AttributeKind.Ints:
                    var ints = new long[_reader.Count("integers", sizeof(long))];
                    foreach (ref long v in ints.AsSpan()) v = _reader.I64();
                    map.Add(name, ints);
                    break;
                case AttributeKind.Floats:
                    var floats = new float[_reader.Count("floats", sizeof(float))];
                    foreach (ref float v in floats.AsSpan()) v = _reader.F32();
                    map.Add(name, floats);
                    break;
                case AttributeKind.Text:
                    map.Add(name, String());
                    break;
                default:
                    throw _reader.Fail($"attribute '{name}' is of unknown kind {kind}", 4);
            }
        }
        return map;
    }

    int[] Indices(int values, bool optional)
    {
        var indices = new int[_reader.Count("value indices", sizeof(int))];
        foreach (ref int index in indices.AsSpan())
        {
            index = _reader.I32();
            if ((uint)index >= (uint)values && !(optional && index == Node.Absent)) throw _reader.Fail($"{(uint)index} is no value; there are {values}", 4);
        }
        return indices;
    }

    string String()
    {
        uint index = _reader.U32();
        return index < (uint)_strings.Length ? _strings[index] : throw _reader.Fail($"{index} is no string; there are {_strings.Length}", 4);
    }
}
