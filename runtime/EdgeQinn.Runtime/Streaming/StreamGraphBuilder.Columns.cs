using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>Operators whose output column reads the same column of each input, and what decides which rule a node follows.</summary>
sealed partial class StreamGraphBuilder
{
    static readonly HashSet<string> ElementWise =
        [.. UnaryOperators.All.Concat(BinaryOperators.All).Concat(VariadicOperator.All).Select(op => op.Name), "Clip", "Pow", "Where", "Cast"];

    /// <summary>Runs a node on columns; null, or why it cannot.</summary>
    string? StreamNode(Node node)
    {
        var x = Stream(node.Inputs[0]);
        if (ElementWise.Contains(node.Operator)) return StreamElementWise(node);
        if (x is null) return node.Operator == "MatMul" ? StreamMatMul(node) : node.Operator == "Concat" ? StreamConcat(node) : "it joins columns with what is none";
        switch (node.Operator)
        {
            case "Conv": return StreamConv(node, x);
            case "MaxPool" or "AveragePool" or "LpPool": return StreamPool(node, x);
            case "Pad": return StreamPad(node, x);
            case "Slice": return StreamSlice(node, x);
            case "Concat": return StreamConcat(node);
            case "MatMul": return StreamMatMul(node);
            case "RNN" or "GRU" or "LSTM": return StreamRecurrent(node, x);
            case "GlobalAveragePool" or "GlobalMaxPool": return StreamGlobalPool(node, x);
        }
        if (node.Operator.StartsWith("Reduce", StringComparison.Ordinal)) return StreamReduce(node, x);
        if (!node.Inputs.Skip(1).All(IsConstant)) return "it takes the whole window";
        var call = Call(node);
        int rank = x.Type.Rank, axis = x.Axis;
        switch (node.Operator)
        {
            case "BatchNormalization":
                return axis != 1 ? StreamColumns(node, axis) : "its channels lie along time";
            case "Linear":
                if (axis == rank - 1) return "it reads the whole window";
                return ScalesByRange(_source.Values[node.Inputs[1]].Constant!) ? "its int8 input is scaled by each window's own range" : StreamColumns(node, axis);
            case "Softmax" or "LogSoftmax" or "Hardmax" or "LpNormalization":
                return call.AxisOr(-1, rank) != axis ? StreamColumns(node, axis) : "it normalises over the window";
            case "LayerNormalization" or "RMSNormalization":
                return call.AxisOr(-1, rank) > axis && !node.Outputs.Skip(1).Any(IsUsed) ? StreamColumns(node, axis) : "it normalises over the window";
            case "LRN":
                return axis >= 2 ? StreamColumns(node, axis) : "it normalises over the window";
            case "InstanceNormalization" or "GroupNormalization" or "MeanVarianceNormalization":
                return "it normalises over the window";
            case "QuantizeLinear" or "DequantizeLinear":
                bool perColumn = _source.Values[node.Inputs[1]].Type.Count == 1 || (call.AxisOr(1, rank) != axis && call.Attributes.Int("block_size") == 0);
                return perColumn ? StreamColumns(node, axis) : "its scales vary along time";
            case "CumSum":
                return call.AxisOr(0, rank) != axis ? StreamColumns(node, axis) : "it takes the whole window";
            case "Transpose":
                int[] order = [.. call.Attributes.Has("perm") ? call.RequireInts("perm", rank) : Enumerable.Range(0, rank).Reverse()];
                return StreamColumns(node, Array.IndexOf(order, axis));
            case "Reshape":
                return StreamReshape(node, x);
            case "Split":
                return call.AxisOr(0, rank) != axis ? StreamColumns(node, axis) : "it cuts the window into parts";
            case "Gather":
                int along = call.AxisOr(0, rank);
                return along != axis ? StreamColumns(node, along < axis ? axis - 1 + _source.Values[node.Inputs[1]].Type.Rank : axis) : "it picks columns of the window";
            default:
                return "it takes the whole window";
        }
    }

    string? StreamElementWise(Node node)
    {
        int rank = _source.Values[node.Outputs[0]].Type.Rank, axis = -1;
        foreach (int v in node.Inputs)
        {
            if (Stream(v) is not { } x) continue;
            int own = x.Axis + rank - x.Type.Rank;
            if (axis >= 0 && own != axis) return "it joins values whose time lies along different axes";
            axis = own;
        }
        return StreamColumns(node, axis);
    }

