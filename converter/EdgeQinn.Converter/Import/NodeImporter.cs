using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import;

/// <summary>One ONNX node on its way into the graph: what an <see cref="Adapter"/> reads from and emits to.</summary>
public sealed class NodeImporter
{
    readonly Importer _importer;
    readonly IReadOnlyList<IrValue?> _inputs;
    readonly IrValue?[] _results;
    readonly HashSet<string> _read = new(StringComparer.Ordinal);
    readonly HashSet<IrValue> _unnamed = [];

    internal NodeImporter(Importer importer, Scope scope, OnnxNode node, int opset, IReadOnlyList<IrValue?> inputs)
    {
        (_importer, Scope, Node, Opset, _inputs) = (importer, scope, node, opset, inputs);
        _read.Add("consumed_inputs"); // before opset 6 a hint to allocators
        _results = new IrValue?[node.Outputs.Count];
    }

    /// <summary>The node.</summary>
    public OnnxNode Node { get; }

    /// <summary>The version of the operator set it is written in.</summary>
    public int Opset { get; }

    /// <summary>The number of inputs listed, absent ones counted.</summary>
    public int InputCount => _inputs.Count;

    /// <summary>All inputs, absent ones null.</summary>
    public IReadOnlyList<IrValue?> Inputs => _inputs;

    internal Scope Scope { get; }

    internal Importer Importer => _importer;

    internal IReadOnlyList<IrValue?> Results => _results;

    /// <summary>Whether output <paramref name="i"/> is wanted.</summary>
    public bool Wants(int i) => i < Node.Outputs.Count && Node.Outputs[i].Length > 0;

    /// <summary>Input <paramref name="i"/>.</summary>
    /// <exception cref="GraphException">It is absent.</exception>
    public IrValue Input(int i) => Optional(i) ?? throw Fail($"input {i} is missing");

    /// <summary>Input <paramref name="i"/>, or null where absent.</summary>
    public IrValue? Optional(int i) => i < _inputs.Count ? _inputs[i] : null;

    /// <summary>The integers of input <paramref name="i"/>, which must be a constant; null where absent.</summary>
    /// <exception cref="GraphException">The input is computed, or holds no integers.</exception>
    public long[]? ConstantInts(int i, string what)
    {
        if (Optional(i) is not { } value) return null;
        var constant = RequireConstant(value, what);
        return constant.Type.Element switch
        {
            ElementType.Int64 => constant.Data<long>().ToArray(),
            ElementType.Int32 => Array.ConvertAll(constant.Data<int>().ToArray(), v => (long)v),
            _ => throw Fail($"{what} is {constant.Type}, expected int64"),
        };
    }

    /// <summary>The one integer of input <paramref name="i"/>, which must be a constant; a float that holds one will do.</summary>
    public long ConstantInt(int i, string what)
    {
        var value = Optional(i) ?? throw Fail($"{what} is missing");
        RequireConstant(value, what);
        return Cast(value, ElementType.Int64).Constant!.Data<long>() is [var number] ? number : throw Fail($"{what} is not one integer");
    }

    /// <summary>The numbers of input <paramref name="i"/>, which must be a constant; null where absent.</summary>
    public float[]? ConstantFloats(int i, string what)
    {
        if (Optional(i) is not { } value) return null;
        RequireConstant(value, what);
        return Cast(value, ElementType.Float32).Constant!.Data<float>().ToArray();
    }

    /// <summary>Whether input <paramref name="i"/> is a constant other than zero or false; null where absent or computed.</summary>
    public bool? ConstantBool(int i) => Optional(i)?.Constant is { IsDense: true } constant ? constant.Part("data").Bytes.Span.ContainsAnyExcept((byte)0) : null;

    EncodedTensor RequireConstant(IrValue value, string what) => value.Constant is { IsDense: true } constant ? constant
        : throw Fail($"{what} (value '{value.Name}') must be known at conversion but is computed; if it comes from an input, bind that with --const NAME=values");

    /// <summary>An integer attribute.</summary>
    public long Int(string name, long otherwise) => Get<object>(name, "an integer") switch
    {
        null => otherwise,
        long value => value,
        _ => throw Fail($"attribute '{name}' is not an integer"),
    };

    /// <summary>A list of integers, or null where absent.</summary>
    public long[]? Ints(string name) => Get<long[]>(name, "a list of integers");

    /// <summary>A float attribute.</summary>
    public float Float(string name, float otherwise) => Get<object>(name, "a number") switch
    {
        null => otherwise,
        float value => value,
        _ => throw Fail($"attribute '{name}' is not a number"),
    };

    /// <summary>A list of floats, or null where absent.</summary>
    public float[]? Floats(string name) => Get<float[]>(name, "a list of numbers");

    /// <summary>A text attribute.</summary>
    public string Text(string name, string otherwise) => Get<string>(name, "text") ?? otherwise;

    /// <summary>A list of texts, or null where absent.</summary>
    public string[]? Texts(string name) => Get<string[]>(name, "a list of texts");

