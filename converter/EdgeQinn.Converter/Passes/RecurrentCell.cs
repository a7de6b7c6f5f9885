using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// One step of an LSTM (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000) or GRU (Cho et al. 2014, arXiv 1406.1078) written out
/// as products, sigmoids and tanhs, with its weights in the order of ONNX's operators.
/// </summary>
sealed class RecurrentCell
{
    RecurrentCell(string op, IrValue output, params GateSum[] gates)
    {
        (Operator, Output, Gates) = (op, output, gates);
        foreach (var gate in gates) Nodes.UnionWith(gate.Nodes);
    }

    /// <summary><c>LSTM</c> or <c>GRU</c>.</summary>
    public string Operator { get; }

    /// <summary>The new state h.</summary>
    public IrValue Output { get; }

    /// <summary>The new cell state of an LSTM.</summary>
    public IrValue? CellOutput { get; private init; }

    /// <summary>The cell state before, of an LSTM.</summary>
    public IrValue? CellState { get; private init; }

    /// <summary>The state before, where the formula tells it from the input: of a GRU.</summary>
    public IrValue? State { get; private init; }

    /// <summary>Of a GRU, whether the reset gate applies behind the recurrent product.</summary>
    public bool ResetsAfter { get; private init; }

    /// <summary>What goes into the gates i o f c of an LSTM, or z r h of a GRU.</summary>
    public GateSum[] Gates { get; }

    /// <summary>The recurrent part of the GRU's third gate, where it resets after the product.</summary>
    public GateSum? Recurrent { get; private init; }

    /// <summary>The nodes that make the step.</summary>
    public HashSet<IrNode> Nodes { get; } = [];

    /// <summary>The sum that gate <paramref name="g"/>'s recurrent part is in.</summary>
    public GateSum RecurrentGate(int g) => g == 2 && Recurrent is not null ? Recurrent : Gates[g];

    /// <summary>The number of units.</summary>
    public int Units => Gates[0].Rows;

    /// <summary>The batch.</summary>
    public int Batch => Output.Type.Count / Units;

    /// <summary>The vectors that gates are computed from.</summary>
    public IEnumerable<IrValue> Sources => Gates.Append(Recurrent).SelectMany(g => g?.Terms.Keys.AsEnumerable() ?? []).Distinct();

    /// <summary>The step whose new state <paramref name="node"/> computes; null where it computes something else.</summary>
    public static RecurrentCell? Match(IrNode node, GateSums sums) => node.Operator switch
    {
        "Mul" => Lstm(node, sums),
        "Add" => Gru(node, Operand(node, 0), Operand(node, 1), sums) ?? Gru(node, Operand(node, 1), Operand(node, 0), sums),
        _ => null,
    };

    /// <summary>h = σ(o) · tanh(c), c = σ(f) · c₋₁ + σ(i) · tanh(g).</summary>
    static RecurrentCell? Lstm(IrNode node, GateSums sums)
    {
        if (Gated(node.Output, "Tanh") is not var (o, squashed) || GateSum.Vectors(squashed.Inputs[0]!) is not { } c || c.From("Add") is not { } sum) return null;
        foreach (int k in (int[])[0, 1])
        {
            if (Gated(Operand(sum, k), "Tanh") is not var (i, g) || Sigmoid(Operand(sum, 1 - k)) is not var (f, state, keep)) continue;
            if (Sum(i, sums) is not { } input || Sum(o, sums) is not { } output || Sum(f, sums) is not { } forget || sums.Of(g.Inputs[0]!) is not { } candidate) continue;
            var cell = new RecurrentCell("LSTM", node.Output, input, output, forget, candidate) { CellOutput = c, CellState = GateSum.Vectors(state) };
            cell.Nodes.UnionWith([node, o, squashed, sum, i, g, f, keep, Operand(sum, k).Producer!]);
            return cell.HasEqualGates() ? cell : null;
        }
        return null;
    }

