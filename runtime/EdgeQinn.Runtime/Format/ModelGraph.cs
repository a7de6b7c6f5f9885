namespace EdgeQinn.Runtime.Format;

/// <summary>A network as the file describes it: values with static shapes, nodes in execution order, and what a board needs beside them.</summary>
public sealed class ModelGraph
{
    /// <summary>The network's name, for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>Every value; nodes refer to them by index.</summary>
    public required IReadOnlyList<Value> Values { get; init; }

    /// <summary>The nodes, each after those it depends on.</summary>
    public required IReadOnlyList<Node> Nodes { get; init; }

    /// <summary>Indices of the input values, in order.</summary>
    public required IReadOnlyList<int> Inputs { get; init; }

    /// <summary>Indices of the output values, in order. May name an input or a constant.</summary>
    public required IReadOnlyList<int> Outputs { get; init; }
}

/// <summary>A value of the graph: an input, a constant or what a node produces.</summary>
/// <param name="Name">Unique in the graph.</param>
/// <param name="Type">Element type and static shape.</param>
/// <param name="Constant">The contents, for a constant.</param>
public sealed record Value(string Name, TensorType Type, EncodedTensor? Constant = null);

/// <summary>One operator application.</summary>
/// <param name="Operator">A name of <see cref="Operators.OperatorTable"/>.</param>
/// <param name="Name">For messages: the layer's name in the source model.</param>
/// <param name="Inputs">Value indices; −1 where an optional input is absent.</param>
/// <param name="Outputs">Value indices; −1 where an optional output is not wanted.</param>
/// <param name="Attributes">The operator's attributes.</param>
public sealed record Node(string Operator, string Name, IReadOnlyList<int> Inputs, IReadOnlyList<int> Outputs, AttributeMap Attributes)
{
    /// <summary>Stands for an absent optional input or output.</summary>
    public const int Absent = -1;
}
