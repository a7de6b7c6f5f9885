using Xunit;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Tests.Operators;

/// <summary>How an operator's inputs reach it.</summary>
public enum Feed
{
    /// <summary>As inputs of the graph, which nothing may overwrite.</summary>
    Inputs,

    /// <summary>Computed by a copy, so that the operator may work in place.</summary>
    Computed,

    /// <summary>As constants.</summary>
    Constants,
}

/// <summary>Runs one operator as a graph of its own.</summary>
static class OperatorRunner
{
    /// <summary>The ways to run an operator that must all give the same: instruction sets × feeds.</summary>
    public static IEnumerable<(IReadOnlyList<Isa> Allowed, Feed Feed)> Ways =>
        from isa in Cpu.Allowed() from feed in Enum.GetValues<Feed>() select (Cpu.Allowed(isa.ToString()), feed);

    /// <summary>The outputs of <paramref name="op"/> as the shape rule types them.</summary>
    public static EncodedTensor[] Run(string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, IReadOnlyList<Isa>? allowed = null, Feed feed = Feed.Inputs)
    {
        using var model = Model.FromGraph(Graph(op, attributes, inputs, feed), allowed);
        using var session = model.CreateSession();
        if (feed != Feed.Constants)
            foreach (var (tensor, data) in session.Inputs.Zip(inputs.Where(i => i is not null))) data!.Part("data").Bytes.Span.CopyTo(tensor.AsBytes());
        session.Run();
        var first = session.Outputs.Select(o => o.AsBytes().ToArray()).ToArray();
        session.Run();
        Assert.True(session.Outputs.Select(o => o.AsBytes().ToArray()).Zip(first).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)), "a second run differs");
        return [.. session.Outputs.Select((o, i) => EncodedTensor.FromBytes(o.Type, first[i]))];
    }

    /// <summary>The error that the shape rule refuses a call with.</summary>
    public static string Refusal(string op, AttributeMap attributes, params EncodedTensor?[] inputs) =>
        Assert.Throws<GraphException>(() => Graph(op, attributes, inputs, Feed.Constants)).Message;

    static ModelGraph Graph(string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, Feed feed)
    {
        var values = new List<Value>();
        var nodes = new List<Node>();
        var graphInputs = new List<int>();
        var operands = new int[inputs.Count];
        for (int i = 0; i < operands.Length; i++)
        {
            operands[i] = Node.Absent;
            if (inputs[i] is not { } tensor) continue;
            operands[i] = values.Count;
            values.Add(new Value($"x{i}", tensor.Type, feed == Feed.Constants ? tensor : null));
            if (feed != Feed.Constants) graphInputs.Add(operands[i]);
            if (feed != Feed.Computed) continue;
            operands[i] = values.Count;
            values.Add(new Value($"copy{i}", tensor.Type));
            nodes.Add(new Node("Transpose", $"copy{i}", [operands[i] - 1], [operands[i]], new AttributeMap { { "perm", Enumerable.Range(0, tensor.Type.Rank).ToArray().AsSpan() } }));
        }
        var draft = new Node(op, "node", operands, [], attributes);
        var call = new OperatorCall(draft, [.. operands.Select(v => v < 0 ? null : values[v].Type)], [.. operands.Select(v => v < 0 ? null : values[v].Constant)]);
        var outputs = new List<int>();
        foreach (var type in OperatorTable.Get(op).Infer(call))
        {
            outputs.Add(values.Count);
            values.Add(new Value($"y{outputs.Count}", type));
        }
        nodes.Add(draft with { Outputs = outputs });
        return new ModelGraph { Values = values, Nodes = nodes, Inputs = graphInputs, Outputs = outputs };
    }
}
