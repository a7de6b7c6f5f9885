using System.Runtime.CompilerServices;
using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>Computes equal expressions once: same operator, attributes, inputs and wanted outputs.</summary>
static class ShareNodes
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        var known = new Dictionary<string, List<IrNode>>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes.ToArray())
        {
            string key = $"{node.Operator}({string.Join(',', node.Inputs.Select(i => i is null ? 0 : RuntimeHelpers.GetHashCode(i)))}){node.Attributes.Key()}";
            if (!known.TryGetValue(key, out var candidates)) known.Add(key, candidates = []);
            if (candidates.Find(c => IsSame(c, node)) is not { } same)
            {
                candidates.Add(node);
                continue;
            }
            for (int o = 0; o < node.Outputs.Count; o++)
                if (node.Outputs[o] is { } output) graph.ReplaceUses(output, same.Outputs[o]!);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }

    static bool IsSame(IrNode a, IrNode b) =>
        a.Inputs.SequenceEqual(b.Inputs) && a.Outputs.Count == b.Outputs.Count && !a.Outputs.Where((o, i) => o is null && b.Outputs[i] is not null).Any();
}
