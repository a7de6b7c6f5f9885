using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>Removes nodes whose results nobody reads, and the results nobody reads of nodes that have others.</summary>
static class RemoveUnused
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.Reverse().ToArray())
        {
            bool[] used = [.. node.Outputs.Select(o => o is not null && (o.Consumers.Count > 0 || o.IsOutput))];
            if (!used.Contains(true))
            {
                graph.Remove(node);
                changed = true;
                continue;
            }
            // Only recurrent layers can do without their first result, the whole sequence.
            for (int o = node.Operator is "GRU" or "LSTM" or "RNN" ? 0 : 1; o < used.Length; o++)
            {
                if (used[o] || node.Outputs[o] is null) continue;
                node.DropOutput(o);
                changed = true;
            }
        }
        return changed;
    }
}
