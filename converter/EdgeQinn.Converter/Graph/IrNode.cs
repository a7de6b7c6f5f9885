using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Graph;

/// <summary>One operator of the runtime applied to values. Inputs change through <see cref="SetInput"/>, which keeps the consumers right.</summary>
public sealed class IrNode
{
    readonly IrValue?[] _inputs;
    readonly IrValue?[] _outputs;

    internal IrNode(string op, string name, AttributeMap attributes, IrValue?[] inputs, IrValue?[] outputs)
    {
        (Operator, Name, Attributes, _inputs, _outputs) = (op, name, attributes, inputs, outputs);
        foreach (var input in inputs) input?.AddConsumer(this);
        foreach (var output in outputs)
            if (output is not null) output.Producer = this;
    }

    /// <summary>The runtime's operator.</summary>
    public string Operator { get; }

    /// <summary>The layer's name in the source model.</summary>
    public string Name { get; }

    /// <summary>The operator's attributes; passes replace nodes rather than change them.</summary>
    public AttributeMap Attributes { get; }

    /// <summary>What is read; null where an optional input is absent.</summary>
    public IReadOnlyList<IrValue?> Inputs => _inputs;

    /// <summary>What is computed; null where an output is not wanted.</summary>
    public IReadOnlyList<IrValue?> Outputs => _outputs;

    /// <summary>The first output, which every node in the graph has unless only a later one is wanted.</summary>
    public IrValue Output => _outputs[0] ?? throw new GraphException($"node '{Name}' ({Operator}) has no first output");

    /// <summary>Input <paramref name="i"/>, or null where absent.</summary>
    public IrValue? Input(int i) => i < _inputs.Length ? _inputs[i] : null;

    internal void SetInput(int i, IrValue? value)
    {
        _inputs[i]?.RemoveConsumer(this);
        _inputs[i] = value;
        value?.AddConsumer(this);
    }

    internal void DropOutput(int i) => _outputs[i] = null;

    /// <summary>The node as the runtime's shape rules look at it; value indices stand only for presence.</summary>
    internal static OperatorCall Call(string op, string name, AttributeMap attributes, IReadOnlyList<IrValue?> inputs, int outputs) => new(
        new Node(op, name, [.. inputs.Select((v, i) => v is null ? Node.Absent : i)], [.. Enumerable.Range(inputs.Count, outputs)], attributes),
        [.. inputs.Select(v => v?.Type)], [.. inputs.Select(v => v?.Constant)]);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Operator})";
}
