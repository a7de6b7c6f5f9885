using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>Operators whose output columns read a few neighbouring input columns each: convolutions, pools, padding, cropping.</summary>
sealed partial class StreamGraphBuilder
{
    /// <summary>Columns that may come to nothing between those at the window's start and the new ones, for each of the former: a run of its own costs more.</summary>
    const int MostBetween = 4;

    /// <summary>Runs a sliding node on columns, if that pays.</summary>
    /// <param name="node">The node; its first input slides.</param>
    /// <param name="x">That input.</param>
    /// <param name="reach">How output columns read input columns.</param>
    /// <param name="fill">What padding holds.</param>
    /// <param name="run">Adds the node for input columns (a value), so many of padding before and after them, and so many columns of output.</param>
    /// <returns>Null, or why the node runs whole.</returns>
    string? Slide(Node node, StreamValue x, Reach reach, float fill, Func<int, int, int, int, int> run)
    {
        long stride = (long)x.Stride * reach.Step;
        var type = _source.Values[node.Outputs[0]].Type;
        if (IsContinuous) return SlideOn(node, x, reach, stride, type, fill, run);

        int columns = type.Shape[x.Axis];
        long phases = stride / GreatestCommonDivisor(stride, _rule.Hop), fresh = phases * _rule.Hop / stride;
        int left = Clamp(CeilDiv((long)x.Left + reach.Begin, reach.Step), columns), end = Clamp(CeilDiv((long)x.End + reach.Begin - reach.Span + 1, reach.Step), columns);
        // A run on the left columns must have a real column to read.
        if (left > 0) left = (int)Math.Max(left, CeilDiv(1L + reach.Begin - reach.Span, reach.Step) + 1);
        if (phases > MostPhases) return $"its columns, {stride} samples apart, meet a hop of {_rule.Hop} only every {phases} windows";
        if (left + fresh > end || !Pays(node, x, (left + fresh + columns - end) / (double)columns, left > 0 ? 2 : 1))
            return $"{Math.Min(columns, left + fresh + columns - end)} of its {columns} columns are new or at an end of the window{(phases > 1 ? $", {phases} windows apart" : "")}: running it whole is faster";

        int first = end - (int)fresh, start = first * reach.Step - reach.Begin, stop = (columns - 1) * reach.Step - reach.Begin + reach.Span, held = Math.Min(stop, x.Columns);
        int leftColumns = -1, freshColumns, freshAt = 0;
        if (left > 0)
        {
            int from = Math.Max(0, -reach.Begin), to = (left - 1) * reach.Step - reach.Begin + reach.Span, between = reach.Span / reach.Step - 1;
            // One run for both, if their columns can follow each other: weights are read once, and packed once. What comes out between reads from both and means nothing.
            if (reach.Span % reach.Step == 0 && between <= MostBetween * left && start >= x.Left)
            {
                freshAt = left + between;
                int joined = Remember(x, start, Math.Min(held, x.End), held, to <= x.Left ? (x.LeftColumns, from, to - from) : (Columns(x, from, to), 0, to - from));
                leftColumns = freshColumns = run(joined, reach.Begin + from, stop - held, freshAt + columns - first);
            }
            else
            {
                leftColumns = run(Columns(x, from, to), reach.Begin + from, 0, left);
                freshColumns = run(Columns(x, start, held), 0, stop - held, columns - first);
            }
        }
        else freshColumns = run(Columns(x, start, held), 0, stop - held, columns - first);
        _states[node.Outputs[0]] = new StreamValue(type, x.Axis, (int)stride, (int)fresh, (int)phases, left, end, freshColumns, leftColumns, freshAt);
        return null;
    }

    bool Pays(Node node, StreamValue x, double share, int pieces)
    {
        var call = Call(node);
        return _shareAlways || StreamCost.Pays(OperatorTable.Get(node.Operator).MultiplyAdds(call), _source.Values[node.Outputs[0]].Type.Count, share,
            AxisSplit.Product(x.Type.Shape.AsSpan()[..x.Axis]), pieces);
    }

