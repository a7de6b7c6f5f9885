using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Converter.Import;

/// <summary>
/// Computes operators on constants with the runtime itself, so that every operator has one implementation. Scalar kernels only: the
/// same model gives the same file on every machine.
/// </summary>
static class ConstantFolder
{
    /// <summary>The most bytes a folded result may have beyond those of its inputs; larger ones are computed at run time.</summary>
    public const long MaxGrowth = 16 << 20;

    /// <summary>The most bytes by which all results of a model may outgrow their inputs: many small nodes are no way round <see cref="MaxGrowth"/>.</summary>
    public const long MaxTotalGrowth = 256 << 20;

    /// <summary>The contents of a call's outputs; null where an input is no plain constant or the result is out of proportion.</summary>
    /// <exception cref="GraphException">The call breaks a rule of the operator.</exception>
    public static IReadOnlyList<EncodedTensor>? TryRun(string op, string name, AttributeMap attributes, IReadOnlyList<IrValue?> inputs, int outputs)
    {
        long unlimited = MaxTotalGrowth;
        return TryRun(op, name, attributes, inputs, outputs, ref unlimited);
    }

    /// <summary>As above, taking what the results outgrow the inputs by from <paramref name="growthLeft"/>.</summary>
    public static IReadOnlyList<EncodedTensor>? TryRun(string op, string name, AttributeMap attributes, IReadOnlyList<IrValue?> inputs, int outputs, ref long growthLeft)
    {
        if (inputs.Count == 0 || inputs.Any(i => i is not null && i.Constant is not { IsDense: true })) return null;
        var types = IrGraph.Infer(op, name, attributes, inputs, outputs);
        long growth = types.Take(outputs).Sum(t => t.ByteLength) - inputs.Sum(i => i?.Type.ByteLength ?? 0);
        if (growth > Math.Min(MaxGrowth, growthLeft)) return null;
        growthLeft -= Math.Max(growth, 0);

        var values = new List<Value>();
        int[] reads = [.. inputs.Select((input, i) => input is null ? Node.Absent : Append(new Value($"in{i}", input.Type, input.Constant)))];
        int[] writes = [.. Enumerable.Range(0, outputs).Select(o => Append(new Value($"out{o}", types[o])))];
        var graph = new ModelGraph { Values = values, Nodes = [new Node(op, name, reads, writes, attributes)], Inputs = [], Outputs = writes };

        using var model = Model.FromGraph(graph, [Isa.Scalar]);
        using var session = model.CreateSession();
        session.Run();
        return [.. session.Outputs.Select(t => EncodedTensor.FromBytes(t.Type, t.AsBytes().ToArray()))];

        int Append(Value value)
        {
            values.Add(value);
            return values.Count - 1;
        }
    }
}
