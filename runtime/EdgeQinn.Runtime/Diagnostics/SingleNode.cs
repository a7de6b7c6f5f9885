using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Diagnostics;

/// <summary>Graphs of one node, for testing and timing operators by themselves.</summary>
static class SingleNode
{
    /// <summary>An operator with operands of which some are constant; the others are the graph's inputs. Asks for <paramref name="outputs"/> at most.</summary>
    public static ModelGraph Graph(string op, AttributeMap attributes, int outputs, params IReadOnlyList<(EncodedTensor? Constant, TensorType Type)> operands)
    {
        var values = operands.Select((operand, i) => new Value($"x{i}", operand.Type, operand.Constant)).ToList();
        int[] inputs = [.. Enumerable.Range(0, values.Count)];
        var node = new Node(op, op, inputs, [], attributes);
        var types = OperatorTable.Infer(new OperatorCall(node, [.. values.Select(v => v.Type)], [.. values.Select(v => v.Constant)]));
        if (types.Length > outputs) types = types[..outputs];
        int[] made = [.. Enumerable.Range(values.Count, types.Length)];
        values.AddRange(types.Select((type, i) => new Value($"y{i}", type)));
        return new ModelGraph
        {
            Name = op,
            Values = values,
            Nodes = [node with { Outputs = made }],
            Inputs = [.. inputs.Where(i => operands[i].Constant is null)],
            Outputs = made,
        };
    }

    /// <summary>
    /// One node of a graph by itself; what other nodes compute becomes an input. <paramref name="weight"/>, where given, takes the place of
    /// constant input 1.
    /// </summary>
    public static ModelGraph Of(ModelGraph graph, Node node, EncodedTensor? weight = null)
    {
        var values = new List<Value>();
        var places = new Dictionary<int, int>();
        int Place(int value)
        {
            if (value == Node.Absent) return Node.Absent;
            if (places.TryGetValue(value, out int place)) return place;
            values.Add(graph.Values[value]);
            return places[value] = values.Count - 1;
        }
        int[] inputs = [.. node.Inputs.Select(Place)];
        int[] fed = [.. Enumerable.Range(0, values.Count).Where(v => values[v].Constant is null)];
        if (weight is not null) values[inputs[1]] = values[inputs[1]] with { Type = weight.Type, Constant = weight };
        int[] outputs = [.. node.Outputs.Select(Place)];
        return new ModelGraph { Name = node.Name, Values = values, Nodes = [node with { Inputs = inputs, Outputs = outputs }], Inputs = fed, Outputs = [.. outputs.Where(o => o != Node.Absent)] };
    }
}
