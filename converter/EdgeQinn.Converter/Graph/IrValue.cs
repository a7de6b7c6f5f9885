using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Graph;

/// <summary>A value of the graph under conversion: an input, a constant, or what a node computes.</summary>
public sealed class IrValue
{
    readonly List<IrNode> _consumers = [];

    internal IrValue(string name, TensorType type, EncodedTensor? constant = null) => (Name, Type, Constant) = (name, type, constant);

    /// <summary>The name in the source model, as far as it has one there; unique once the graph is emitted.</summary>
    public string Name { get; internal set; }

    /// <summary>Element type and static shape.</summary>
    public TensorType Type { get; }

    /// <summary>The contents, for a constant.</summary>
    public EncodedTensor? Constant { get; }

    /// <summary>The node that computes it; null for inputs and constants.</summary>
    public IrNode? Producer { get; internal set; }

    /// <summary>Whether it is an output of the network.</summary>
    public bool IsOutput { get; internal set; }

    /// <summary>Whether it is an input of the network.</summary>
    public bool IsInput => Producer is null && Constant is null;

    /// <summary>Whether it is read once, by a node, so that a pass may merge it into its reader.</summary>
    public bool HasOneUse => _consumers.Count == 1 && !IsOutput;

    /// <summary>The nodes that read it, once per reading input.</summary>
    public IReadOnlyList<IrNode> Consumers => _consumers;

    internal void AddConsumer(IrNode node) => _consumers.Add(node);

    internal void RemoveConsumer(IrNode node) => _consumers.Remove(node);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type}";
}
