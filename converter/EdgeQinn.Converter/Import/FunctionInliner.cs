using EdgeQinn.Converter.Onnx;

namespace EdgeQinn.Converter.Import;

/// <summary>Replaces a call of a model-local function by the function's nodes (ONNX IR, "Functions").</summary>
static class FunctionInliner
{
    /// <summary>Inlines the call.</summary>
    public static void Inline(Importer importer, NodeImporter node, OnnxFunction function)
    {
        var scope = new Scope(null);
        for (int i = 0; i < function.Inputs.Count; i++)
            if (node.Optional(i) is { } input) scope.TryDefine(function.Inputs[i], input);
        importer.Nest(node, () => importer.ImportNodes(function.Nodes, scope), function);
        for (int o = 0; o < Math.Min(node.Node.Outputs.Count, function.Outputs.Count); o++)
        {
            if (!scope.TryGet(function.Outputs[o], out var value)) throw node.Fail($"function '{function.Name}' never computes its output '{function.Outputs[o]}'");
            if (value is not null) node.Output(o, value);
        }
        Importer.DefineOutputs(node);
    }

    /// <summary>The attributes the function's nodes may refer to: the call's, then the function's defaults.</summary>
    public static IReadOnlyDictionary<string, OnnxAttribute> Attributes(Importer importer, OnnxNode call, OnnxFunction function)
    {
        var attributes = new Dictionary<string, OnnxAttribute>(StringComparer.Ordinal);
        foreach (var attribute in function.Defaults) attributes[attribute.Name] = attribute;
        foreach (var attribute in call.Attributes.Values) attributes[attribute.Name] = attribute with { Value = importer.Resolve(attribute), Reference = "" };
        return attributes;
    }
}
