using EdgeQinn.Converter.Healing.Layers;
using EdgeQinn.Converter.Healing.Parameters;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Differentiation;

/// <summary>
/// A graph that can be trained: a layer per node, a parameter per weight, in whatever encoding the weight has. The graph's batch of 1 becomes
/// any number of samples.
/// </summary>
sealed class Network
{
    readonly ModelGraph _graph;
    readonly List<Parameter> _parameters = [];
    readonly Dictionary<int, Parameter> _byValue = [];
    readonly List<Layer> _layers = [];

    /// <summary>Makes every node differentiable.</summary>
    /// <exception cref="GraphException">A node is of an operator that has no derivative here; the message names all of them.</exception>
    public Network(ModelGraph graph)
    {
        _graph = graph;
        Sizes = [.. graph.Values.Select(v => v.Constant is null ? v.Type.Count : 0)];
        var missing = new List<string>();
        foreach (var node in graph.Nodes)
        {
            var call = new OperatorCall(node, [.. node.Inputs.Select(i => i < 0 ? null : graph.Values[i].Type)],
                [.. node.Inputs.Select(i => i < 0 ? null : graph.Values[i].Constant)]);
            if (LayerTable.Build(new LayerContext(this, graph, call)) is { } layer) _layers.Add(layer);
            else missing.Add($"'{node.Name}' ({node.Operator})");
        }
        if (missing.Count > 0) throw new GraphException($"training has no derivative of {string.Join(", ", missing)}");
    }

    /// <summary>Elements of each value for one sample; 0 for constants.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>What training changes.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>The graph it was made from.</summary>
    public ModelGraph Graph => _graph;

    /// <summary>The parameter that constant <paramref name="value"/> is.</summary>
    public Parameter ParameterOf(int value)
    {
        if (_byValue.TryGetValue(value, out var known)) return known;
        var parameter = new Parameter(_parameters.Count, _graph.Values[value].Name, TrainableWeight.From(WeightEncodings.Read(_graph.Values[value].Constant!)));
        _parameters.Add(parameter);
        return _byValue[value] = parameter;
    }

    /// <summary>Computes all values from the inputs on <paramref name="tape"/>.</summary>
    public void Forward(Tape tape)
    {
        foreach (var layer in _layers) layer.Forward(tape);
    }

    /// <summary>Computes all gradients from those already on <paramref name="tape"/>: by the outputs, and by whatever else the loss looks at.</summary>
    public void Backward(Tape tape)
    {
        for (int i = _layers.Count - 1; i >= 0; i--) _layers[i].Backward(tape);
    }

    /// <summary>The graph with the parameters as they are now, each in its encoding.</summary>
    public ModelGraph ToGraph()
    {
        var values = _graph.Values.ToList();
        foreach (var (value, parameter) in _byValue) values[value] = values[value] with { Constant = parameter.Trainable.ToWeight().Encode() };
        return new ModelGraph { Name = _graph.Name, Values = values, Nodes = _graph.Nodes, Inputs = _graph.Inputs, Outputs = _graph.Outputs };
    }
}
