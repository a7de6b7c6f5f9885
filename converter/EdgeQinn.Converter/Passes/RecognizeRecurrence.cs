using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Steps of an LSTM or GRU written out become the layer again: one node for a step, and one for all steps where a loop has been unrolled. The
/// inputs of the steps are read from the sequence they were cut from, and states between the steps from the layer's outputs.
/// </summary>
static class RecognizeRecurrence
{
    public static bool Run(IrGraph graph)
    {
        var sums = new GateSums();
        var cells = new List<RecurrentCell>();
        foreach (var node in graph.Nodes)
            if (node.Outputs[0]?.Type.Element == ElementType.Float32 && RecurrentCell.Match(node, sums) is { } cell) cells.Add(cell);
        if (cells.Count == 0) return false;

        var next = Successors(cells);
        var replaced = new Dictionary<IrValue, IrValue>();
        var done = new HashSet<RecurrentCell>();
        // Steps that go on from no other first, then what such chains have left.
        foreach (var cell in cells.Except(next.Values).Concat(cells))
        {
            if (done.Contains(cell) || Chain(cell, next) is not { Count: > 0 } chain) continue;
            foreach (var step in chain) done.Add(step.Cell);
            new RecurrentEmitter(graph, chain, replaced).Emit();
        }
        if (done.Count == 0) return false;
        graph.Sort();
        RemoveUnused.Run(graph); // the steps that have been replaced, which would be found again
        return true;
    }

    /// <summary>For each step the one that goes on from its states.</summary>
    static Dictionary<RecurrentCell, RecurrentCell> Successors(List<RecurrentCell> cells)
    {
        var byState = new Dictionary<IrValue, RecurrentCell>();
        foreach (var cell in cells) byState.TryAdd(cell.CellOutput ?? cell.Output, cell);
        var next = new Dictionary<RecurrentCell, RecurrentCell>();
        foreach (var cell in cells)
        {
            if (!byState.TryGetValue(cell.CellState ?? cell.State!, out var previous) || previous == cell) continue;
            if (previous.Operator != cell.Operator || previous.Units != cell.Units || previous.Batch != cell.Batch || previous.ResetsAfter != cell.ResetsAfter) continue;
            if (cell.Sources.Contains(previous.Output)) next.TryAdd(previous, cell);
        }
        return next;
    }

    /// <summary>The step and those that go on from it with the same weights; empty where its weights make no layer.</summary>
    static List<RecurrentWeights> Chain(RecurrentCell first, Dictionary<RecurrentCell, RecurrentCell> next)
    {
        RecurrentWeights? Following(RecurrentCell cell) => next.TryGetValue(cell, out var step) ? RecurrentWeights.Of(step, cell.Output) : null;

        var following = Following(first);
        var weights = States(first).Select(s => RecurrentWeights.Of(first, s)).OfType<RecurrentWeights>()
            .OrderByDescending(w => following is not null && w.Equal(following)).FirstOrDefault();
        if (weights is null || (weights.State is null && (following is null || !weights.Equal(following)))) return [];

        List<RecurrentWeights> chain = [weights];
        var after = new HashSet<IrNode>();
        Follow(first.Output, after);
        if (first.CellOutput is { } c) Follow(c, after);
        // A step whose input depends on the states before it, as in a decoder, cannot be computed with all others at once.
        while (following is not null && chain[^1].Equal(following) && HandsOver(chain[^1].Cell, following.Cell) && !(following.X.Producer is { } producer && after.Contains(producer)))
        {
            chain.Add(following);
            following = Following(following.Cell);
        }
        return chain is [{ State: null }] ? [] : chain;
    }

    /// <summary>What may stand for the state before a first step: null for zeros that left no trace.</summary>
    static IEnumerable<IrValue?> States(RecurrentCell cell)
    {
        if (cell.State is { } state) return [state.Constant is null ? state : null];
        var sources = cell.Sources.ToArray();
        return sources.Length == 1 ? [null] : sources.Where(s => s.Type.Shape[^1] == cell.Units).Reverse<IrValue?>();
    }

    /// <summary>Whether nothing but the two steps reads the cell state between them: the layer does not give it out.</summary>
    static bool HandsOver(RecurrentCell cell, RecurrentCell next)
    {
        return cell.CellOutput is not { } state || Inside(state);

        bool Inside(IrValue value) => !value.IsOutput && value.Consumers.All(n => cell.Nodes.Contains(n) || next.Nodes.Contains(n) || (n.Operator == "Reshape" && Inside(n.Output)));
    }

    /// <summary>All nodes that depend on <paramref name="value"/>.</summary>
    static void Follow(IrValue value, HashSet<IrNode> found)
    {
        var open = new Stack<IrValue>([value]);
        while (open.TryPop(out var at))
            foreach (var node in at.Consumers)
                if (found.Add(node))
                    foreach (var output in node.Outputs)
                        if (output is not null) open.Push(output);
    }
}
