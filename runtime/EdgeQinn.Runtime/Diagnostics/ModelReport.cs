using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Diagnostics;

/// <summary>One node of a bound model.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Kernels">The kernels of its steps, in order; empty for a view.</param>
/// <param name="Output">The type of its first wanted output.</param>
/// <param name="Encodings">How its constants are stored: the distinct encodings.</param>
/// <param name="WeightBytes">Bytes of its constants in the file; a constant that an earlier node reads too counts there.</param>
/// <param name="Parameters">Elements of these constants as stored.</param>
/// <param name="MultiplyAdds">Multiply-add operations of one run, by the operator's definition.</param>
public sealed record NodeReport(
    string Name, string Operator, ImmutableArray<string> Kernels, TensorType Output, ImmutableArray<string> Encodings, long WeightBytes, long Parameters, long MultiplyAdds)
{
    /// <summary>The encodings among these whose weights run as the dense matrices they stand for: faster on this CPU, or there is no other way.</summary>
    public ImmutableArray<string> RunDense { get; init; } = [];

    /// <summary>The encodings for people: <c>mps (run dense)</c>.</summary>
    public string Format => string.Join('+', Encodings) + (RunDense.IsEmpty ? "" : RunDense.SequenceEqual(Encodings) ? " (run dense)" : $" ({string.Join(", ", RunDense)} run dense)");
}

/// <summary>What a model consists of and how it was bound to this CPU.</summary>
public sealed record ModelReport
{
    /// <summary>The nodes in execution order.</summary>
    public required ImmutableArray<NodeReport> Nodes { get; init; }

    /// <summary>The steps of a run, each with the node it belongs to (an index into <see cref="Nodes"/>) and its kernel.</summary>
    public required ImmutableArray<(int Node, string Kernel)> Steps { get; init; }

    /// <summary>Bytes of packed weights and tables that all sessions share, beside the file's mapping.</summary>
    public required long PackedBytes { get; init; }

    /// <summary>Bytes of the arena that each session has.</summary>
    public required long ArenaBytes { get; init; }

    /// <summary>Describes a model.</summary>
    public static ModelReport Of(Model model)
    {
        var plan = model.Plan;
        var calls = GraphChecker.Resolve(model.Graph);
        var counted = new HashSet<EncodedTensor>(ReferenceEqualityComparer.Instance);
        var nodes = ImmutableArray.CreateBuilder<NodeReport>(calls.Count);
        for (int n = 0; n < calls.Count; n++)
        {
            var node = calls[n].Node;
            var constants = node.Inputs.Where(v => v != Node.Absent).Select(v => model.Graph.Values[v].Constant).OfType<EncodedTensor>().Where(counted.Add).ToArray();
            nodes.Add(new NodeReport(
                node.Name, node.Operator,
                [.. plan.Steps.Where(s => s.Node == n).Select(s => s.Uses.Count == 0 ? s.Kernel : $"{s.Kernel} ({string.Join(", ", s.Uses)})")],
                model.Graph.Values[node.Outputs.First(v => v != Node.Absent)].Type,
                [.. constants.Select(c => c.Encoding).Distinct()],
                constants.Sum(c => Parts(c).Sum(p => (long)p.Bytes.Length)),
                constants.Sum(c => Parts(c).Sum(p => (long)p.Type.Count)),
                OperatorTable.Get(node.Operator).MultiplyAdds(calls[n])) { RunDense = [.. plan.RunDense.Where(d => d.Node == n).Select(d => d.Encoding).Order(StringComparer.Ordinal)] });
        }
        return new ModelReport
        {
            Nodes = nodes.MoveToImmutable(),
            Steps = [.. plan.Steps.Select(s => (s.Node, s.Kernel))],
            PackedBytes = plan.ModelBytes,
            ArenaBytes = plan.ArenaBytes,
        };
    }

    static IEnumerable<TensorPart> Parts(EncodedTensor tensor) => tensor.Parts.Concat(tensor.Children.SelectMany(Parts));
}
