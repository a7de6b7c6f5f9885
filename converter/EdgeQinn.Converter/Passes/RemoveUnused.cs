using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>Removes nodes whose results nobody reads.</summary>
static class RemoveUnused
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.Reverse().ToArray())
        {
            if (node.Outputs.Any(o => o is not null && (o.Consumers.Count > 0 || graph.IsOutput(o)))) continue;
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }
}