    /// <summary>An attribute of another kind (tensor, graph), or null where absent.</summary>
    public T? Get<T>(string name, string kind) where T : class
    {
        _read.Add(name);
        if (!Node.Attributes.TryGetValue(name, out var attribute)) return null;
        return _importer.Resolve(attribute) switch
        {
            null => null,
            T value => value,
            _ => throw Fail($"attribute '{name}' is not {kind}"),
        };
    }

    /// <summary>Marks attributes as known to have no bearing on inference.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names) _read.Add(name);
    }

    /// <summary>An attribute no rule has looked at, so that its meaning would be lost; null where there is none.</summary>
    internal string? UnreadAttribute => Node.Attributes.Keys.FirstOrDefault(name => !_read.Contains(name));

    /// <summary>Resolves a possibly negative axis.</summary>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : throw Fail($"axis {axis} is outside rank {rank}");

    /// <summary>A number that must fit 32 bits.</summary>
    public int ToInt32(long value, string what) => value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Fail($"{what} {value} does not fit 32 bits");

    /// <summary>Emits an operator with one output; on constants it is computed at once.</summary>
    public IrValue Emit(string op, AttributeMap attributes, params IReadOnlyList<IrValue?> inputs) => Emit(1, op, attributes, inputs)[0];

    /// <summary>Emits an operator with <paramref name="outputs"/> outputs.</summary>
    public IReadOnlyList<IrValue> Emit(int outputs, string op, AttributeMap attributes, params IReadOnlyList<IrValue?> inputs)
    {
        IReadOnlyList<IrValue> values;
        if (ConstantFolder.TryRun(op, Node.Label, attributes, inputs, outputs, ref Importer.GrowthLeft) is { } folded)
        {
            values = [.. folded.Select((tensor, i) => IrGraph.Constant(Temporary(i), tensor))];
            _importer.KeepZeros(op, inputs, folded[0]);
        }
        else
            values = [.. _importer.Add(op, Node.Label, attributes, inputs, [.. Enumerable.Range(0, outputs).Select(Temporary)]).Outputs.Select(o => o!)];
        foreach (var value in values) _unnamed.Add(value);
        return values;

        string Temporary(int i) => $"{Node.Label}:{op}{(i == 0 ? "" : $".{i}")}";
    }

    /// <summary>
    /// Emits an operator that the runtime has in float32 alone: inputs of other floating-point types are converted, and the result is
    /// converted back.
    /// </summary>
    public IReadOnlyList<IrValue> EmitInFloat32(int outputs, string op, AttributeMap attributes, params IReadOnlyList<IrValue?> inputs)
    {
        var element = inputs[0]!.Type.Element;
        if (element is not (ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16)) return Emit(outputs, op, attributes, inputs);
        _importer.Note($"the model is in {element.ToString().ToLowerInvariant()}; it is computed in float32");
        _importer.MixesPrecisions = true;
        var results = Emit(outputs, op, attributes, [.. inputs.Select(i => i?.Type.Element == element ? Cast(i, ElementType.Float32) : i)]);
        return [.. results.Select(r => Cast(r, element))];
    }

    /// <summary>A new constant.</summary>
    public IrValue Constant(EncodedTensor tensor)
    {
        var value = IrGraph.Constant(Node.Label, tensor);
        _unnamed.Add(value);
        return value;
    }

    /// <summary>A float32 constant holding one number, as a scalar of type <paramref name="element"/>.</summary>
    public IrValue Scalar(float value, ElementType element = ElementType.Float32) =>
        Cast(Constant(EncodedTensor.FromSpan<float>([value])), element) is var one ? Reshape(one, []) : one;

    /// <summary><paramref name="x"/> under another shape; itself where the shape is the same.</summary>
    public IrValue Reshape(IrValue x, ReadOnlySpan<int> shape) =>
        x.Type.Shape.AsSpan().SequenceEqual(shape) ? x : Emit("Reshape", new AttributeMap { { "shape", shape } }, x);

    /// <summary><paramref name="x"/> with its axes permuted; itself where nothing moves.</summary>
    public IrValue Transpose(IrValue x, params ReadOnlySpan<int> permutation)
    {
        bool moves = false;
        for (int i = 0; i < permutation.Length; i++) moves |= permutation[i] != i;
        return moves ? Emit("Transpose", new AttributeMap { { "perm", permutation } }, x) : x;
    }

    /// <summary><paramref name="x"/> in another element type; itself where that is the same.</summary>
    public IrValue Cast(IrValue x, ElementType element) =>
        x.Type.Element == element ? x : Emit("Cast", new AttributeMap { { "to", (long)element } }, x);

    /// <summary>Makes <paramref name="value"/> the node's output <paramref name="i"/>.</summary>
    public void Output(int i, IrValue value)
    {
        if (!Wants(i)) return;
        if (_unnamed.Remove(value)) value.Name = Node.Outputs[i];
        _results[i] = value;
    }

    /// <summary>An error that the importer attributes to this node.</summary>
    public GraphException Fail(string reason) => new(reason);
}
