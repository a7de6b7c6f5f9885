using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>What a layer is built from: the node, its types and constants, and where parameters come from.</summary>
sealed record LayerContext(Network Network, ModelGraph Graph, OperatorCall Call)
{
    /// <summary>The node.</summary>
    public Node Node => Call.Node;

    /// <summary>The node's attributes.</summary>
    public AttributeMap Attributes => Node.Attributes;

    /// <summary>The value that input <paramref name="i"/> reads.</summary>
    public int Input(int i) => Node.Inputs[i];

    /// <summary>The value that output <paramref name="i"/> writes.</summary>
    public int Output(int i = 0) => Node.Outputs[i];

    /// <summary>The type of output <paramref name="i"/>.</summary>
    public TensorType OutputType(int i = 0) => Graph.Values[Output(i)].Type;

    /// <summary>Whether input <paramref name="i"/> is there and computed.</summary>
    public bool IsComputed(int i) => Call.Has(i) && Call.Constant(i) is null;

    /// <summary>Input <paramref name="i"/> as a parameter; null where it is absent.</summary>
    /// <exception cref="GraphException">It is computed.</exception>
    public Parameter? Parameter(int i)
    {
        if (!Call.Has(i)) return null;
        Call.RequireConstant(i, "what training changes");
        return Network.ParameterOf(Input(i));
    }
}