    /// <summary>
    /// h = n + z · (h₋₁ − n), as PyTorch writes it, or h = (1 − z) · n + z · h₋₁; also with z and 1 − z exchanged, which negates z's sum.
    /// n = tanh(a + r · q) with q the recurrent part, or tanh of a sum that has r · h₋₁ in it.
    /// </summary>
    static RecurrentCell? Gru(IrNode node, IrValue a, IrValue b, GateSums sums)
    {
        if (Sigmoid(b) is not var (z, x, product)) return null;
        bool negates;
        IrValue state, candidate;
        var nodes = new HashSet<IrNode> { node, z, product };
        if (x.From("Sub") is { } difference && (Operand(difference, 1) == a))
        {
            nodes.Add(difference);
            negates = a.From("Tanh") is null; // h₋₁ + z · (n − h₋₁)
            (state, candidate) = negates ? (a, Operand(difference, 0)) : (Operand(difference, 0), a);
        }
        else if (a.From("Mul") is { } rest && Complement(rest, z) is var (complement, y))
        {
            nodes.UnionWith([rest, complement]);
            negates = y.From("Tanh") is null; // (1 − z) · h₋₁ + z · n
            (state, candidate) = negates ? (y, x) : (x, y);
        }
        else return null;
        if (candidate.From("Tanh") is not { } tanh || Sum(z, sums) is not { } update) return null;
        nodes.Add(tanh);
        if (negates) update = sums.Negate(update);
        state = GateSum.Vectors(state);
        var cell = ResetAfter(node.Output, GateSum.Vectors(tanh.Inputs[0]!), state, update, nodes, sums) ?? ResetBefore(node.Output, tanh.Inputs[0]!, state, update, nodes, sums);
        if (cell is null || !cell.HasEqualGates()) return null;
        cell.Nodes.UnionWith(nodes);
        return cell;
    }

    static RecurrentCell? ResetAfter(IrValue output, IrValue sum, IrValue state, GateSum update, HashSet<IrNode> nodes, GateSums sums)
    {
        if (sum.From("Add") is not { } add) return null;
        foreach (int k in (int[])[0, 1])
        {
            if (Sigmoid(Operand(add, k)) is not var (r, q, product) || Sum(r, sums) is not { } reset || sums.Of(q) is not { } recurrent || sums.Of(Operand(add, 1 - k)) is not { } input) continue;
            if (recurrent.Terms.Count != 1 || !recurrent.Terms.ContainsKey(state) || input.Terms.ContainsKey(state)) continue;
            nodes.UnionWith([add, r, product, .. recurrent.Nodes]);
            return new RecurrentCell("GRU", output, update, reset, input) { State = state, ResetsAfter = true, Recurrent = recurrent };
        }
        return null;
    }

    static RecurrentCell? ResetBefore(IrValue output, IrValue sum, IrValue state, GateSum update, HashSet<IrNode> nodes, GateSums sums)
    {
        if (sums.Of(sum) is not { } candidate) return null;
        foreach (var source in candidate.Terms.Keys)
        {
            if (Sigmoid(source) is not var (r, h, product) || GateSum.Vectors(h) != state || Sum(r, sums) is not { } reset || candidate.Rename(source, state) is not { } renamed) continue;
            nodes.UnionWith([r, product]);
            return new RecurrentCell("GRU", output, update, reset, renamed) { State = state };
        }
        return null;
    }

    bool HasEqualGates() => Array.TrueForAll(Gates, g => g.Rows == Units) && Output.Type.Count % Units == 0 && (Recurrent?.Rows ?? Units) == Units
        && (CellState?.Type.Count ?? Output.Type.Count) == Output.Type.Count && (State?.Type.Count ?? Output.Type.Count) == Output.Type.Count;

    static IrValue Operand(IrNode node, int i) => GateSum.Vectors(node.Inputs[i]!);

    static GateSum? Sum(IrNode sigmoid, GateSums sums) => sums.Of(sigmoid.Inputs[0]!);

    /// <summary>A product σ(a) · x: the sigmoid, x, and the product.</summary>
    static (IrNode Sigmoid, IrValue X, IrNode Product)? Sigmoid(IrValue value)
    {
        if (value.From("Mul") is not { } mul || mul.Inputs.Any(i => i is null)) return null;
        foreach (int k in (int[])[0, 1])
            if (Operand(mul, k).From("Sigmoid") is { } sigmoid && Operand(mul, 1 - k).Type.Count == mul.Output.Type.Count) return (sigmoid, Operand(mul, 1 - k), mul);
        return null;
    }

    /// <summary>A product σ(a) · f(b): the sigmoid and f.</summary>
    static (IrNode Sigmoid, IrNode Function)? Gated(IrValue value, string function)
    {
        if (value.From("Mul") is not { } mul) return null;
        foreach (int k in (int[])[0, 1])
            if (Operand(mul, k).From("Sigmoid") is { } sigmoid && Operand(mul, 1 - k).From(function) is { } f) return (sigmoid, f);
        return null;
    }

    /// <summary>A product (1 − z) · y: the difference and y.</summary>
    static (IrNode Difference, IrValue Y)? Complement(IrNode product, IrNode z)
    {
        foreach (int k in (int[])[0, 1])
            if (Operand(product, k).From("Sub") is { } sub && sub.Inputs[0].Number() == 1 && Operand(sub, 1).From("Sigmoid") == z) return (sub, Operand(product, 1 - k));
        return null;
    }
}
