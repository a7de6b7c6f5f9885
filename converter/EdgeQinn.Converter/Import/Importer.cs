using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Import;

/// <summary>A model as the runtime's operators.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Notes">What the user should know though it stopped nothing.</param>
/// <param name="MixesPrecisions">Whether layers that the runtime has in float32 alone lie between values of other floating-point types.</param>
sealed record ImportedModel(IrGraph Graph, IReadOnlyList<string> Notes, bool MixesPrecisions);

/// <summary>
/// Makes a graph of the runtime's operators from an ONNX model: shapes made static, shape arithmetic computed away, subgraphs and local
/// functions inlined. All problems are gathered before it gives up.
/// </summary>
sealed class Importer
{
    /// <summary>The most nodes a model may unroll to: several times what real ones have, and few enough for a second.</summary>
    const int MaxNodes = 10_000;

    /// <summary>The most problems worth listing.</summary>
    const int MaxProblems = 100;

    /// <summary>Bytes by which constants computed from now on may outgrow what they are computed from.</summary>
    public long GrowthLeft = ConstantFolder.MaxTotalGrowth;

    readonly OnnxModel _model;
    readonly ImportOptions _options;
    readonly TensorDecoder _decoder;
    readonly IrGraph _graph;
    readonly List<ConversionProblem> _problems = [];
    readonly List<string> _notes = [];
    readonly Dictionary<EncodedTensor, string> _widened = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<EncodedTensor> _sparse = new(ReferenceEqualityComparer.Instance);
    readonly Stack<IReadOnlyDictionary<string, OnnxAttribute>> _functionAttributes = new();
    IReadOnlyDictionary<string, int> _opsets;
    int _imported, _depth;

    Importer(OnnxModel model, ImportOptions options)
    {
        (_model, _options, _opsets) = (model, options, model.Opsets);
        _decoder = new TensorDecoder(model.File);
        _graph = new IrGraph(model.Graph.Name.Length > 0 ? model.Graph.Name : Path.GetFileNameWithoutExtension(model.File));
    }

    /// <summary>Imports <paramref name="model"/>.</summary>
    /// <exception cref="ConversionException">The model uses what cannot be converted; lists every problem.</exception>
    /// <exception cref="FileFormatException">A tensor's contents are broken.</exception>
    public static ImportedModel Import(OnnxModel model, ImportOptions options)
    {
        var importer = new Importer(model, options);
        importer.Run();
        return importer._problems.Count == 0 ? new ImportedModel(importer._graph, importer._notes, importer.MixesPrecisions) : throw new ConversionException(model.File, importer._problems);
    }

