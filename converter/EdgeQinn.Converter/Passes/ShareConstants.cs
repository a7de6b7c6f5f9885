using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>Makes equal constants one, so that the file stores them once.</summary>
static class ShareConstants
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        var known = new Dictionary<int, List<IrValue>>();
        foreach (var node in graph.Nodes)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Inputs[i] is not { Constant: { IsDense: true } constant } value) continue;
                var bytes = constant.Part("data").Bytes;
                var hash = new HashCode();
                hash.Add(constant.Type);
                hash.AddBytes(bytes.Span);
                if (!known.TryGetValue(hash.ToHashCode(), out var candidates)) known.Add(hash.ToHashCode(), candidates = []);
                var same = candidates.Find(c => c == value || (c.Type.Equals(value.Type) && c.Constant!.Part("data").Bytes.Span.SequenceEqual(bytes.Span)));
                if (same is null) candidates.Add(value);
                else if (same != value)
                {
                    node.SetInput(i, same);
                    changed = true;
                }
            }
        }
        return changed;
    }
}
