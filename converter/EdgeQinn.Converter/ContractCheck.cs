using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter;

/// <summary>Checks that a signal contract speaks of this network's inputs and outputs, with sizes that fit.</summary>
static class ContractCheck
{
    /// <exception cref="GraphException">It does not; the message names the field.</exception>
    public static void Check(SignalContract contract, ModelGraph graph)
    {
        var inputs = graph.Inputs.Select(v => graph.Values[v]).ToArray();
        var outputs = graph.Outputs.Select(v => graph.Values[v]).ToArray();
        foreach (var feature in contract.Inputs)
        {
            var input = Find(inputs, feature.Name, "input");
            int size = feature switch
            {
                SamplesFeature => contract.Window.Length,
                RrFeature => 4,
                LogSpectrumFeature spectrum => spectrum.Bins,
                _ => input.Type.Count,
            };
            if (input.Type.Count != size) throw new GraphException($"the contract gives input '{feature.Name}' {size} numbers, but the model takes {input.Type}");
            if (input.Type.Element != ElementType.Float32) throw new GraphException($"the contract feeds float32 to input '{feature.Name}', but the model takes {input.Type}");
        }
        foreach (var input in inputs)
            if (!contract.Inputs.Any(f => f.Name == input.Name)) throw new GraphException($"the contract says nothing about the model's input '{input.Name}'");

        var output = Find(outputs, contract.Decision.Output, "output");
        if (contract.Decision is ClassDecision decision && decision.Labels.Count != output.Type.Count)
            throw new GraphException($"the contract has {decision.Labels.Count} labels, but the model's output is {output.Name} {output.Type}");
    }

    static Value Find(Value[] values, string name, string what) => Array.Find(values, v => v.Name == name)
        ?? throw new GraphException($"the contract names {what} '{name}', which the model does not have; it has {string.Join(", ", values.Select(v => $"'{v.Name}'"))}");
}
