using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Diagnostics.SelfTest;

/// <summary>One operator with random sizes and data, run as a graph of its own. Instruction sets are compared with each other on it.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Draw">Draws attributes and inputs.</param>
sealed record SelfTestCase(string Operator, Func<Random, SelfTestInput> Draw)
{
    /// <summary>A graph of the one node.</summary>
    public ModelGraph Graph(SelfTestInput input)
    {
        var values = input.Operands.Select((operand, i) => new Value($"x{i}", operand.Tensor.Type, operand.IsConstant ? operand.Tensor : null)).ToList();
        int[] operands = [.. Enumerable.Range(0, values.Count)];
        var node = new Node(Operator, Operator, operands, [], input.Attributes);
        var types = OperatorTable.Infer(new OperatorCall(node, [.. values.Select(v => v.Type)], [.. values.Select(v => v.Constant)]));
        if (types.Length > input.Outputs) types = types[..input.Outputs];
        int[] outputs = [.. Enumerable.Range(values.Count, types.Length)];
        values.AddRange(types.Select((type, i) => new Value($"y{i}", type)));
        return new ModelGraph
        {
            Name = Operator,
            Values = values,
            Nodes = [node with { Outputs = outputs }],
            Inputs = [.. operands.Where(i => !input.Operands[i].IsConstant)],
            Outputs = outputs,
        };
    }
}

/// <summary>What a case drew.</summary>
/// <param name="Attributes">The node's attributes.</param>
/// <param name="Operands">The node's inputs; constants are part of the graph, the others are fed.</param>
sealed record SelfTestInput(AttributeMap Attributes, params (EncodedTensor Tensor, bool IsConstant)[] Operands)
{
    /// <summary>The most outputs to ask for: optional ones may cost the fast way.</summary>
    public int Outputs { get; init; } = int.MaxValue;
}
