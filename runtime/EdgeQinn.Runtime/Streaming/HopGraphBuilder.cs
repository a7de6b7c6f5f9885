using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>Collects the values and nodes of the network that runs once per hop; constants are those of the network over windows.</summary>
sealed class HopGraphBuilder(ModelGraph source)
{
    readonly List<Value> _values = [];
    readonly List<Node> _nodes = [];
    readonly List<int> _origins = [];
    readonly List<int> _inputs = [];
    readonly Dictionary<int, int> _constants = [];
    readonly HashSet<string> _names = new([.. source.Inputs.Select(i => source.Values[i].Name), .. source.Outputs.Select(o => source.Values[o].Name)], StringComparer.Ordinal);

    /// <summary>The node of the source that what is added now belongs to.</summary>
    public int Origin { get; set; }

    /// <summary>The type of a value.</summary>
    public TensorType Type(int value) => _values[value].Type;

    /// <summary>An input under the name that it has in the source.</summary>
    public int Input(Value original)
    {
        _values.Add(original);
        _inputs.Add(_values.Count - 1);
        return _inputs[^1];
    }

    /// <summary>An input that the source does not have.</summary>
    public int Input(string name, TensorType type)
    {
        _inputs.Add(Declare(name, type, null));
        return _inputs[^1];
    }

    /// <summary>A constant of the source.</summary>
    public int Import(int constant)
    {
        if (_constants.TryGetValue(constant, out int value)) return value;
        var original = source.Values[constant];
        return _constants[constant] = Declare(original.Name, original.Type, original.Constant);
    }

    /// <summary>A constant that the source does not have.</summary>
    public int Constant(string name, EncodedTensor tensor) => Declare(name, tensor.Type, tensor);

    /// <summary>A node with <paramref name="outputs"/> outputs; their values.</summary>
    public int[] Add(string op, string name, AttributeMap attributes, IReadOnlyList<int> inputs, int outputs = 1)
    {
        TensorType?[] types = [.. inputs.Select(i => i == Node.Absent ? null : _values[i].Type)];
        EncodedTensor?[] constants = [.. inputs.Select(i => i == Node.Absent ? null : _values[i].Constant)];
        var call = new OperatorCall(new Node(op, name, inputs, [.. Enumerable.Repeat(Node.Absent, outputs)], attributes), types, constants);
        var inferred = OperatorTable.Infer(call);
        int[] values = [.. Enumerable.Range(0, outputs).Select(o => Declare(name, inferred[o], null))];
        _nodes.Add(call.Node with { Outputs = values });
        _origins.Add(Origin);
        return values;
    }

    /// <summary>A value under the name that it has in the source.</summary>
    public int Named(int value, string name)
    {
        int known = _values.FindIndex(v => v.Name == name);
        if (known >= 0) return known;
        var shape = new AttributeMap { { "shape", Type(value).Shape.AsSpan() } };
        int view = Add("Reshape", name, shape, [value])[0];
        _values[view] = _values[view] with { Name = name };
        return view;
    }

    /// <summary>The network, without the nodes that no output needs; beside it the source's node that each of its nodes comes from.</summary>
    public (ModelGraph Graph, IReadOnlyList<int> Origins) Build(IReadOnlyList<int> outputs)
    {
        var needed = new HashSet<int>(outputs);
        var kept = new List<int>();
        for (int n = _nodes.Count - 1; n >= 0; n--)
        {
            if (!_nodes[n].Outputs.Any(needed.Contains)) continue;
            foreach (int input in _nodes[n].Inputs) needed.Add(input);
            kept.Add(n);
        }
        kept.Reverse();
        var nodes = kept.ConvertAll(n => _nodes[n] with { Outputs = [.. _nodes[n].Outputs.Select((o, i) => needed.Contains(o) || (i == 0 && OperatorTable.Get(_nodes[n].Operator).RequiresFirstOutput) ? o : Node.Absent)] });
        var graph = new ModelGraph { Name = source.Name, Values = _values, Nodes = nodes, Inputs = _inputs, Outputs = outputs };
        return (graph, kept.ConvertAll(n => _origins[n]));
    }

    int Declare(string name, TensorType type, EncodedTensor? constant)
    {
        string unique = name;
        for (int i = 2; !_names.Add(unique); i++) unique = $"{name}:{i}";
        _values.Add(new Value(unique, type, constant));
        return _values.Count - 1;
    }
}
