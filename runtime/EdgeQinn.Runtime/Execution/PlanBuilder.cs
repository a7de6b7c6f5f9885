using System.Buffers;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Execution;

/// <summary>Makes a <see cref="Plan"/> from a checked graph.</summary>
sealed unsafe class PlanBuilder
{
    const int Forever = int.MaxValue;

    /// <summary>The most steps of a plan; a batch has those that run item by item once for each.</summary>
    const int MaxSteps = 1 << 20;

    struct Slot
    {
        public byte* External;

        /// <summary>Bytes of one item, and the items there is room for, one after the other.</summary>
        public long ItemBytes;
        public int Items, First, Last;
        public bool Zeroed;

        public readonly long Bytes => ItemBytes * Items;
    }

    readonly ModelGraph _graph;
    readonly IReadOnlyList<OperatorCall> _items;
    readonly BatchSchedule _schedule;
    readonly List<Slot> _slots = [];
    readonly int[] _bufferOfValue;
    List<Plan.Step> _steps = [];
    readonly List<NativeBuffer> _memory = [];
    readonly List<MemoryHandle> _pins = [];
    readonly List<BufferRef> _state = [];
    BufferRef? _clock;

    readonly HashSet<(int Node, string Encoding)> _runDense = [];
    bool _byItem;

    PlanBuilder(ModelGraph graph, IReadOnlyList<Isa> allowed, int batch)
    {
        (_graph, Allowed) = (graph, allowed);
        _items = GraphChecker.Resolve(graph);
        GraphChecker.CheckBatch(graph, _items, batch);
        _schedule = new BatchSchedule(graph, _items, batch);
        _bufferOfValue = new int[graph.Values.Count];
        Array.Fill(_bufferOfValue, -1);
    }

    public IReadOnlyList<Isa> Allowed { get; }

    /// <summary>Checks <paramref name="graph"/> and plans it for <paramref name="batch"/> independent items.</summary>
    /// <exception cref="GraphException">The graph breaks a rule, or the batch a limit.</exception>
    public static Plan Build(ModelGraph graph, IReadOnlyList<Isa> allowed, int batch = 1)
    {
        var builder = new PlanBuilder(graph, allowed, batch);
        try
        {
            return builder.Build();
        }
        catch
        {
            foreach (var memory in builder._memory) memory.Dispose();
            foreach (var pin in builder._pins) pin.Dispose();
            throw;
        }
    }

    Plan Build()
    {
        AssignBuffers();
        PlanNodes();
        foreach (int output in _graph.Outputs) BufferOf(output);

        var offsets = new long[_slots.Count];
        var requests = Enumerable.Range(0, _slots.Count).Where(id => _slots[id].External == null)
            .Select(id => new Arena.Request(id, _slots[id].Bytes, _slots[id].First, _slots[id].Last));
        long arena = Arena.Layout(requests, offsets);
        if (arena > GraphChecker.MaxWorkingBytes) throw new GraphException($"the network needs {arena >> 20} MiB of working memory, at most {GraphChecker.MaxWorkingBytes >> 20}");

        var places = new Plan.Place[_slots.Count];
        for (int id = 0; id < places.Length; id++)
        {
            var slot = _slots[id];
            places[id] = new Plan.Place(slot.External, offsets[id], slot.Bytes, slot.Zeroed, slot.Items > 1 ? slot.ItemBytes : 0);
        }
        return new Plan
        {
            Graph = _graph,
            Batch = _schedule.Count,
            Steps = _steps,
            Places = places,
            ValueBuffers = [.. _bufferOfValue.Select(id => new BufferRef(id))],
            ArenaBytes = arena,
            RunDense = _runDense,
            ModelMemory = _memory,
            Pins = _pins,
            State = _state,
            ClockPlace = _clock,
        };
    }