    /// <summary>In a continuous stream padding stands before the stream's start alone, and a column comes once all it reads is there.</summary>
    string? SlideOn(Node node, StreamValue x, Reach reach, long stride, TensorType type, float fill, Func<int, int, int, int, int> run)
    {
        if (_rule.Hop % stride != 0)
            throw new GraphException($"node '{node.Name}' ({node.Operator}): its columns are {stride} samples apart, and a continuous stream needs a hop that is a multiple of that, not {_rule.Hop}");
        int fresh = x.New / reach.Step;
        long end = Math.Min(_span / stride, FloorDiv((long)x.End + reach.Begin - reach.Span, reach.Step) + 1);
        int start = checked((int)((end - fresh) * reach.Step - reach.Begin)), stop = checked((int)((end - 1) * reach.Step - reach.Begin + reach.Span));
        int freshColumns = run(Columns(x, start, stop, reach.Begin > 0 ? fill : null), 0, 0, fresh);
        _states[node.Outputs[0]] = new StreamValue(type, x.Axis, (int)stride, fresh, 1, 0, (int)end, freshColumns, -1);
        return null;
    }

    string? StreamConv(Node node, StreamValue x)
    {
        if (!node.Inputs.Skip(1).All(IsConstant)) return "its weights are computed";
        if (x.Axis < 2) return "its channels lie along time";
        if (ScalesByRange(_source.Values[node.Inputs[1]].Constant!)) return "its int8 input is scaled by each window's own range";
        var shape = ConvShape.OfConv(Call(node));
        int axis = 3 - shape.SpatialRank + x.Axis - 2, rank = shape.SpatialRank, pool = node.Attributes.Int("max_pool", 1);
        int span = checked((int)((shape.Kernel[axis] - 1L) * shape.Dilation[axis] + 1 + (pool - 1L) * shape.Stride[axis]));
        return Slide(node, x, new Reach(shape.Stride[axis] * pool, span, shape.Begin[axis]), 0, (columns, before, after, _) =>
        {
            var attributes = node.Attributes.Copy();
            attributes.Remove("auto_pad");
            var pads = new int[2 * rank];
            for (int i = 0; i < rank; i++)
            {
                int a = 3 - rank + i;
                long end = (shape.Out[a] - 1L) * shape.Stride[a] + (shape.Kernel[a] - 1L) * shape.Dilation[a] + 1 - shape.In[a] - shape.Begin[a];
                (pads[i], pads[rank + i]) = a == axis ? (before, after) : (shape.Begin[a], (int)Math.Max(0, end));
            }
            attributes.Add("pads", pads.AsSpan());
            return Add(node, attributes, columns);
        });
    }

    string? StreamPool(Node node, StreamValue x)
    {
        if (x.Axis < 2) return "its channels lie along time";
        if (node.Outputs.Skip(1).Any(IsUsed)) return "positions of maxima count from the window's start";
        var call = Call(node);
        int rank = x.Type.Rank - 2, axis = x.Axis - 2;
        int[] kernel = [.. call.RequireInts("kernel_shape", rank)], strides = [.. call.IntsOr("strides", rank, 1)], dilations = [.. call.IntsOr("dilations", rank, 1)];
        int[] pads = [.. call.IntsOr("pads", 2 * rank, 0)];
        var reach = new Reach(strides[axis], checked((int)((kernel[axis] - 1L) * dilations[axis] + 1)), pads[axis]);
        bool ceil = call.Flag("ceil_mode");
        if (ceil && rank > 1) return "ceil_mode over several axes is not followed";
        if (IsContinuous && node.Operator == "AveragePool" && reach.Begin > 0 && !call.Flag("count_include_pad")) return "it averages fewer columns at the stream's start";
        float fill = node.Operator == "MaxPool" ? float.NegativeInfinity : 0;
        if (fill != 0 && x.Type.Element != ElementType.Float32) return "padding of integers is not followed";
        return Slide(node, x, reach, fill, (columns, before, after, _) =>
        {
            var attributes = node.Attributes.Copy();
            attributes.Remove("ceil_mode");
            int[] own = [.. pads];
            (own[axis], own[rank + axis]) = (before, after);
            attributes.Add("pads", own.AsSpan());
            return Add(node, attributes, columns);
        });
    }

