using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>One node with its inputs' types and constants resolved: what a shape rule and a planner look at.</summary>
public sealed class OperatorCall(Node node, IReadOnlyList<TensorType?> inputs, IReadOnlyList<EncodedTensor?> constants)
{
    /// <summary>The node.</summary>
    public Node Node => node;

    /// <summary>The node's attributes.</summary>
    public AttributeMap Attributes => node.Attributes;

    /// <summary>The number of inputs listed, absent ones counted.</summary>
    public int InputCount => inputs.Count;

    /// <summary>The number of outputs listed, absent ones counted.</summary>
    public int OutputCount => node.Outputs.Count;

    /// <summary>Whether optional input <paramref name="i"/> is given.</summary>
    public bool Has(int i) => i < inputs.Count && inputs[i] is not null;

    /// <summary>Whether optional output <paramref name="i"/> is wanted.</summary>
    public bool Wants(int i) => i < node.Outputs.Count && node.Outputs[i] != Node.Absent;

    /// <summary>The type of input <paramref name="i"/>.</summary>
    /// <exception cref="GraphException">The input is absent.</exception>
    public TensorType Input(int i) => Has(i) ? inputs[i]! : throw Fail($"input {i} is missing");

    /// <summary>The contents of input <paramref name="i"/>, where that is a constant.</summary>
    public EncodedTensor? Constant(int i) => i < constants.Count ? constants[i] : null;

    /// <summary>The contents of input <paramref name="i"/>, which must be a constant.</summary>
    /// <exception cref="GraphException">It is absent or computed.</exception>
    public EncodedTensor RequireConstant(int i, string what) => Constant(i) ?? throw Fail($"{what} (input {i}) must be a constant");

    /// <summary>An error that names the node.</summary>
    public GraphException Fail(string reason) => new($"node '{node.Name}' ({node.Operator}): {reason}");

    /// <summary>Fails unless input <paramref name="i"/> has <paramref name="element"/>.</summary>
    public TensorType Input(int i, ElementType element) =>
        Input(i).Element == element ? Input(i) : throw Fail($"input {i} is {Input(i)}, expected {element.ToString().ToLowerInvariant()}");

    /// <summary>Resolves a possibly negative axis against <paramref name="rank"/>.</summary>
    public int Axis(int axis, int rank) => axis >= -rank && axis < rank ? (axis < 0 ? axis + rank : axis) : throw Fail($"axis {axis} is outside rank {rank}");

    /// <summary>The list of one output type.</summary>
    public static ImmutableArray<TensorType> One(ElementType element, params ReadOnlySpan<int> shape) => [new TensorType(element, shape)];
}