    void PlanNodes()
    {
        for (int n = 0, groupSteps = 0; n < _items.Count; n++)
        {
            var call = _schedule.Call(n);
            var op = OperatorTable.Get(call.Node.Operator);
            _byItem = _schedule.IsByItem(n);
            if (n == _schedule.GroupStart(n)) groupSteps = _steps.Count;
            if (!op.IsView) op.Plan(call, new StepPlanner(this, n, call));
            if (_byItem && n == _schedule.GroupEnd(n)) RepeatSteps(groupSteps);
        }
    }

    /// <summary>The steps from <paramref name="first"/> on, which compute one item, once for each.</summary>
    void RepeatSteps(int first)
    {
        int count = _steps.Count - first;
        if ((long)count * _schedule.Count > MaxSteps) throw new GraphException($"a batch of {_schedule.Count} takes more than {MaxSteps} steps; run it in parts");
        for (int item = 1; item < _schedule.Count; item++)
            for (int s = first; s < first + count; s++) _steps.Add(_steps[s].ForItem(item));
    }

    /// <summary>Gives each computed value a slot; views and operators that may work in place take over their input's.</summary>
    void AssignBuffers()
    {
        foreach (int input in _graph.Inputs)
            if (_graph.Values[input].Constant is null) _bufferOfValue[input] = AddValue(input, 0, Forever);

        int[] lastUse = LastUses();
        for (int n = 0; n < _items.Count; n++)
        {
            var node = _items[n].Node;
            var op = OperatorTable.Get(node.Operator);
            for (int o = 0; o < node.Outputs.Count; o++)
            {
                int value = node.Outputs[o];
                if (value == Node.Absent) continue;
                int shared = o > 0 ? -1 : op.IsView ? BufferOf(node.Inputs[0]).Id : ReusableInput(op, _schedule.Call(n), n);
                int start = _schedule.Start(value, n);
                _bufferOfValue[value] = shared >= 0 ? shared : AddValue(value, start, start);
                Extend(_bufferOfValue[value], Math.Max(lastUse[value], n));
            }
        }
    }

    int ReusableInput(Operator op, OperatorCall call, int n)
    {
        for (int i = 0; i < call.Node.Inputs.Count; i++)
        {
            int value = call.Node.Inputs[i];
            if (value == Node.Absent || _graph.Values[value].Constant is not null || !op.MayOverwrite(call, i)) continue;
            var slot = _slots[_bufferOfValue[value]];
            long bytes = _graph.Values[call.Node.Outputs[0]].Type.ByteLength;
            bool fits = slot.Items == 1 ? slot.ItemBytes >= bytes : slot.ItemBytes == bytes;
            if (slot.Items != _schedule.Room(call.Node.Outputs[0])) continue;
            if (slot.External == null && slot.Last == n && fits && !IsReadElsewhere(call.Node, i)) return _bufferOfValue[value];
        }
        return -1;
    }

    /// <summary>Whether another input of the node lies in the memory of input <paramref name="i"/> under another shape: what is written there would be read out of step.</summary>
    bool IsReadElsewhere(Node node, int i)
    {
        var value = _graph.Values[node.Inputs[i]];
        foreach (int other in node.Inputs)
            if (other != Node.Absent && _bufferOfValue[other] == _bufferOfValue[node.Inputs[i]] && !_graph.Values[other].Type.Equals(value.Type)) return true;
        return false;
    }

    /// <summary>The last node that runs while each value is needed; <see cref="Forever"/> for outputs. Reads through views count as reads of what is viewed.</summary>
    int[] LastUses()
    {
        var last = new int[_graph.Values.Count];
        foreach (int output in _graph.Outputs) last[output] = Forever;
        for (int n = _items.Count - 1; n >= 0; n--)
        {
            var node = _items[n].Node;
            int through = OperatorTable.Get(node.Operator).IsView ? last[node.Outputs[0]] : 0;
            for (int i = 0; i < node.Inputs.Count; i++)
                if (node.Inputs[i] is var value && value != Node.Absent) last[value] = Math.Max(last[value], Math.Max(_schedule.End(value, n), i == 0 ? through : 0));
            foreach (int value in node.Outputs)
                if (value != Node.Absent) last[value] = Math.Max(last[value], _schedule.End(value, n));
        }
        return last;
    }

