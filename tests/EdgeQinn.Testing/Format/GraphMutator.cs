using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Testing.Format;

/// <summary>
/// Changes what a graph means: operators, attributes, edges, order, names, shapes. Mostly it then declares the types that the changed
/// nodes compute, as far as they have any, so that what is new reaches planning and kernels instead of failing the type check.
/// </summary>
public sealed class GraphMutator(Random random)
{
    static readonly long[] Extremes = [0, 1, -1, 2, 3, 7, 8, 16, 100, 1000, 65536, int.MaxValue, int.MinValue, 1L << 31, long.MaxValue, long.MinValue];

    /// <summary>A changed copy. It may break any rule but those the writer needs: indices that exist.</summary>
    public ModelGraph Mutate(ModelGraph graph)
    {
        List<Value> values = [.. graph.Values];
        List<Node> nodes = [.. graph.Nodes];
        List<int> inputs = [.. graph.Inputs], outputs = [.. graph.Outputs];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            switch (random.Next(10))
            {
                case 0: ChangeShape(values, random.Next(values.Count)); break;
                case 1: ChangeShape(values, inputs.Count > 0 ? inputs[random.Next(inputs.Count)] : 0); break;
                case 2: values[random.Next(values.Count)] = values[random.Next(values.Count)] with { Name = values[random.Next(values.Count)].Name }; break;
                case 3: outputs.Add(random.Next(values.Count)); break;
                default: ChangeNodes(nodes, values.Count); break;
            }
        }
        if (random.Next(5) != 0) DeclareComputedTypes(nodes, values);
        return new ModelGraph { Name = graph.Name, Values = values, Nodes = nodes, Inputs = inputs, Outputs = outputs };
    }

    void ChangeShape(List<Value> values, int v)
    {
        var value = values[v];
        int[] shape = [.. value.Type.Shape];
        if (shape.Length > 0 && random.Next(4) != 0) shape[random.Next(shape.Length)] = random.Next(3) == 0 ? (int)(Number() & int.MaxValue) : random.Next(40);
        else shape = random.Next(2) == 0 ? [.. shape, random.Next(4)] : shape[..Math.Max(0, shape.Length - 1)];
        var element = random.Next(6) == 0 ? (ElementType)random.Next(1, 17) : value.Type.Element;
        values[v] = value with { Type = new TensorType(element, shape) };
    }

    void ChangeNodes(List<Node> nodes, int values)
    {
        if (nodes.Count == 0) return;
        int n = random.Next(nodes.Count), other = random.Next(nodes.Count);
        var node = nodes[n];
        switch (random.Next(8))
        {
            case 0: nodes[n] = node with { Operator = nodes[other].Operator }; break;
            case 1: nodes[n] = node with { Inputs = Redirected(node.Inputs, values) }; break; // cycles among them
            case 2: nodes[n] = node with { Outputs = Redirected(node.Outputs, values) }; break;
            case 3: (nodes[n], nodes[other]) = (nodes[other], node); break;
            case 4: nodes.RemoveAt(n); break;
            default: nodes[n] = node with { Attributes = Changed(node.Attributes) }; break;
        }
    }

    int[] Redirected(IReadOnlyList<int> indices, int values)
    {
        if (indices.Count == 0 || random.Next(6) == 0) return [.. indices, random.Next(values)];
        int[] result = [.. indices];
        result[random.Next(result.Length)] = random.Next(-1, values);
        return random.Next(6) == 0 ? result[..^1] : result;
    }

    AttributeMap Changed(AttributeMap attributes)
    {
        var result = new AttributeMap();
        int chosen = random.Next(Math.Max(attributes.Count, 1)), at = 0;
        foreach (var (name, value) in attributes)
        {
            bool change = at++ == chosen;
            if (change && random.Next(8) == 0) continue;
            switch (value)
            {
                case ImmutableArray<long> ints: result.Add(name, change ? Changed(ints, Number) : ints.AsSpan()); break;
                case ImmutableArray<float> floats: result.Add(name, change ? Changed(floats, () => random.Next(4) == 0 ? float.NaN : (float)Number()) : floats.AsSpan()); break;
                default: result.Add(name, change && random.Next(2) == 0 ? "other" : (string)value); break;
            }
        }
        return result;
    }

    T[] Changed<T>(ImmutableArray<T> list, Func<T> draw)
    {
        T[] result = [.. list];
        if (result.Length == 0 || random.Next(8) == 0) return [.. result, draw()];
        result[random.Next(result.Length)] = draw();
        return random.Next(8) == 0 ? result[..^1] : result;
    }

    long Number() => random.Next(3) == 0 ? Extremes[random.Next(Extremes.Length)] : random.Next(-2, 12);

    static void DeclareComputedTypes(List<Node> nodes, List<Value> values)
    {
        foreach (var node in nodes)
        {
            try
            {
                var inputs = node.Inputs.Select(i => i == Node.Absent ? null : values[i]).ToArray();
                var types = OperatorTable.Infer(new OperatorCall(node, [.. inputs.Select(v => v?.Type)], [.. inputs.Select(v => v?.Constant)]));
                for (int o = 0; o < Math.Min(types.Length, node.Outputs.Count); o++)
                    if (node.Outputs[o] != Node.Absent) values[node.Outputs[o]] = values[node.Outputs[o]] with { Type = types[o] };
            }
            catch (GraphException)
            {
                return; // the reader is to find that out
            }
        }
    }
}
