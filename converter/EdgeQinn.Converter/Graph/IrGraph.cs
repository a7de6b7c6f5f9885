using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Graph;

/// <summary>A network under conversion: nodes of the runtime's operators in execution order, which passes rewrite.</summary>
public sealed class IrGraph(string name)
{
    readonly List<IrNode> _nodes = [];
    readonly List<IrValue> _inputs = [];
    readonly List<(string Name, IrValue Value)> _outputs = [];

    /// <summary>The network's name.</summary>
    public string Name => name;

    /// <summary>The inputs, in the model's order.</summary>
    public IReadOnlyList<IrValue> Inputs => _inputs;

    /// <summary>The outputs, in the model's order, with the names they have there.</summary>
    public IReadOnlyList<(string Name, IrValue Value)> Outputs => _outputs;

    /// <summary>The nodes, each after those it depends on.</summary>
    public IReadOnlyList<IrNode> Nodes => _nodes;

    /// <summary>The names of layers whose weights the model stores as sparse tensors.</summary>
    public HashSet<string> SparseLayers { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Adds an input.</summary>
    public IrValue AddInput(string inputName, TensorType type)
    {
        var value = new IrValue(inputName, type);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Names <paramref name="value"/> as an output.</summary>
    public void AddOutput(string outputName, IrValue value)
    {
        _outputs.Add((outputName, value));
        value.IsOutput = true;
    }

    /// <summary>A constant; it is part of the graph as soon as a node reads it.</summary>
    public static IrValue Constant(string constantName, EncodedTensor tensor) => new(constantName, tensor.Type, tensor);

    /// <summary>Adds a node after all others, or before <paramref name="before"/>; output types come from the operator's own shape rule.</summary>
    /// <exception cref="GraphException">The call breaks a rule of the operator, or the runtime has no such operator.</exception>
    public IrNode Add(string op, string nodeName, AttributeMap attributes, IReadOnlyList<IrValue?> inputs, IReadOnlyList<string?> outputNames, IrNode? before = null)
    {
        var types = Infer(op, nodeName, attributes, inputs, outputNames.Count);
        var node = new IrNode(op, nodeName, attributes, [.. inputs],
            [.. outputNames.Select((n, i) => n is null ? null : new IrValue(n, types[i]))]);
        if (before is null) _nodes.Add(node);
        else _nodes.Insert(_nodes.IndexOf(before), node);
        return node;
    }

    /// <summary>Adds a node with one output before <paramref name="before"/> that takes over the name of <paramref name="replaced"/> and all its uses.</summary>
    public IrNode Replace(IrValue replaced, string op, string nodeName, AttributeMap attributes, IReadOnlyList<IrValue?> inputs, IrNode before)
    {
        var node = Add(op, nodeName, attributes, inputs, [replaced.Name], before);
        ReplaceUses(replaced, node.Output);
        return node;
    }

    /// <summary>Makes all readers of <paramref name="old"/>, outputs included, read <paramref name="replacement"/>.</summary>
    public void ReplaceUses(IrValue old, IrValue replacement)
    {
        foreach (var consumer in old.Consumers.ToArray())
            for (int i = 0; i < consumer.Inputs.Count; i++)
                if (consumer.Inputs[i] == old) consumer.SetInput(i, replacement);
        if (!old.IsOutput) return;
        for (int o = 0; o < _outputs.Count; o++)
            if (_outputs[o].Value == old) _outputs[o] = (_outputs[o].Name, replacement);
        (old.IsOutput, replacement.IsOutput) = (false, true);
    }

    /// <summary>Brings every node behind those it depends on; of two that may go next, the one that stood first.</summary>
    public void Sort()
    {
        var waits = new Dictionary<IrNode, int>();
        var ready = new PriorityQueue<IrNode, int>();
        var position = new Dictionary<IrNode, int>();
        foreach (var node in _nodes)
        {
            position.Add(node, position.Count);
            int producers = node.Inputs.Count(i => i?.Producer is not null);
            if (producers == 0) ready.Enqueue(node, position[node]);
            else waits.Add(node, producers);
        }
        _nodes.Clear();
        while (ready.TryDequeue(out var node, out _))
        {
            _nodes.Add(node);
            foreach (var reader in node.Outputs.SelectMany(o => o?.Consumers ?? []))
                if (--waits[reader] == 0) ready.Enqueue(reader, position[reader]);
        }
    }

    /// <summary>Removes a node nobody reads.</summary>
    public void Remove(IrNode node)
    {
        for (int i = 0; i < node.Inputs.Count; i++) node.SetInput(i, null);
        _nodes.Remove(node);
    }

    /// <summary>The output types of a call, by the operator's own shape rule.</summary>
    /// <exception cref="GraphException">The call breaks a rule, or a result would be larger than a file may hold.</exception>
    internal static IReadOnlyList<TensorType> Infer(string op, string nodeName, AttributeMap attributes, IReadOnlyList<IrValue?> inputs, int outputs)
    {
        var call = IrNode.Call(op, nodeName, attributes, inputs, outputs);
        IReadOnlyList<TensorType> types = OperatorTable.Infer(call);
        if (types.Count < outputs) throw call.Fail($"has {outputs} outputs, at most {types.Count}");
        foreach (var type in types) CheckSize(call, type);
        return types;
    }

    static void CheckSize(OperatorCall call, TensorType type)
    {
        long bytes = type.Element.Size();
        foreach (int d in type.Shape)
        {
            if (d < 0 || (d > 0 && bytes > Onnx.TensorDecoder.MaxBytes / d)) throw call.Fail($"the result {type} is larger than {Onnx.TensorDecoder.MaxBytes >> 20} MiB");
            bytes *= d;
        }
    }
}