    int AddValue(int value, int first, int last) => AddSlot(_graph.Values[value].Type.ByteLength, first, last, items: _schedule.Room(value));

    int AddSlot(long bytes, int first, int last, byte* external = null, bool zeroed = false, int items = 1)
    {
        _slots.Add(new Slot { External = external, ItemBytes = bytes, Items = items, First = first, Last = last, Zeroed = zeroed });
        return _slots.Count - 1;
    }

    void Extend(int id, int last)
    {
        var slot = _slots[id];
        slot.Last = Math.Max(slot.Last, last);
        _slots[id] = slot;
    }

    public BufferRef BufferOf(int value)
    {
        if (_bufferOfValue[value] < 0 && _graph.Values[value].Constant is { } constant)
        {
            byte* memory = _schedule.Room(value) > 1 ? Repeat(constant) : constant.IsDense ? Pin(constant) : Materialise(constant);
            _bufferOfValue[value] = AddSlot(constant.Type.ByteLength, 0, Forever, memory, items: _schedule.Room(value));
        }
        return new BufferRef(_bufferOfValue[value]);
    }

    byte* Pin(EncodedTensor constant)
    {
        var pin = constant.Part("data").Bytes.Pin();
        _pins.Add(pin);
        return pin.Pointer != null ? (byte*)pin.Pointer : (byte*)NativeBuffer.Alignment;
    }

    /// <summary>A constant that is an output of each item.</summary>
    byte* Repeat(EncodedTensor constant)
    {
        var data = constant.Part("data").Bytes.Span;
        byte* memory = AllocateModelMemory((long)data.Length * _schedule.Count);
        for (int item = 0; item < _schedule.Count; item++) data.CopyTo(new Span<byte>(memory + (long)item * data.Length, data.Length));
        return memory;
    }

    /// <summary>For operators that read a constant as plain numbers whatever its encoding.</summary>
    byte* Materialise(EncodedTensor constant)
    {
        byte* memory = AllocateModelMemory(constant.Type.ByteLength);
        WeightEncodings.Read(constant).Materialise(new Span<float>(memory, constant.Type.Count));
        return memory;
    }

    public BufferRef AddScratch(int node, long bytes) => new(AddSlot(bytes, node, node));

    /// <summary>Zeroed memory that stays; each item has its own where the node runs item by item.</summary>
    public BufferRef AddPersistent(long bytes) => new(AddSlot(NativeBuffer.RoundUp(bytes), 0, Forever, zeroed: true, items: _byItem ? _schedule.Count : 1));

    public BufferRef AddState(long bytes)
    {
        _state.Add(AddPersistent(bytes));
        return _state[^1];
    }

    public BufferRef Clock() => _clock ??= AddPersistent(sizeof(long));

    public BufferRef AddExternal(byte* pointer, long bytes) => new(AddSlot(bytes, 0, Forever, pointer));

    /// <summary>Addresses of what does not belong to a session.</summary>
    public SessionMemory ModelMemoryOnly() => new([.. _slots.Select(slot => new Plan.Place(slot.External, 0, slot.Bytes, slot.Zeroed, 0))], null);

    public byte* AllocateModelMemory(long bytes)
    {
        var memory = new NativeBuffer(bytes);
        _memory.Add(memory);
        return memory.Pointer;
    }

    public void AddStep(int node, string kernel, delegate*<void*, void> run, int blockBytes, Plan.BlockWriter write, IReadOnlyList<string> uses) =>
        _steps.Add(new Plan.Step(node, kernel, (nint)run, blockBytes, write, uses));

    public void NoteDense(int node, string encoding) => _runDense.Add((node, encoding));

    public StepSequence AddSequence(Action plan)
    {
        var outer = _steps;
        _steps = [];
        try
        {
            plan();
            return new StepSequence(_steps, AddPersistent(StepSequence.BytesOf(_steps)));
        }
        finally
        {
            _steps = outer;
        }
    }
}
