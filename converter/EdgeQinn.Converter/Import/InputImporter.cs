using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import;

/// <summary>Makes a graph's inputs static: symbolic dimensions take the size the user gives, else 1; inputs bound to contents become constants.</summary>
static class InputImporter
{
    /// <summary>Adds the inputs that are not initializers.</summary>
    public static void Import(OnnxGraph graph, ImportOptions options, Scope scope, IrGraph target, List<ConversionProblem> problems)
    {
        var initialized = graph.Initializers.Select(t => t.Name).Concat(graph.SparseInitializers.Select(t => t.Values.Name)).ToHashSet(StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in graph.Inputs)
        {
            if (options.Constants.TryGetValue(input.Name, out var constant))
            {
                used.Add(input.Name);
                scope.TryDefine(input.Name, IrGraph.Constant(input.Name, constant));
                continue;
            }
            if (initialized.Contains(input.Name)) continue; // files of IR version 3 list their initializers as inputs
            try
            {
                if (!scope.TryDefine(input.Name, target.AddInput(input.Name, TypeOf(input, options, used)))) throw new GraphException("is the name of two inputs");
            }
            catch (GraphException e)
            {
                problems.Add(new ConversionProblem(input.Name, "", 0, e.Message));
                scope.TryDefine(input.Name, null);
            }
        }
        foreach (string name in options.Shapes.Keys.Concat(options.Constants.Keys).Where(n => !used.Contains(n)))
        {
            problems.Add(new ConversionProblem(name, "", 0,
                $"is no input or symbolic dimension of the model; inputs are {string.Join(", ", graph.Inputs.Select(Describe))}"));
        }
    }

    static TensorType TypeOf(OnnxValueInfo input, ImportOptions options, HashSet<string> used)
    {
        if (input.ElementType == 0) throw new GraphException("is an input that is no tensor (a sequence, map or optional), which is not supported");
        if (!ElementNames.TryGet(input.ElementType, out var element))
            throw new GraphException($"is an input of element type {ElementNames.Name(input.ElementType)}, which the runtime does not have");

        int[] shape;
        if (options.Shapes.TryGetValue(input.Name, out var given))
        {
            used.Add(input.Name);
            shape = [.. given];
            if (input.Shape is { } declared && !Fits(declared, shape))
                throw new GraphException($"is an input {Describe(input)}, which shape {string.Join(',', shape)} does not fit");
        }
        else
        {
            if (input.Shape is null) throw new GraphException($"is an input without a shape; give one with --shape {input.Name}=1,…");
            shape = [.. input.Shape.Select(d => Size(d, options, used))];
        }
        var type = shape.Length <= TensorType.MaxRank ? new TensorType(element, shape) : throw new GraphException($"is an input of rank {shape.Length}, at most {TensorType.MaxRank}");
        long bytes = element.Size();
        foreach (int d in shape)
        {
            if (d < 0) throw new GraphException($"is an input with dimension {d}");
            if (d > 0 && bytes > TensorDecoder.MaxBytes / d) throw new GraphException($"is an input {type}, larger than {TensorDecoder.MaxBytes >> 20} MiB");
            bytes *= d;
        }
        return type;
    }

    static int Size(OnnxDimension dimension, ImportOptions options, HashSet<string> used)
    {
        if (dimension.Symbol.Length > 0 && options.Shapes.TryGetValue(dimension.Symbol, out var given))
        {
            used.Add(dimension.Symbol);
            return given.Count == 1 ? given[0] : throw new GraphException($"has a dimension '{dimension.Symbol}', which needs one size, not {given.Count}");
        }
        return dimension.Size switch
        {
            null => 1,
            < 0 => 1, // some exporters write −1 for an unknown size
            <= int.MaxValue => (int)dimension.Size,
            _ => throw new GraphException($"is an input with dimension {dimension.Size}"),
        };
    }

    static bool Fits(IReadOnlyList<OnnxDimension> declared, int[] shape) =>
        declared.Count == shape.Length && !declared.Where((d, i) => d.Size is >= 0 && d.Size != shape[i]).Any();

    static string Describe(OnnxValueInfo input) =>
        $"'{input.Name}' [{(input.Shape is null ? "…" : string.Join(',', input.Shape.Select(d => d.Symbol.Length > 0 ? d.Symbol : d.Size?.ToString() ?? "?")))}]";
}