    void Run()
    {
        CheckOpset();
        var scope = new Scope(null);
        InputImporter.Import(_model.Graph, _options, scope, _graph, _problems);
        ImportInitializers(_model.Graph, scope);
        ImportNodes(_model.Graph.Nodes, scope);
        if (_model.Graph.Outputs.Count == 0) Problem("graph", "has no outputs");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var output in _model.Graph.Outputs)
        {
            if (!scope.TryGet(output.Name, out var value)) Problem(output.Name, "is an output, but nothing computes it");
            else if (!names.Add(output.Name)) Problem(output.Name, "is the name of two outputs");
            else if (value is not null && WidenedFrom(value) is { } type) Problem(output.Name, $"is an output of element type {type}, which the runtime does not have");
            else if (value is not null) _graph.AddOutput(output.Name, value);
        }
    }

    void CheckOpset()
    {
        if (!_model.Opsets.TryGetValue("", out int opset)) return;
        if (opset is < AdapterTable.OldestOpset or > AdapterTable.NewestOpset)
            Problem(Path.GetFileName(_model.File), $"is written in opset {opset}; {AdapterTable.OldestOpset} to {AdapterTable.NewestOpset} are read: export again, or convert with onnx.version_converter");
    }

    /// <summary>Defines a graph's constants.</summary>
    internal void ImportInitializers(OnnxGraph graph, Scope scope)
    {
        foreach (var tensor in graph.Initializers) Define(scope, tensor.Name, () => DecodeConstant(tensor));
        foreach (var sparse in graph.SparseInitializers) Define(scope, sparse.Values.Name, () => Decode(sparse));
    }

    void Define(Scope scope, string name, Func<EncodedTensor> decode)
    {
        if (_options.Constants.ContainsKey(name)) return;
        IrValue? value = null;
        try
        {
            value = IrGraph.Constant(name, decode());
        }
        catch (FileFormatException e)
        {
            Problem(name, $"is an initializer that cannot be used: {e.Message}");
        }
        if (!scope.TryDefine(name, value)) Problem(name, "is the name of two initializers");
    }

    /// <summary>Imports nodes in order.</summary>
    internal void ImportNodes(IReadOnlyList<OnnxNode> nodes, Scope scope)
    {
        foreach (var node in nodes)
        {
            if (_problems.Count >= MaxProblems) return;
            if (!TryCount(node)) return;
            ImportNode(node, scope);
        }
    }

    /// <summary>Counts a node, or a trip of one whose body may be empty; false, with the problem noted, beyond what a model may unroll to.</summary>
    public bool TryCount(OnnxNode node)
    {
        if (++_imported <= MaxNodes) return true;
        Problem(node.Label, $"the model unrolls to more than {MaxNodes} nodes");
        return false;
    }

    void ImportNode(OnnxNode node, Scope scope)
    {
        string op = node.Domain.Length > 0 ? $"{node.Domain}.{node.Operator}" : node.Operator;
        int opset = _opsets.GetValueOrDefault(node.Domain);
        int problems = _problems.Count;
        try
        {
            var inputs = Inputs(node, scope, out bool isPoisoned);
            if (_model.Functions.TryGetValue((node.Domain, node.Operator), out var function))
            {
                if (!isPoisoned) FunctionInliner.Inline(this, new NodeImporter(this, scope, node, opset, inputs), function);
                else Poison(node, scope);
                return;
            }
            var adapter = FindAdapter(node, opset);
            if (isPoisoned)
            {
                Poison(node, scope);
                return;
            }
            CheckWidened(node, inputs);
            var importer = new NodeImporter(this, scope, node, opset, inputs);
            adapter.Import(importer);
            if (importer.UnreadAttribute is { } unread) throw importer.Fail($"attribute '{unread}' is not known for this operator, so its meaning would be lost");
            for (int o = 0; o < node.Outputs.Count; o++)
                if (importer.Wants(o) && importer.Results[o] is null && _problems.Count == problems) throw importer.Fail($"output {o} ('{node.Outputs[o]}') is not supported");
            DefineOutputs(importer);
        }
        catch (GraphException e)
        {
            _problems.Add(new ConversionProblem(node.Label, op, opset, Reason(e, node)));
            Poison(node, scope);
        }
    }

    /// <summary>Gives the names of a node's outputs their values.</summary>
    internal static void DefineOutputs(NodeImporter node)
    {
        for (int o = 0; o < node.Node.Outputs.Count; o++)
            if (node.Wants(o) && !node.Scope.TryDefine(node.Node.Outputs[o], node.Results[o]))
                throw node.Fail($"computes '{node.Node.Outputs[o]}', which is already defined: names must be unique");
    }

    static IrValue?[] Inputs(OnnxNode node, Scope scope, out bool isPoisoned)
    {
        isPoisoned = false;
        var inputs = new IrValue?[node.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (node.Inputs[i].Length == 0) continue;
            if (!scope.TryGet(node.Inputs[i], out inputs[i]))
                throw new GraphException($"reads '{node.Inputs[i]}', which nothing before it computes: the graph has a cycle, is not in order, or lacks an input");
            isPoisoned |= inputs[i] is null;
        }
        return inputs;
    }

    static Adapter FindAdapter(OnnxNode node, int opset)
    {
        if (node.Domain.Length > 0) throw new GraphException($"operators of domain '{node.Domain}' are not supported; export with standard ONNX operators");
        if (AdapterTable.Find(node.Operator, opset) is { } adapter) return adapter;
        throw new GraphException(AdapterTable.Range(node.Operator) is { } range
            ? $"the operator is supported from opset {range.From} to {range.To}; export again with one of these"
            : "the operator is not supported; rewrite the layer with supported ones (OPERATORS.md) or leave it to pre- or post-processing");
    }

    static void Poison(OnnxNode node, Scope scope)
    {
        foreach (string output in node.Outputs)
            if (output.Length > 0) scope.TryDefine(output, null);
    }

    /// <summary>Shape rules name the node themselves; here it is named already.</summary>
    static string Reason(GraphException e, OnnxNode node)
    {
        string prefix = $"node '{node.Label}' (";
        int end = e.Message.StartsWith(prefix, StringComparison.Ordinal) ? e.Message.IndexOf("): ", prefix.Length, StringComparison.Ordinal) : -1;
        return end >= 0 ? e.Message[(end + 3)..] : e.Message;
    }

    void Problem(string what, string reason)
    {
        if (_problems.Count < MaxProblems) _problems.Add(new ConversionProblem(what, "", 0, reason));
    }

    internal IrNode Add(string op, string name, AttributeMap attributes, IReadOnlyList<IrValue?> inputs, IReadOnlyList<string> outputs)
    {
        if (inputs.Count > 1 && IsSparse(inputs[1])) _graph.SparseLayers.Add(name);
        return _graph.Add(op, name, attributes, inputs, outputs);
    }

    /// <summary>Whether a layer was emitted between conversions from and to another floating-point type.</summary>
    internal bool MixesPrecisions { get; set; }

    /// <summary>Records once what the user should know though it stops nothing.</summary>
    internal void Note(string note)
    {
        if (!_notes.Contains(note)) _notes.Add(note);
    }

    /// <summary>A constant's contents. 4-bit integers and 8-bit floats are widened; only operators that turn them into others may read them.</summary>
    internal EncodedTensor DecodeConstant(OnnxTensor tensor)
    {
        if (!TensorDecoder.CanWiden(tensor.ElementType)) return _decoder.Decode(tensor);
        var widened = _decoder.DecodeWidened(tensor);
        _widened.Add(widened, ElementNames.Name(tensor.ElementType));
        return widened;
    }

    /// <summary>The element type a constant has in the model, where the runtime does not have it and holds a wider one; else null.</summary>
    internal string? WidenedFrom(IrValue? value) => value?.Constant is { } constant ? _widened.GetValueOrDefault(constant) : null;

    void CheckWidened(OnnxNode node, IrValue?[] inputs)
    {
        if (node.Operator is "DequantizeLinear" or "Cast") return;
        if (inputs.FirstOrDefault(i => WidenedFrom(i) is not null) is { } value)
            throw new GraphException($"reads '{value.Name}' of element type {WidenedFrom(value)}, which the runtime does not have; constants of it are read by DequantizeLinear and Cast alone");
    }

    /// <summary>A stored tensor's contents.</summary>
    internal EncodedTensor Decode(OnnxTensor tensor) => _decoder.Decode(tensor);

    /// <summary>A stored sparse tensor's contents.</summary>
    internal EncodedTensor Decode(OnnxSparseTensor tensor)
    {
        var expanded = _decoder.Decode(tensor);
        _sparse.Add(expanded);
        return expanded;
    }

    /// <summary>Says that a constant computed from <paramref name="inputs"/> has the zeros of a sparse one among them.</summary>
    internal void KeepZeros(string op, IReadOnlyList<IrValue?> inputs, EncodedTensor result)
    {
        if (op is "Transpose" or "Reshape" or "Cast" or "Mul" && inputs.Any(IsSparse)) _sparse.Add(result);
    }

    bool IsSparse(IrValue? value) => value?.Constant is { } constant && _sparse.Contains(constant);

    /// <summary>An attribute's value: inside a function it may stand for one of the calling node's.</summary>
    internal object? Resolve(OnnxAttribute attribute)
    {
        if (attribute.Reference.Length == 0) return attribute.Value;
        return _functionAttributes.TryPeek(out var given) && given.TryGetValue(attribute.Reference, out var actual) ? actual.Value : null;
    }

    /// <summary>Runs <paramref name="body"/> inside a subgraph or function.</summary>
    internal void Nest(NodeImporter node, Action body, OnnxFunction? function = null)
    {
        if (++_depth > OnnxReader.MaxDepth) throw node.Fail($"subgraphs and functions nest deeper than {OnnxReader.MaxDepth}");
        var opsets = _opsets;
        if (function is not null)
        {
            _functionAttributes.Push(FunctionInliner.Attributes(this, node.Node, function));
            if (function.Opsets.Count > 0) _opsets = function.Opsets;
        }
        try
        {
            body();
        }
        finally
        {
            _depth--;
            _opsets = opsets;
            if (function is not null) _functionAttributes.Pop();
        }
    }
}
