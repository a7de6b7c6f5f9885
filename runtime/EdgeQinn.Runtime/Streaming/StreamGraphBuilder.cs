using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>
/// Turns a network over windows into the network that runs once per hop of a stream. It walks the nodes in order and follows how far a value is shared between
/// windows (<see cref="StreamValue"/>): an operator that treats all columns alike runs on the new columns, and on those that padding at the window's ends
/// reaches; one that does not runs on the whole window, put together again from its parts. README.md tells the idea at length.
/// </summary>
sealed partial class StreamGraphBuilder
{
    /// <summary>The most lines of columns where the hop is no multiple of the stride.</summary>
    const int MostPhases = 64;

    /// <summary>A continuous stream counts columns as a window does that began so many samples before the stream.</summary>
    const int FarPast = 1 << 24;

    readonly ModelGraph _source;
    readonly StreamRule _rule;
    readonly bool _shareAlways;
    readonly HopGraphBuilder _hop;
    readonly object?[] _states;        // by value of the source: StreamValue, or the int of a value of the hop's network, or null
    readonly Dictionary<(int Value, int From, int To, float? Fill), int> _columns = [];
    readonly HashSet<int> _used;
    readonly List<(int Value, int State, long FirstRun, EncodedTensor? Initial)> _feedback = [];
    readonly string?[] _reasons;
    readonly int[] _hopColumns;
    readonly int _length;
    readonly long _span;               // samples in the window that columns are numbered by
    long _firstRun;

    StreamGraphBuilder(ModelGraph source, StreamRule rule, bool shareAlways)
    {
        (_source, _rule, _hop, _shareAlways) = (source, rule, new HopGraphBuilder(source), shareAlways);
        _states = new object?[source.Values.Count];
        (_reasons, _hopColumns) = (new string?[source.Nodes.Count], new int[source.Nodes.Count]);
        _used = [.. source.Outputs, .. source.Nodes.SelectMany(n => n.Inputs)];
        _length = Input().Type.Shape[rule.Axis];
        _span = IsContinuous ? (FarPast + rule.Hop - 1L) / rule.Hop * rule.Hop : _length;
        _firstRun = IsContinuous ? 0 : (_length + rule.Hop - 1) / rule.Hop - 1;
    }

    bool IsContinuous => _rule.Mode == StreamMode.Continuous;

    /// <summary>The network over a stream.</summary>
    /// <param name="source">The network over windows; checked.</param>
    /// <param name="rule">How it is to run.</param>
    /// <param name="keepWindow">Whether the window of samples is an output too.</param>
    /// <param name="shareAlways">Whether columns are shared also where that is slower.</param>
    /// <exception cref="GraphException">The rule does not fit the network.</exception>
    public static StreamGraph Build(ModelGraph source, StreamRule rule, bool keepWindow, bool shareAlways = false) =>
        new StreamGraphBuilder(source, rule, shareAlways).Build(keepWindow);

    Value Input()
    {
        foreach (int input in _source.Inputs)
        {
            var value = _source.Values[input];
            if (value.Name != _rule.Input) continue;
            if ((uint)_rule.Axis >= (uint)value.Type.Rank) throw new GraphException($"input '{value.Name}' {value.Type} has no axis {_rule.Axis} to stream along");
            if (value.Type.Element != ElementType.Float32) throw new GraphException($"input '{value.Name}' is {value.Type}; samples are float32");
            return value.Type.Count > 0 ? value : throw new GraphException($"input '{value.Name}' {value.Type} is empty");
        }
        throw new GraphException($"the stream feeds input '{_rule.Input}', which the model lacks; it has {string.Join(", ", _source.Inputs.Select(i => $"'{_source.Values[i].Name}'"))}");
    }

    StreamGraph Build(bool keepWindow)
    {
        int fed = DeclareInputs();
        for (int n = 0; n < _source.Nodes.Count; n++)
        {
            _hop.Origin = n;
            Place(n);
        }
        _hop.Origin = -1;
        List<int> outputs = [.. _source.Outputs.Select(v => _hop.Named(Result(v), _source.Values[v].Name))];
        int count = outputs.Count;
        if (keepWindow) outputs.Add(_hop.Named(Whole(fed), _rule.Input));
        int firstState = outputs.Count;
        outputs.AddRange(_feedback.Select(f => f.Value));
        var (graph, origins) = _hop.Build(outputs);
        return new StreamGraph
        {
            Graph = graph,
            Length = _length,
            Lead = IsContinuous ? 0 : (int)((_firstRun + 1) * _rule.Hop - _length),
            FirstRun = _firstRun,
            OutputCount = count,
            SamplesInput = _source.Inputs.ToList().IndexOf(fed),
            Feedback = [.. _feedback.Select((f, i) => new StreamFeedback(graph.Inputs.ToList().IndexOf(f.State), firstState + i, f.FirstRun, f.Initial))],
            Layers = Layers(graph, origins),
        };
    }

