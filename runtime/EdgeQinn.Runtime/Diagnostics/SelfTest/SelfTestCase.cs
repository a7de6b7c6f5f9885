using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Diagnostics.SelfTest;

/// <summary>One operator with random sizes and data, run as a graph of its own. Instruction sets are compared with each other on it.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Draw">Draws attributes and inputs.</param>
sealed record SelfTestCase(string Operator, Func<CaseDraw, SelfTestInput> Draw)
{
    /// <summary>A graph of the one node.</summary>
    public ModelGraph Graph(SelfTestInput input) =>
        SingleNode.Graph(Operator, input.Attributes, input.Outputs, [.. input.Operands.Select(o => (o.IsConstant ? o.Tensor : null, o.Tensor.Type))]);
}

/// <summary>What a case drew.</summary>
/// <param name="Attributes">The node's attributes.</param>
/// <param name="Operands">The node's inputs; constants are part of the graph, the others are fed.</param>
sealed record SelfTestInput(AttributeMap Attributes, params (EncodedTensor Tensor, bool IsConstant)[] Operands)
{
    /// <summary>The most outputs to ask for: optional ones may cost the fast way.</summary>
    public int Outputs { get; init; } = int.MaxValue;
}
