using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Operators;

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
            for (int o = OperatorTable.Get(node.Operator).RequiresFirstOutput ? 1 : 0; o < used.Length; o++)
            {
                if (used[o] || node.Outputs[o] is null) continue;
                node.DropOutput(o);
                changed = true;
            }
        }
        return changed;
    }
}