    string? StreamConcat(Node node)
    {
        var x = node.Inputs.Select(Stream).First(s => s is not null)!;
        if (Call(node).Axis(node.Attributes.Int("axis"), x.Type.Rank) == x.Axis) return "it lengthens the window";
        return node.Inputs.All(v => Stream(v) is { } other && other.Axis == x.Axis) ? StreamColumns(node, x.Axis) : "it joins columns with what is none";
    }

    string? StreamMatMul(Node node)
    {
        StreamValue? a = Stream(node.Inputs[0]), b = Stream(node.Inputs[1]);
        int rank = _source.Values[node.Outputs[0]].Type.Rank;
        if (a is not null && IsConstant(node.Inputs[1]) && a.Axis < a.Type.Rank - 1 && _source.Values[node.Inputs[1]].Type is var right)
            return right.Rank <= 2 ? StreamColumns(node, a.Axis + rank - a.Type.Rank + (right.Rank == 1 ? 1 : 0)) : "it reads the whole window";
        if (b is not null && IsConstant(node.Inputs[0]) && b.Axis == b.Type.Rank - 1 && b.Type.Rank >= 2 && _source.Values[node.Inputs[0]].Type.Rank == 2)
            return StreamColumns(node, rank - 1);
        return "it reads the whole window";
    }

    string? StreamReshape(Node node, StreamValue x)
    {
        var shape = _source.Values[node.Outputs[0]].Type.Shape;
        long before = AxisSplit.Product(x.Type.Shape.AsSpan()[..x.Axis]);
        for (int axis = 0; axis < shape.Length; axis++)
            if (shape[axis] == x.Columns && AxisSplit.Product(shape.AsSpan()[..axis]) == before) return StreamColumns(node, axis);
        return "it lays the window out anew";
    }

    /// <summary>Runs a node column by column: its streamed inputs brought to the same columns, constants as they are.</summary>
    /// <param name="node">The node.</param>
    /// <param name="axis">The time axis of its outputs.</param>
    string? StreamColumns(Node node, int axis)
    {
        StreamValue[] streams = [.. node.Inputs.Select(Stream).OfType<StreamValue>()];
        var x = streams[0];
        var type = _source.Values[node.Outputs.First(IsUsed)].Type;
        if (type.Shape[axis] != x.Columns) return "it joins columns of different times";
        foreach (var other in streams)
            if (other.Stride != x.Stride || other.Columns != x.Columns) return "it joins columns of different times";
        foreach (int v in node.Inputs)
        {
            if (v == Node.Absent || Stream(v) is not null) continue;
            if (!IsConstant(v)) return "it joins columns with what depends on the whole window";
            if (ElementWise.Contains(node.Operator) && VariesAlong(_source.Values[v].Type, axis, type.Rank)) return "its constant varies along the window";
        }

        int left = streams.Max(s => s.Left), end = streams.Min(s => s.End), last = IsContinuous ? end : x.Columns;
        if (left + x.New > end) return $"{left + x.New + x.Columns - end} of its {x.Columns} columns are new or at an end of the window";
        bool joined = x.FreshAt > 0 && streams.All(x.IsLaidOutAs);
        int[] fresh = joined ? Run(s => s.Fresh, x.FreshAt + last - end + x.New) : Between(end - x.New, last), early = joined ? fresh : left > 0 ? Between(0, left) : [];
        for (int o = 0; o < node.Outputs.Count; o++)
            if (IsUsed(node.Outputs[o]))
                _states[node.Outputs[o]] = new StreamValue(_source.Values[node.Outputs[o]].Type, axis, x.Stride, x.New, x.Phases, left, end, fresh[o], left > 0 ? early[o] : -1,
                    joined ? x.FreshAt : 0);
        return null;

        int[] Between(int from, int to) => Run(s => Columns(s, from, to), to - from);

        int[] Run(Func<StreamValue, int> part, int columns)
        {
            int[] inputs = [.. node.Inputs.Select(v => v == Node.Absent ? v : Stream(v) is { } s ? part(s) : _hop.Import(v))];
            var attributes = node.Attributes;
            if (node.Operator == "Reshape")
            {
                attributes = attributes.Copy();
                attributes.Add("shape", type.Shape.SetItem(axis, columns).AsSpan());
            }
            return _hop.Add(node.Operator, node.Name, attributes, inputs, node.Outputs.Count);
        }
    }

    /// <summary>Whether a constant, broadcast to a rank, has more than one element along an axis.</summary>
    static bool VariesAlong(TensorType constant, int axis, int rank) => axis - (rank - constant.Rank) is >= 0 and var own && constant.Shape[own] > 1;
}