    int DeclareInputs()
    {
        int fed = -1;
        foreach (int input in _source.Inputs)
        {
            var value = _source.Values[input];
            if (value.Name != _rule.Input)
            {
                _states[input] = _hop.Input(value);
                continue;
            }
            fed = input;
            int samples = _hop.Input($"{value.Name}:samples", WithColumns(value.Type, _rule.Axis, _rule.Hop));
            var stream = new StreamValue(value.Type, _rule.Axis, 1, _rule.Hop, 1, 0, (int)_span, samples, -1);
            _states[input] = stream;
            if (_rule.Hop >= _length && !IsContinuous) _states[input] = Crop(samples, _rule.Axis, _rule.Hop - _length, _length);
        }
        return fed;
    }

    /// <summary>Finds what becomes of a node: the first rule that fits runs it on columns; else it runs whole.</summary>
    void Place(int n)
    {
        var node = _source.Nodes[n];
        if (!node.Outputs.Any(IsUsed)) return;
        if (!node.Inputs.Any(v => Stream(v) is not null))
        {
            RunWhole(node);
            return;
        }
        string? reason = StreamNode(node);
        if (reason is null)
        {
            var result = node.Outputs.Where(o => o != Node.Absent).Select(Stream).FirstOrDefault(s => s is not null);
            if (result is not null) _hopColumns[n] = result.New + (IsContinuous ? 0 : Math.Max(result.Left, result.FreshAt) + result.Columns - result.End);
            return;
        }
        _reasons[n] = reason;
        RunWhole(node);
    }

    void RunWhole(Node node)
    {
        int[] outputs = _hop.Add(node.Operator, node.Name, node.Attributes, [.. node.Inputs.Select(v => v == Node.Absent ? Node.Absent : Whole(v))], node.Outputs.Count);
        for (int o = 0; o < outputs.Length; o++)
            if (node.Outputs[o] != Node.Absent) _states[node.Outputs[o]] = outputs[o];
    }

    StreamValue? Stream(int value) => value == Node.Absent ? null : _states[value] as StreamValue;

    /// <summary>Whether somebody reads an output of a node.</summary>
    bool IsUsed(int value) => value != Node.Absent && _used.Contains(value);

    bool IsConstant(int value) => value == Node.Absent || _source.Values[value].Constant is not null;

    /// <summary>A value of the source as it is for the window, or in a continuous stream its newest columns, as many as a window has.</summary>
    int Whole(int value)
    {
        if (_source.Values[value].Constant is not null) return _hop.Import(value);
        if (_states[value] is not StreamValue stream) return (int)_states[value]!;
        if (!IsContinuous) return Columns(stream, 0, stream.Columns);
        RequireFrom(stream, stream.End - stream.Columns);
        return Columns(stream, stream.End - stream.Columns, stream.End);
    }

    /// <summary>An output of the source: whole, but in a continuous stream only the columns that are new, from the stream's first on.</summary>
    int Result(int value)
    {
        if (!IsContinuous || Stream(value) is not { } stream) return Whole(value);
        int end = Aligned(stream);
        RequireFrom(stream, end - stream.New);
        return Columns(stream, end - stream.New, end);
    }

    /// <summary>The window's columns <paramref name="from"/> … <paramref name="to"/> − 1 of a streamed value; what lies before a stream's start is <paramref name="fill"/>.</summary>
    int Columns(StreamValue x, int from, int to, float? fill = null)
    {
        if (_columns.TryGetValue((x.Fresh, from, to, fill), out int known)) return known;
        int fresh = x.End - x.New, skip = fill is null ? 0 : Before(x);
        int value = from >= fresh && skip == 0 ? Crop(x.Fresh, x.Axis, x.FreshAt + from - fresh, to - from)
            : !IsContinuous && to <= x.Left ? Crop(x.LeftColumns, x.Axis, from, to - from)
            : Remember(x, from, to, skip, fill ?? 0);
        return _columns[(x.Fresh, from, to, fill)] = value;
    }

