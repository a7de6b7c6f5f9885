using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>Reductions over time: each run reduces its new columns, and the window's result is made of those of the runs it spans.</summary>
sealed partial class StreamGraphBuilder
{
    /// <summary>Below so many elements, reducing the whole window takes fewer steps.</summary>
    const int SmallWindow = 512;

    string? StreamReduce(Node node, StreamValue x)
    {
        var axes = Call(node).Axes("axes", x.Type.Rank);
        bool keep = node.Attributes.Int("keepdims", 1) != 0;
        if (!axes.Contains(x.Axis)) return StreamColumns(node, keep ? x.Axis : x.Axis - axes.Count(a => a < x.Axis));
        return node.Operator switch
        {
            "ReduceSum" or "ReduceMean" => ReduceOver(node, x, axes.AsSpan(), "ReduceSum", "ReduceSum", node.Operator == "ReduceMean"),
            "ReduceL1" or "ReduceSumSquare" => ReduceOver(node, x, axes.AsSpan(), node.Operator, "ReduceSum", mean: false),
            "ReduceMax" or "ReduceMin" => ReduceOver(node, x, axes.AsSpan(), node.Operator, node.Operator, mean: false),
            _ => "it reduces the whole window",
        };
    }

    string? StreamGlobalPool(Node node, StreamValue x)
    {
        if (x.Axis < 2) return StreamColumns(node, x.Axis);
        int[] axes = [.. Enumerable.Range(2, x.Type.Rank - 2)];
        return node.Operator == "GlobalMaxPool" ? ReduceOver(node, x, axes, "ReduceMax", "ReduceMax", mean: false) : ReduceOver(node, x, axes, "ReduceSum", "ReduceSum", mean: true);
    }

    /// <summary>
    /// With d new columns per run, the shared part of the window is the last m whole runs' columns and the last r of the run before them. Each run's reduction is a column
    /// of its own in a line of m; nothing is ever subtracted, so that rounding does not add up.
    /// </summary>
    string? ReduceOver(Node node, StreamValue x, ReadOnlySpan<int> axes, string part, string join, bool mean)
    {
        int from = IsContinuous ? x.End - x.Columns : x.Left;
        var (runs, rest) = Math.DivRem(x.End - from, x.New);
        if (runs < 2 || x.Type.Count < SmallWindow || x.Type.Element != ElementType.Float32) return "its window is small";
        RequireFrom(x, from);
        var over = new AttributeMap { { "axes", axes }, { "keepdims", 1L } };
        int Reduced(int columns) => _hop.Add(part, node.Name, over, [columns])[0];
        int Past(int column, int length, int lag) => _hop.Add(Operators.Streaming.HistoryOperator.OperatorName, $"{node.Name}:past",
            new AttributeMap { { "axis", x.Axis }, { "length", length }, { "lag", lag }, { "phases", x.Phases } }, [column])[0];

        List<int> parts = [Past(Reduced(Columns(x, x.End - x.New, x.End)), runs, 0)];
        if (rest > 0) parts.Add(Past(Reduced(Columns(x, x.End - rest, x.End)), 1, runs));
        if (x.Left > 0) parts.Add(Reduced(x.LeftColumns));
        if (!IsContinuous && x.End < x.Columns) parts.Add(Reduced(Columns(x, x.End, x.Columns)));
        int all = parts.Count == 1 ? parts[0] : _hop.Add("Concat", node.Name, new AttributeMap { { "axis", x.Axis } }, parts)[0];
        int result = _hop.Add(join, node.Name, new AttributeMap { { "axes", x.Axis }, { "keepdims", 1L } }, [all])[0];
        if (mean)
        {
            long count = 1;
            foreach (int axis in axes) count *= x.Type.Shape[axis];
            int reciprocal = _hop.Constant($"{node.Name}:reciprocal", EncodedTensor.FromSpan<float>([(float)(1.0 / count)]));
            result = _hop.Add("Mul", node.Name, [], [result, reciprocal])[0];
        }
        _states[node.Outputs[0]] = _hop.Add("Reshape", node.Name, new AttributeMap { { "shape", _source.Values[node.Outputs[0]].Type.Shape.AsSpan() } }, [result])[0];
        return null;
    }
}
