using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Execution;

/// <summary>
/// How the nodes of a network run a batch of independent items. A node is stacked (one pass over all items, whose tensors lie one after the
/// other) where its operator can and that saves something: its weights are read once, or its inputs are stacked anyway. Other nodes run item
/// by item: as many neighbours as possible for the first item, then all of them for the second, so that what they hand each other is needed once
/// and stays in the cache. What depends on no input runs once for all.
/// </summary>
sealed class BatchSchedule
{
    enum Way { Shared, View, Stacked, ByItem }

    readonly ModelGraph _graph;
    readonly OperatorCall[] _calls;
    readonly Way[] _ways;
    readonly int[] _groupStart, _groupEnd, _origin;
    readonly bool[] _varies, _stacked;

    /// <summary>Decides for a batch of <paramref name="count"/>.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="items">The nodes' calls for one item.</param>
    /// <param name="count">The number of items; for 1 everything is as without a batch.</param>
    public BatchSchedule(ModelGraph graph, IReadOnlyList<OperatorCall> items, int count)
    {
        (_graph, Count, _calls) = (graph, count, [.. items]);
        _ways = new Way[items.Count];
        (_groupStart, _groupEnd) = (new int[items.Count], new int[items.Count]);
        _origin = [.. Enumerable.Range(0, graph.Values.Count)];
        (_varies, _stacked) = (new bool[graph.Values.Count], new bool[graph.Values.Count]);
        for (int n = 0; n < items.Count; n++) (_groupStart[n], _groupEnd[n]) = (n, n);
        if (count == 1) return;
        foreach (int input in graph.Inputs) _varies[input] = _stacked[input] = graph.Values[input].Constant is null;
        foreach (int output in graph.Outputs) _stacked[output] = true;
        for (int n = 0; n < items.Count; n++) Decide(n);
        Group();
        StackWhatLeavesItsGroup();
    }

    /// <summary>The number of items.</summary>
    public int Count { get; }

    /// <summary>The call to plan for node <paramref name="n"/>: of one item, or of all at once.</summary>
    public OperatorCall Call(int n) => _calls[n];

    /// <summary>Whether node <paramref name="n"/> runs item by item.</summary>
    public bool IsByItem(int n) => _ways[n] == Way.ByItem;

    /// <summary>The items that a value's memory has room for: all of them, or one.</summary>
    public int Room(int value) => _stacked[value] ? Count : 1;

    /// <summary>The first node of those that run together with node <paramref name="n"/>, item by item.</summary>
    public int GroupStart(int n) => _groupStart[n];

    /// <summary>The last node of those that run together with node <paramref name="n"/>, item by item.</summary>
    public int GroupEnd(int n) => _groupEnd[n];

    /// <summary>The first node that may write <paramref name="value"/>, computed by node <paramref name="n"/>: others of a group come round again for the next item.</summary>
    public int Start(int value, int n) => IsOwn(value) ? n : GroupStart(n);

    /// <summary>The last node that runs before memory read by node <paramref name="n"/> is free.</summary>
    public int End(int value, int n) => IsOwn(value) ? n : GroupEnd(n);

    /// <summary>Whether a value is written anew for each item before it is read, within one group.</summary>
    bool IsOwn(int value) => _varies[value] && !_stacked[value];

    void Decide(int n)
    {
        var item = _calls[n];
        var op = OperatorTable.Get(item.Node.Operator);
        bool[] varies = [.. item.Node.Inputs.Select(v => v != Node.Absent && _varies[v])];
        bool any = varies.Contains(true) || item.Node.Outputs.Any(v => v != Node.Absent && _stacked[v]);
        foreach (int v in item.Node.Outputs)
            if (v != Node.Absent) _varies[v] = any;
        if (op.IsView)
        {
            _origin[item.Node.Outputs[0]] = _origin[item.Node.Inputs[0]];
            _ways[n] = Way.View;
            return;
        }
        if (!any) return;
        _ways[n] = Way.ByItem;
        var inputsVary = item.Node.Inputs.Where((_, i) => varies[i]);
        if (!op.GainsByStacking && !(varies.Contains(true) && inputsVary.All(v => _stacked[_origin[v]]))) return;
        if (op.Stack(new BatchedCall(item, Count, varies)) is not { } stacked) return;
        (_calls[n], _ways[n]) = (stacked, Way.Stacked);
        foreach (int v in item.Node.Outputs)
            if (v != Node.Absent) _stacked[v] = true;
        foreach (int v in inputsVary) _stacked[_origin[v]] = true;
    }

    /// <summary>Finds the runs of nodes that go item by item; views among them, which run nothing, do not part them.</summary>
    void Group()
    {
        for (int n = 0; n < _ways.Length;)
        {
            int start = n, end = n;
            for (; n < _ways.Length && _ways[n] is Way.ByItem or Way.View; n++)
                if (_ways[n] == Way.ByItem) end = n;
            for (int k = start; k <= end; k++) (_groupStart[k], _groupEnd[k]) = (start, end);
            n = end + 1;
        }
    }

    void StackWhatLeavesItsGroup()
    {
        var producer = new int[_graph.Values.Count];
        Array.Fill(producer, -1);
        for (int n = 0; n < _calls.Length; n++)
            foreach (int v in _calls[n].Node.Outputs)
                if (v != Node.Absent) producer[v] = n;
        foreach (int output in _graph.Outputs) _stacked[_origin[output]] = true;
        for (int n = 0; n < _calls.Length; n++)
            foreach (int v in _calls[n].Node.Inputs)
                if (v != Node.Absent && _varies[v] && _ways[n] != Way.View && producer[_origin[v]] is >= 0 and int from && _groupStart[from] != _groupStart[n]) _stacked[_origin[v]] = true;
        for (int v = 0; v < _stacked.Length; v++) _stacked[v] = _stacked[_origin[v]];
    }
}
