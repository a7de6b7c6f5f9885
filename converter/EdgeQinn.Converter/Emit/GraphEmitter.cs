using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Emit;

/// <summary>Lays a graph out as the file stores it: values numbered and uniquely named, every output under the name it has in the model.</summary>
static class GraphEmitter
{
    /// <summary>The graph as the runtime loads it.</summary>
    public static ModelGraph Emit(IrGraph graph)
    {
        var values = new List<Value>();
        var nodes = new List<Node>();
        var indices = new Dictionary<IrValue, int>();
        // Names that the world outside knows are taken first.
        var names = graph.Inputs.Select(i => i.Name).Concat(graph.Outputs.Select(o => o.Name)).ToHashSet(StringComparer.Ordinal);
        var suffixes = new Dictionary<string, int>(StringComparer.Ordinal);
        var outputNames = new Dictionary<IrValue, string>();
        foreach (var (name, value) in graph.Outputs)
            if (value.Producer is not null) outputNames.TryAdd(value, name);

        foreach (var input in graph.Inputs) indices.Add(input, Append(new Value(input.Name, input.Type)));
        foreach (var node in graph.Nodes)
        {
            int[] reads = [.. node.Inputs.Select(v => v is null ? Node.Absent : Index(v))];
            int[] writes = [.. node.Outputs.Select(v => v is null ? Node.Absent : Index(v))];
            nodes.Add(new Node(node.Operator, node.Name, reads, writes, node.Attributes));
        }
        int[] outputs = [.. graph.Outputs.Select(o => Output(o.Name, o.Value))];
        return new ModelGraph { Name = graph.Name, Values = values, Nodes = nodes, Inputs = [.. graph.Inputs.Select(i => indices[i])], Outputs = outputs };

        int Append(Value value)
        {
            values.Add(value);
            return values.Count - 1;
        }

        int Index(IrValue value)
        {
            if (!indices.TryGetValue(value, out int index))
                indices.Add(value, index = Append(new Value(outputNames.GetValueOrDefault(value) ?? Unique(value.Name), value.Type, value.Constant)));
            return index;
        }

        // An output that is an input, a constant or another output besides gets a value of its own: a copy for constants, else a view.
        int Output(string name, IrValue value)
        {
            if (outputNames.GetValueOrDefault(value) == name) return indices[value];
            if (value.IsInput && value.Name == name) return indices[value];
            if (value.Constant is { } constant) return Append(new Value(name, value.Type, constant));
            int view = Append(new Value(name, value.Type));
            nodes.Add(new Node("Reshape", name, [indices[value]], [view], new AttributeMap { { "shape", value.Type.Shape.AsSpan() } }));
            return view;
        }

        string Unique(string name)
        {
            string unique = name;
            while (!names.Add(unique)) unique = $"{name}~{suffixes[name] = suffixes.GetValueOrDefault(name, 1) + 1}";
            return unique;
        }
    }
}
