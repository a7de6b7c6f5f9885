using EdgeQinn.Converter.Onnx;

namespace EdgeQinn.Converter.Import;

/// <summary>
/// Finds the model inputs that decide shapes: those an <see cref="Adapter"/> needs as constants, directly or through other nodes.
/// They must be bound (<see cref="ImportOptions.Constants"/>) before the model converts.
/// </summary>
public static class ShapeInputs
{
    /// <summary>The names of such inputs, in the model's order.</summary>
    public static IReadOnlyList<string> Find(OnnxModel model)
    {
        int opset = model.Opsets.GetValueOrDefault("");
        var producers = new Dictionary<string, OnnxNode>(StringComparer.Ordinal);
        var needed = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>();
        foreach (var node in model.Graph.Nodes)
        {
            foreach (string output in node.Outputs) producers.TryAdd(output, node);
            if (node.Domain.Length > 0 || AdapterTable.Find(node.Operator, opset) is not { } adapter) continue;
            foreach (int i in adapter.ConstantInputs)
                if (i < node.Inputs.Count) open.Push(node.Inputs[i]);
        }
        while (open.TryPop(out string? name))
        {
            if (!needed.Add(name) || !producers.TryGetValue(name, out var producer)) continue;
            if (producer.Operator is "Shape" or "Size") continue; // these look at types alone
            foreach (string input in producer.Inputs) open.Push(input);
        }
        var initialized = model.Graph.Initializers.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return [.. model.Graph.Inputs.Select(i => i.Name).Where(n => needed.Contains(n) && !initialized.Contains(n))];
    }
}
