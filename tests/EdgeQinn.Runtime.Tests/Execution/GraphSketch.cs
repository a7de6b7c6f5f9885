using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Tests.Execution;

/// <summary>Graphs for tests, in few words; values are float32 unless said otherwise, types of results come from the shape rules.</summary>
sealed class GraphSketch
{
    readonly List<Value> _values = [];
    readonly List<Node> _nodes = [];
    readonly List<int> _inputs = [], _outputs = [];

    public int Input(params int[] shape)
    {
        _inputs.Add(Declare(new TensorType(ElementType.Float32, shape)));
        return _inputs[^1];
    }

    public int Constant(float[] data, params int[] shape)
    {
        var tensor = EncodedTensor.FromSpan<float>(data, shape);
        return Declare(tensor.Type, tensor);
    }

    /// <summary>A value that nothing defines; for broken graphs.</summary>
    public int Declare(TensorType type, EncodedTensor? constant = null)
    {
        _values.Add(new Value($"v{_values.Count}", type, constant));
        return _values.Count - 1;
    }

    /// <summary>A node; its first output.</summary>
    public int Node(string op, AttributeMap? attributes, params int[] inputs)
    {
        var call = new OperatorCall(new Node(op, op, inputs, [0], attributes ?? AttributeMap.Empty),
            [.. inputs.Select(i => i < 0 ? null : _values[i].Type)], [.. inputs.Select(i => i < 0 ? null : _values[i].Constant)]);
        int[] outputs = [.. OperatorTable.Infer(call).Select(type => Declare(type))];
        _nodes.Add(call.Node with { Name = $"{op}{_nodes.Count}", Outputs = outputs });
        return outputs[0];
    }

    public int Node(string op, params int[] inputs) => Node(op, null, inputs);

    public int Reshape(int value, params int[] shape) => Node("Reshape", new AttributeMap { { "shape", shape.AsSpan() } }, value);

    /// <summary>A node as it is, checked by nobody.</summary>
    public void Raw(Node node) => _nodes.Add(node);

    public GraphSketch Output(params int[] values)
    {
        _outputs.AddRange(values);
        return this;
    }

    public ModelGraph Build() => new() { Values = _values, Nodes = _nodes, Inputs = _inputs, Outputs = _outputs };

    public Model Bind() => Model.FromGraph(Build());

    /// <summary>The outputs for the given inputs.</summary>
    public float[][] Run(params float[][] inputs)
    {
        using var model = Bind();
        using var session = model.CreateSession();
        for (int i = 0; i < inputs.Length; i++) inputs[i].CopyTo(session.Inputs[i].AsSpan<float>());
        session.Run();
        return [.. session.Outputs.Select(o => o.AsSpan<float>().ToArray())];
    }
}
