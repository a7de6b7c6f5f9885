using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Execution;

/// <summary>Checks that a graph obeys its rules before anything trusts it.</summary>
static class GraphChecker
{
    /// <summary>The largest tensor a graph may hold, in bytes.</summary>
    public const long MaxTensorBytes = 1L << 30;

    /// <summary>The most working memory that a session may need, in bytes.</summary>
    public const long MaxWorkingBytes = 1L << 30;

    /// <summary>
    /// The most bytes that all encoded constants together may stand for as dense tensors: where a kernel wants them so they are made so, and a few
    /// bytes of file can stand for many.
    /// </summary>
    public const long MaxEncodedBytes = 1L << 30;

    /// <summary>The most multiply-adds one run may take by the operators' definitions: minutes on the boards this is for.</summary>
    public const long MaxMultiplyAdds = 1L << 40;

    /// <summary>
    /// Checks indices, order, single assignment, constants' sizes and every operator's shape rule against the declared types.
    /// </summary>
    /// <returns>The nodes with their inputs resolved, in order.</returns>
    /// <exception cref="GraphException">A rule is broken; the message names the node or value.</exception>
    public static IReadOnlyList<OperatorCall> Resolve(ModelGraph graph)
    {
        var values = graph.Values;
        var defined = new bool[values.Count];
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int v = 0; v < values.Count; v++)
        {
            CheckValue(values[v]);
            if (!names.Add(values[v].Name)) throw new GraphException($"two values are called '{values[v].Name}'");
            defined[v] = values[v].Constant is not null;
        }
        if (values.Sum(v => v.Constant is { IsDense: false } ? v.Type.ByteLength : 0) > MaxEncodedBytes)
            throw new GraphException($"the encoded constants stand for more than {MaxEncodedBytes >> 20} MiB of dense ones");
        foreach (int input in graph.Inputs)
        {
            if ((uint)input >= (uint)values.Count) throw new GraphException($"input {input} is no value");
            if (defined[input]) throw new GraphException($"input '{values[input].Name}' is a constant or listed twice");
            defined[input] = true;
        }

        var calls = new List<OperatorCall>(graph.Nodes.Count);
        long multiplyAdds = 0;
        foreach (var node in graph.Nodes)
        {
            var types = new TensorType?[node.Inputs.Count];
            var constants = new EncodedTensor?[node.Inputs.Count];
            for (int i = 0; i < types.Length; i++)
            {
                int v = node.Inputs[i];
                if (v == Node.Absent) continue;
                if ((uint)v >= (uint)values.Count) throw new GraphException($"node '{node.Name}' reads value {v}, which is not there");
                if (!defined[v]) throw new GraphException($"node '{node.Name}' reads '{values[v].Name}' before it is computed");
                (types[i], constants[i]) = (values[v].Type, values[v].Constant);
            }
            var call = new OperatorCall(node, types, constants);
            CheckOutputs(call, values, defined);
            OperatorAttributes.Check(call);
            multiplyAdds += OperatorTable.Get(node.Operator).MultiplyAdds(call);
            if (multiplyAdds is < 0 or > MaxMultiplyAdds) throw call.Fail($"brings a run to more than {MaxMultiplyAdds >> 30}·2³⁰ multiply-adds");
            calls.Add(call);
        }
        foreach (int output in graph.Outputs)
        {
            if ((uint)output >= (uint)values.Count) throw new GraphException($"output {output} is no value");
            if (!defined[output]) throw new GraphException($"output '{values[output].Name}' is never computed");
            if (values[output].Constant is { IsDense: false }) throw new GraphException($"output '{values[output].Name}' is an encoded constant");
        }
        return calls;
    }

    /// <summary>Checks that a batch of <paramref name="count"/> items keeps the limits that one run has.</summary>
    /// <exception cref="GraphException">It is too large; the message says in what.</exception>
    public static void CheckBatch(ModelGraph graph, IReadOnlyList<OperatorCall> calls, int count)
    {
        foreach (var value in graph.Values)
            if (value.Constant is null && value.Type.ByteLength * count > MaxTensorBytes)
                throw new GraphException($"a batch of {count}: value '{value.Name}' {value.Type} becomes larger than {MaxTensorBytes >> 20} MiB; run it in parts");
        if (calls.Sum(c => (double)OperatorTable.Get(c.Node.Operator).MultiplyAdds(c)) * count > MaxMultiplyAdds)
            throw new GraphException($"a batch of {count} takes more than {MaxMultiplyAdds >> 30}·2³⁰ multiply-adds; run it in parts");
    }

    static void CheckValue(Value value)
    {
        var type = value.Type;
        if (type.Element.Size() == 0) throw new GraphException($"value '{value.Name}' has unknown element type {(int)type.Element}");
        if (type.Rank > TensorType.MaxRank) throw new GraphException($"value '{value.Name}' has rank {type.Rank}, at most {TensorType.MaxRank}");
        long bytes = type.Element.Size();
        foreach (int d in type.Shape)
        {
            if (d < 0) throw new GraphException($"value '{value.Name}' has dimension {d}");
            if (d > 0 && bytes > MaxTensorBytes / d) throw new GraphException($"value '{value.Name}' {type} is larger than {MaxTensorBytes >> 20} MiB");
            bytes *= d;
        }
        if (value.Constant is { } constant)
        {
            if (!constant.Type.Equals(type)) throw new GraphException($"constant '{value.Name}' is {type} but encodes {constant.Type}");
            if (constant.IsDense && constant.Part("data").Bytes.Length != type.ByteLength)
                throw new GraphException($"constant '{value.Name}' {type} holds {constant.Part("data").Bytes.Length} bytes, expected {type.ByteLength}");
            if (!constant.IsDense) CheckEncoding(value.Name, constant);
        }
    }

    static void CheckEncoding(string name, EncodedTensor constant)
    {
        try
        {
            _ = WeightEncodings.Read(constant);
        }
        catch (GraphException e)
        {
            throw new GraphException($"constant '{name}': {e.Message}", e);
        }
    }

    static void CheckOutputs(OperatorCall call, IReadOnlyList<Value> values, bool[] defined)
    {
        var node = call.Node;
        var inferred = OperatorTable.Infer(call);
        if (node.Outputs.Count == 0 || (node.Outputs[0] == Node.Absent && OperatorTable.Get(node.Operator).RequiresFirstOutput)) throw call.Fail("has no output 0");
        if (node.Outputs.All(o => o == Node.Absent)) throw call.Fail("has no output");
        if (node.Outputs.Count > inferred.Length) throw call.Fail($"has {node.Outputs.Count} outputs, at most {inferred.Length}");
        for (int o = 0; o < node.Outputs.Count; o++)
        {
            int v = node.Outputs[o];
            if (v == Node.Absent) continue;
            if ((uint)v >= (uint)values.Count) throw call.Fail($"output {o} is no value");
            if (defined[v]) throw call.Fail($"writes '{values[v].Name}', which is already defined");
            if (!values[v].Type.Equals(inferred[o])) throw call.Fail($"output '{values[v].Name}' is declared {values[v].Type} but computes {inferred[o]}");
            defined[v] = true;
        }
    }
}
