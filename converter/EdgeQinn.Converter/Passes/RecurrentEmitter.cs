using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Puts an LSTM or GRU in place of steps written out. Nodes are added at the graph's end, which must be sorted afterwards; what was replaced
/// is noted in <paramref name="replaced"/>.
/// </summary>
sealed class RecurrentEmitter(IrGraph graph, IReadOnlyList<RecurrentWeights> chain, Dictionary<IrValue, IrValue> replaced)
{
    readonly RecurrentCell _first = chain[0].Cell, _last = chain[^1].Cell;
    readonly string _name = chain[0].Cell.Output.Producer!.Name;

    public void Emit()
    {
        int steps = chain.Count, batch = _first.Batch, units = _first.Units, gates = _first.Gates.Length;
        var (w, r, b) = chain[chain.Count > 1 ? 1 : 0].Build(); // a first step from zeros has no weights for its state
        int inputs = chain[0].Inputs;
        var (x, isReverse) = Sequence(inputs);
        IrValue Constant(string name, float[] data, params int[] shape) => IrGraph.Constant($"{_name}.{name}", EncodedTensor.FromSpan<float>(data, shape));
        IrValue? Initial(IrValue? state) => state is null || IsZero(state) ? null : Reshape(state, [1, batch, units]);

        var attributes = new AttributeMap { { "hidden_size", units }, { "direction", isReverse ? "reverse" : "forward" } };
        if (_first.Operator == "GRU") attributes.Add("linear_before_reset", _first.ResetsAfter ? 1L : 0);
        var initial = Initial(_first.Operator == "GRU" ? _first.State : chain[0].State);
        IrValue?[] operands =
        [
            x, Constant("W", w, 1, gates * units, inputs), Constant("R", r, 1, gates * units, units), Constant("B", b, 1, 2 * gates * units),
            null, initial, .. _first.CellState is { } state ? new[] { Initial(state) } : [],
        ];
        bool needsSequence = chain.Take(steps - 1).Any(s => IsReadOutside(s.Cell));
        string?[] outputs = [needsSequence ? $"{_name}:Y" : null, $"{_name}:Y_h", .. _last.CellOutput is null ? Array.Empty<string>() : [$"{_name}:Y_c"]];
        var layer = graph.Add(_first.Operator, _name, attributes, operands, outputs);
        if (!needsSequence) Take(_last.Output, layer.Outputs[1]!);
        for (int t = 0; t < steps && needsSequence; t++)
        {
            if (!IsReadOutside(chain[t].Cell)) continue;
            int[] starts = [isReverse ? steps - 1 - t : t, 0, 0, 0];
            var step = graph.Add("Slice", _name, new AttributeMap { { "starts", starts }, { "steps", (int[])[1, 1, 1, 1] }, { "shape", (int[])[1, 1, batch, units] } }, [layer.Outputs[0]], [$"{_name}:{t}"]);
            Take(chain[t].Cell.Output, step.Output);
        }
        if (_last.CellOutput is { } cellState) Take(cellState, layer.Outputs[2]!);
    }

    /// <summary>Gives the readers of <paramref name="old"/> the same elements from the layer.</summary>
    void Take(IrValue old, IrValue from)
    {
        var view = graph.Add("Reshape", _name, new AttributeMap { { "shape", old.Type.Shape.AsSpan() } }, [from], [old.Name]).Output;
        graph.ReplaceUses(old, view);
        replaced.Add(old, view);
    }

    /// <summary>What stands for a value now, where a chain before this one computed it.</summary>
    IrValue Now(IrValue value) => replaced.GetValueOrDefault(value, value);

    IrValue Reshape(IrValue value, int[] shape) => (value = Now(value)).Type.Shape.AsSpan().SequenceEqual(shape) ? value : graph.Add("Reshape", _name, new AttributeMap { { "shape", shape } }, [value], [$"{value.Name}:view"]).Output;

    static bool IsZero(IrValue value) => value.Constant is { IsDense: true } constant && !constant.Part("data").Bytes.Span.ContainsAnyExcept((byte)0);

    /// <summary>Whether something beside the steps reads the state.</summary>
    bool IsReadOutside(RecurrentCell cell)
    {
        return Outside(cell.Output);

        bool Outside(IrValue value) => value.IsOutput || value.Consumers.Any(n => !chain.Any(s => s.Cell.Nodes.Contains(n)) && (n.Operator != "Reshape" || Outside(n.Output)));
    }

    /// <summary>The inputs of all steps, [T, batch, inputs], and whether their order is turned round: cut from one value in order, that value; else joined.</summary>
    (IrValue X, bool IsReverse) Sequence(int inputs)
    {
        int steps = chain.Count, batch = _first.Batch;
        if (steps == 1) return (Reshape(chain[0].X, [1, batch, inputs]), false);
        var views = chain.Select(s => StridedView.Of(Now(s.X))).ToArray();
        if (Whole(views, batch, inputs) is var (source, isReverse)) return (source, isReverse);
        IrValue?[] parts = [.. chain.Select(s => Reshape(s.X, [1, batch, inputs]))];
        return (graph.Add("Concat", _name, new AttributeMap { { "axis", 0L } }, parts, [$"{_name}:X"]).Output, false);
    }

    (IrValue X, bool IsReverse)? Whole(StridedView[] views, int batch, int inputs)
    {
        var source = views[0].Base;
        int steps = views.Length;
        bool isReverse = views[0].Offset > views[^1].Offset;
        long first = isReverse ? views[^1].Offset : views[0].Offset, distance = Math.Abs(views[1].Offset - views[0].Offset);
        if (source.Type.Count != (long)steps * batch * inputs || first != 0) return null;
        // Steps as the first axis, or behind the batch.
        long row = distance == (long)batch * inputs ? inputs : distance == inputs ? (long)steps * inputs : -1;
        if (row < 0) return null;
        for (int t = 0; t < steps; t++)
        {
            var rows = views[t].TryReshape([batch, inputs]);
            if (views[t].Base != source || views[t].Offset != (isReverse ? steps - 1 - t : t) * distance || rows is null) return null;
            if ((batch > 1 && rows.Strides[0] != row) || (inputs > 1 && rows.Strides[1] != 1)) return null;
        }
        if (row == inputs || batch == 1) return (Reshape(source, [steps, batch, inputs]), isReverse);
        var turned = graph.Add("Transpose", _name, new AttributeMap { { "perm", (int[])[1, 0, 2] } }, [Reshape(source, [batch, steps, inputs])], [$"{_name}:X"]);
        return (turned.Output, isReverse);
    }
}