    int Remember(StreamValue x, int from, int to, int skip, float fill)
    {
        int left = IsContinuous ? from : Math.Max(from, x.Left), end = Math.Min(to, x.End);
        return Remember(x, left, end, to, left > from ? (x.LeftColumns, from, x.Left - from) : null, skip, fill);
    }

    /// <summary>Columns of another value, then columns <paramref name="from"/> … <paramref name="end"/> − 1 of the line, then those to <paramref name="to"/> that are computed anew.</summary>
    int Remember(StreamValue x, int from, int end, int to, (int Value, int First, int Count)? head, int skip = 0, float fill = 0)
    {
        var attributes = new AttributeMap
        {
            { "axis", x.Axis }, { "first", x.FreshAt }, { "new", x.New }, { "length", end - from }, { "lag", x.End - end }, { "tail", to - end }, { "phases", x.Phases },
        };
        if (skip > 0) attributes.Add("skip", skip);
        if (fill != 0) attributes.Add("fill", fill);
        if (head is not { } before) return Past(x.Fresh);
        attributes.Add("head_first", before.First);
        attributes.Add("head_columns", before.Count);
        return Past(x.Fresh, before.Value);

        int Past(params int[] inputs) => _hop.Add(Operators.Streaming.HistoryOperator.OperatorName, $"{Name}:past", attributes, inputs)[0];
    }

    /// <summary>Columns <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> − 1 of a value of the hop's network.</summary>
    int Crop(int value, int axis, int start, int count)
    {
        var type = _hop.Type(value);
        if (start == 0 && count == type.Shape[axis]) return value;
        int[] starts = new int[type.Rank], steps = [.. Enumerable.Repeat(1, type.Rank)];
        starts[axis] = start;
        return _hop.Add("Slice", $"{Name}:columns", new AttributeMap
        {
            { "starts", starts.AsSpan() }, { "steps", steps.AsSpan() }, { "shape", WithColumns(type, axis, count).Shape.AsSpan() },
        }, [value])[0];
    }

    string Name => _hop.Origin < 0 ? "stream" : _source.Nodes[_hop.Origin].Name;

    /// <summary>Columns that a continuous stream's line holds before the stream's first.</summary>
    int Before(StreamValue x) => IsContinuous ? checked((int)(_span / x.Stride - x.End)) : 0;

    /// <summary>The end of the newest columns that begin with a whole number of hops after the stream's first column.</summary>
    int Aligned(StreamValue x) => x.End / x.New * x.New;

    /// <summary>Continuous streams have a result once column <paramref name="from"/> lies in the stream.</summary>
    void RequireFrom(StreamValue x, int from)
    {
        if (!IsContinuous) return;
        long columns = _span / x.Stride - from;
        _firstRun = Math.Max(_firstRun, (columns + x.New - 1) / x.New - 1);
    }

    static TensorType WithColumns(TensorType type, int axis, int columns) => type with { Shape = type.Shape.SetItem(axis, columns) };

    List<LayerStreaming> Layers(ModelGraph hop, IReadOnlyList<int> origins)
    {
        long[] perWindow = MultiplyAdds(_source), perNode = MultiplyAdds(hop), perHop = new long[_source.Nodes.Count];
        for (int n = 0; n < perNode.Length; n++)
            if (origins[n] >= 0) perHop[origins[n]] += perNode[n];
        var layers = new List<LayerStreaming>();
        for (int n = 0; n < perWindow.Length; n++)
        {
            var node = _source.Nodes[n];
            var stream = node.Outputs.Select(Stream).FirstOrDefault(s => s is not null);
            bool isHead = _reasons[n] is null && stream is null && node.Inputs.Any(v => Stream(v) is not null);
            layers.Add(new LayerStreaming(node.Name, node.Operator, stream is not null || isHead, stream?.Columns ?? 0, stream is null ? 0 : _hopColumns[n],
                perWindow[n], perHop[n], _reasons[n]));
        }
        return layers;
    }

    static long[] MultiplyAdds(ModelGraph graph) =>
        [.. GraphChecker.Resolve(graph).Select(call => OperatorTable.Get(call.Node.Operator).MultiplyAdds(call))];
}
