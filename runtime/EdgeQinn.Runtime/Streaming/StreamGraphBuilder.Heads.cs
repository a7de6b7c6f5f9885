using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>Reductions over time: the heads of networks.</summary>
sealed partial class StreamGraphBuilder
{
    string? StreamReduce(Node node, StreamValue x)
    {
        var axes = Call(node).Axes("axes", x.Type.Rank);
        bool keep = node.Attributes.Int("keepdims", 1) != 0;
        if (!axes.Contains(x.Axis)) return StreamColumns(node, keep ? x.Axis : x.Axis - axes.Count(a => a < x.Axis));
        return node.Operator switch
        {
            "ReduceSum" => ReduceOver(node, x, axes.AsSpan(), "sum", mean: false),
            "ReduceMean" => ReduceOver(node, x, axes.AsSpan(), "sum", mean: true),
            "ReduceMax" => ReduceOver(node, x, axes.AsSpan(), "max", mean: false),
            "ReduceMin" => ReduceOver(node, x, axes.AsSpan(), "min", mean: false),
            _ => "it reduces the whole window",
        };
    }

    string? StreamGlobalPool(Node node, StreamValue x)
    {
        if (x.Axis < 2) return StreamColumns(node, x.Axis);
        bool mean = node.Operator == "GlobalAveragePool";
        return ReduceOver(node, x, [.. Enumerable.Range(2, x.Type.Rank - 2)], mean ? "sum" : "max", mean);
    }

    string? ReduceOver(Node node, StreamValue x, ReadOnlySpan<int> axes, string kind, bool mean)
    {
        int from = IsContinuous ? x.End - x.Columns : x.Left;
        if (x.End - from < x.New) return "a hop has more columns than it reduces";
        if (x.Type.Element != ElementType.Float32) return "it reduces numbers that are no float32";
        RequireFrom(x, from);
        long count = 1;
        foreach (int axis in axes) count *= x.Type.Shape[axis];
        var attributes = new AttributeMap { { "axis", x.Axis }, { "kind", kind }, { "first", x.FreshAt }, { "new", x.New }, { "length", x.End - from }, { "phases", x.Phases } };
        if (mean) attributes.Add("scale", (float)(1.0 / count));
        if (!IsContinuous) attributes.Add("tail", x.Columns - x.End);
        if (x.Left > 0) attributes.Add("head_columns", x.Left);
        int result = _hop.Add(Operators.Streaming.RunningOperator.OperatorName, node.Name, attributes, x.Left > 0 ? [x.Fresh, x.LeftColumns] : [x.Fresh])[0];

        // What is left of other axes is reduced after time: small by then.
        long[] others = [.. axes.ToArray().Where(a => a != x.Axis && x.Type.Shape[a] > 1)];
        if (others.Length > 0) result = _hop.Add($"Reduce{char.ToUpperInvariant(kind[0])}{kind[1..]}", node.Name, new AttributeMap { { "axes", others } }, [result])[0];
        _states[node.Outputs[0]] = _hop.Add("Reshape", node.Name, new AttributeMap { { "shape", _source.Values[node.Outputs[0]].Type.Shape.AsSpan() } }, [result])[0];
        return null;
    }
}
