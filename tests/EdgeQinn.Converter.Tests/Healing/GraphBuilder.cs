using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Tests.Healing;

/// <summary>Small graphs with random constants, node by node.</summary>
sealed class GraphBuilder(int seed)
{
    readonly Random _random = new(seed);
    readonly List<Value> _values = [];
    readonly List<Node> _nodes = [];
    readonly List<int> _inputs = [];

    public int Input(params int[] shape)
    {
        _inputs.Add(Add(new Value($"x{_values.Count}", new TensorType(ElementType.Float32, shape))));
        return _inputs[^1];
    }

    public int Constant(params int[] shape) => Constant(Random(shape).Encode());

    public int Constant(EncodedTensor tensor) => Add(new Value($"w{_values.Count}", tensor.Type, tensor));

    public int Indices(params long[] indices) => Constant(EncodedTensor.FromSpan<long>(indices, indices.Length));

    public DenseWeight Random(params int[] shape)
    {
        var data = new float[shape.Aggregate(1, (a, b) => a * b)];
        foreach (ref float x in data.AsSpan()) x = _random.NextSingle() * 1.6f - 0.8f;
        return new DenseWeight(data, shape);
    }

    public int Node(string op, AttributeMap? attributes, params int[] inputs) => Nodes(op, attributes, 1, inputs)[0];

    public int[] Nodes(string op, AttributeMap? attributes, int outputs, params int[] inputs)
    {
        int[] indices = [.. Enumerable.Range(_values.Count, outputs)];
        var node = new Node(op, $"{op} {_nodes.Count}", inputs, indices, attributes ?? []);
        var types = OperatorTable.Infer(new OperatorCall(node, [.. inputs.Select(i => i < 0 ? null : _values[i].Type)], [.. inputs.Select(i => i < 0 ? null : _values[i].Constant)]));
        for (int o = 0; o < outputs; o++) Add(new Value($"y{_values.Count}", types[o]));
        _nodes.Add(node);
        return indices;
    }

    public ModelGraph Build(params int[] outputs) => new() { Name = "test", Values = _values, Nodes = _nodes, Inputs = _inputs, Outputs = outputs };

    int Add(Value value)
    {
        _values.Add(value);
        return _values.Count - 1;
    }
}