    string? StreamPad(Node node, StreamValue x)
    {
        int rank = x.Type.Rank;
        int[] pads = [.. Call(node).RequireInts("pads", 2 * rank)];
        if (pads[x.Axis] == 0 && pads[rank + x.Axis] == 0) return StreamColumns(node, x.Axis);
        if (node.Attributes.Text("mode", "constant") != "constant") return "it mirrors the window's ends";
        if (!node.Inputs.Skip(1).All(IsConstant)) return "its padding is computed";
        float value = 0;
        if (node.Inputs.Count > 1 && node.Inputs[1] != Node.Absent)
        {
            if (x.Type.Element != ElementType.Float32) return "it pads with a number that is no float32";
            value = _source.Values[node.Inputs[1]].Constant!.Floats()[0];
        }
        return Slide(node, x, new Reach(1, 1, pads[x.Axis]), value, (columns, before, after, _) =>
        {
            int[] own = [.. pads];
            (own[x.Axis], own[rank + x.Axis]) = (before, after);
            var attributes = node.Attributes.Copy();
            attributes.Add("pads", own.AsSpan());
            return Add(node, attributes, columns);
        });
    }

    string? StreamSlice(Node node, StreamValue x)
    {
        var call = Call(node);
        int rank = x.Type.Rank;
        int[] starts = [.. call.RequireInts("starts", rank)], steps = [.. call.RequireInts("steps", rank)], shape = [.. call.RequireInts("shape", rank)];
        if (steps[x.Axis] < 1) return "it turns time round";
        // A few columns, such as the last, are picked from the newest; a slice that leaves some out at an end, as residual branches do, goes along with the stream.
        if (IsContinuous && 2L * shape[x.Axis] * steps[x.Axis] < x.Columns) return "it picks columns of the window";
        var reach = new Reach(steps[x.Axis], 1, -starts[x.Axis]);
        return Slide(node, x, reach, 0, (columns, _, _, count) =>
        {
            int[] ownStarts = [.. starts], ownShape = [.. shape];
            (ownStarts[x.Axis], ownShape[x.Axis]) = (0, count);
            if (steps[x.Axis] == 1 && ownShape.AsSpan().SequenceEqual(_hop.Type(columns).Shape.AsSpan())) return columns;
            var attributes = node.Attributes.Copy();
            attributes.Add("starts", ownStarts.AsSpan());
            attributes.Add("shape", ownShape.AsSpan());
            return Add(node, attributes, columns);
        });
    }

    /// <summary>The node on other columns of its first input; its other inputs are constants.</summary>
    int Add(Node node, AttributeMap attributes, int columns) =>
        _hop.Add(node.Operator, node.Name, attributes, [columns, .. node.Inputs.Skip(1).Select(v => v == Node.Absent ? v : _hop.Import(v))])[0];

    OperatorCall Call(Node node) => new(node, [.. node.Inputs.Select(v => v == Node.Absent ? null : _source.Values[v].Type)],
        [.. node.Inputs.Select(v => v == Node.Absent ? null : _source.Values[v].Constant)]);

    /// <summary>Whether a weight makes its layer round its input by the range that very input has.</summary>
    static bool ScalesByRange(EncodedTensor weight) =>
        (weight.Encoding == Weights.Int8Weight.Name && !weight.Attributes.Has("input_scale")) || weight.Children.Any(ScalesByRange);

    static int Clamp(long column, int columns) => (int)Math.Clamp(column, 0, columns);

    static long CeilDiv(long a, long b) => -FloorDiv(-a, b);

    static long FloorDiv(long a, long b) => a >= 0 ? a / b : -((-a + b - 1) / b);

    static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
