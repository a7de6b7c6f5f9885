using EdgeQinn.Benchmarks.OnnxRuntime.Proto;

namespace EdgeQinn.Benchmarks.OnnxRuntime;

/// <summary>
/// Rewrites 1-D convolutions and pooling as 2-D of height 1, which ONNX Runtime runs in its blocked layout (NCHWc) and 1-D ones not.
/// A value [B, C, T] gets a twin [B, C, 1, T]; reshaping in between costs nothing but the node.
/// </summary>
sealed class PlanarRewrite
{
    static readonly string[] _windowed = ["Conv", "MaxPool", "AveragePool"];
    static readonly string[] _elementwise = ["Relu", "LeakyRelu", "Sigmoid", "Tanh", "Elu", "Clip", "Erf", "HardSigmoid", "HardSwish"];
    static readonly string[] _windowAttributes = ["kernel_shape", "strides", "dilations"];

    const string HeightAxis = "planar.height_axis";

    readonly GraphProto _graph;
    readonly List<NodeProto> _nodes = [];
    readonly HashSet<string> _linear = [];              // values that exist as [B, C, T]
    readonly Dictionary<string, string> _planar = [];   // values that exist as [B, C, 1, T], with the twin's name

    PlanarRewrite(GraphProto graph) => _graph = graph;

    public static void Apply(GraphProto graph)
    {
        if (!graph.Node.Any(n => n.OpType == "Conv" && IsLinear(graph, n))) return;
        new PlanarRewrite(graph).Rewrite();
    }

    static bool IsLinear(GraphProto graph, NodeProto node) => node.Attribute("kernel_shape") is { } kernel
        ? kernel.Ints.Count == 1
        : graph.Initializer(node.Input[1])?.Dims.Count == 3;

    void Rewrite()
    {
        _graph.Initializer.Add(OnnxTensors.Create(HeightAxis, [2L]));
        foreach (var input in _graph.Input) _linear.Add(input.Name);
        foreach (var initializer in _graph.Initializer) _linear.Add(initializer.Name);
        foreach (var node in _graph.Node.ToList()) Rewrite(node);
        foreach (var output in _graph.Output) Linear(output.Name);
        _graph.Node.Clear();
        _graph.Node.AddRange(_nodes);
        _graph.ValueInfo.Clear();
    }

    void Rewrite(NodeProto node)
    {
        if (_windowed.Contains(node.OpType) && IsLinear(_graph, node))
        {
            Widen(node);
            ToPlanar(node);
        }
        else if (_elementwise.Contains(node.OpType) && _planar.ContainsKey(node.Input[0]))
        {
            ToPlanar(node);
        }
        else if (node.OpType == "Flatten" && node.Int("axis", 1) == 1 && _planar.TryGetValue(node.Input[0], out string? planar))
        {
            node.Input[0] = planar; // [B, C, 1, T] and [B, C, T] flatten to the same
            AddLinear(node);
        }
        else
        {
            foreach (string input in node.Input) Linear(input);
            AddLinear(node);
        }
    }

    void ToPlanar(NodeProto node)
    {
        node.Input[0] = Planar(node.Input[0]);
        _planar[node.Output[0]] = node.Output[0] + ".planar";
        node.Output[0] += ".planar";
        _nodes.Add(node);
    }

    void AddLinear(NodeProto node)
    {
        _linear.UnionWith(node.Output);
        _nodes.Add(node);
    }

    void Widen(NodeProto node)
    {
        foreach (string name in _windowAttributes) node.Attribute(name)?.Ints.Insert(0, 1);
        if (node.Attribute("pads") is { } pads)
        {
            long begin = pads.Ints[0], end = pads.Ints[1];
            pads.Ints.Clear();
            pads.Ints.AddRange([0, begin, 0, end]);
        }
        if (node.OpType == "Conv" && _graph.Initializer(node.Input[1]) is { Dims.Count: 3 } weights) weights.Dims.Insert(2, 1);
    }

    /// <summary>The name of the value as [B, C, 1, T], made by Unsqueeze where there is none.</summary>
    string Planar(string name)
    {
        if (_planar.TryGetValue(name, out string? planar)) return planar;
        planar = _planar[name] = name + ".planar";
        _nodes.Add(new NodeProto { OpType = "Unsqueeze", Name = planar, Input = { name, HeightAxis }, Output = { planar } });
        return planar;
    }

    /// <summary>Makes the value available as it was, by Squeeze where it only exists as [B, C, 1, T].</summary>
    void Linear(string name)
    {
        if (!_planar.TryGetValue(name, out string? planar) || !_linear.Add(name)) return;
        _nodes.Add(new NodeProto { OpType = "Squeeze", Name = name + ".linear", Input = { planar, HeightAxis }, Output = { name } });
    }
}
