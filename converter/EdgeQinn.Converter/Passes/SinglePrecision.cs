using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Import;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Rewrites a network in float16, bfloat16 or float64 to compute in float32 throughout, instead of converting around every layer that
/// the runtime has in float32 alone. Inputs and outputs keep their types.
/// </summary>
static class SinglePrecision
{
    /// <summary>The network in float32.</summary>
    /// <exception cref="GraphException">An operator refuses float32 where it took the other type.</exception>
    public static IrGraph Rewrite(IrGraph graph)
    {
        var result = new IrGraph(graph.Name) { SparseLayers = graph.SparseLayers };
        var single = new Dictionary<IrValue, IrValue>();
        foreach (var input in graph.Inputs)
        {
            var same = result.AddInput(input.Name, input.Type);
            single.Add(input, IsOther(input.Type) ? Cast(same, ElementType.Float32, $"{input.Name}:float32") : same);
        }
        foreach (var node in graph.Nodes)
        {
            var inputs = node.Inputs.Select(Single).ToArray();
            var attributes = node.Attributes;
            if (node.Operator == "Cast" && IsOther(node.Output.Type)) attributes = new AttributeMap { { "to", (long)ElementType.Float32 } };
            if (node.Operator == "Cast" && inputs[0]!.Type.Element == (ElementType)attributes.Int("to"))
            {
                single.Add(node.Output, inputs[0]!);
                continue;
            }
            var added = result.Add(node.Operator, node.Name, attributes, inputs, [.. node.Outputs.Select(o => o?.Name)]);
            for (int o = 0; o < node.Outputs.Count; o++)
                if (node.Outputs[o] is { } output) single.Add(output, added.Outputs[o]!);
        }
        foreach (var (name, value) in graph.Outputs)
        {
            var computed = Single(value)!;
            result.AddOutput(name, computed.Type.Element == value.Type.Element ? computed : Cast(computed, value.Type.Element, name));
        }
        return result;

        IrValue? Single(IrValue? value)
        {
            if (value is null) return null;
            if (single.TryGetValue(value, out var known)) return known;
            if (!IsOther(value.Type)) return value; // a constant, shared by both graphs
            var folded = ConstantFolder.TryRun("Cast", value.Name, new AttributeMap { { "to", (long)ElementType.Float32 } }, [value], 1)!;
            return single[value] = IrGraph.Constant(value.Name, folded[0]);
        }

        IrValue Cast(IrValue value, ElementType to, string name) => result.Add("Cast", name, new AttributeMap { { "to", (long)to } }, [value], [name]).Output;
    }

    static bool IsOther(TensorType type) => type.Element is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64;
}
