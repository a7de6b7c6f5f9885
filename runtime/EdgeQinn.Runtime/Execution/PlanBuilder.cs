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

    struct Slot
    {
        public byte* External;
        public long Bytes;
        public int First, Last;
        public bool Zeroed;
    }

    readonly ModelGraph _graph;
    readonly List<Slot> _slots = [];
    readonly int[] _bufferOfValue;
    List<Plan.Step> _steps = [];
    readonly List<NativeBuffer> _memory = [];
    readonly List<MemoryHandle> _pins = [];

    PlanBuilder(ModelGraph graph, IReadOnlyList<Isa> allowed)
    {
        (_graph, Allowed) = (graph, allowed);
        _bufferOfValue = new int[graph.Values.Count];
        Array.Fill(_bufferOfValue, -1);
    }

    public IReadOnlyList<Isa> Allowed { get; }

    /// <summary>Plans <paramref name="graph"/>, which <see cref="GraphChecker"/> has passed.</summary>
    public static Plan Build(ModelGraph graph, IReadOnlyList<Isa> allowed)
    {
        var builder = new PlanBuilder(graph, allowed);
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
        var calls = GraphChecker.Resolve(_graph);
        AssignBuffers(calls);
        for (int n = 0; n < calls.Count; n++)
        {
            var op = OperatorTable.Get(calls[n].Node.Operator);
            if (!op.IsView) op.Plan(calls[n], new StepPlanner(this, n, calls[n]));
        }

        foreach (int output in _graph.Outputs) BufferOf(output);

        var offsets = new long[_slots.Count];
        var requests = Enumerable.Range(0, _slots.Count).Where(id => _slots[id].External == null)
            .Select(id => new Arena.Request(id, _slots[id].Bytes, _slots[id].First, _slots[id].Last));
        long arena = Arena.Layout(requests, offsets);
        if (arena > GraphChecker.MaxWorkingBytes) throw new GraphException($"the network needs {arena >> 20} MiB of working memory, at most {GraphChecker.MaxWorkingBytes >> 20}");

        var places = new Plan.Place[_slots.Count];
        for (int id = 0; id < places.Length; id++) places[id] = new Plan.Place(_slots[id].External, offsets[id], _slots[id].Bytes, _slots[id].Zeroed);
        return new Plan
        {
            Graph = _graph,
            Steps = _steps,
            Places = places,
            ValueBuffers = [.. _bufferOfValue.Select(id => new BufferRef(id))],
            ArenaBytes = arena,
            ModelMemory = _memory,
            Pins = _pins,
        };
    }

    /// <summary>Gives each computed value a slot; views and operators that may work in place take over their input's.</summary>
    void AssignBuffers(IReadOnlyList<OperatorCall> calls)
    {
        foreach (int input in _graph.Inputs)
            if (_graph.Values[input].Constant is null) _bufferOfValue[input] = AddSlot(_graph.Values[input].Type.ByteLength, 0, Forever);

        int[] lastUse = LastUses(calls);
        for (int n = 0; n < calls.Count; n++)
        {
            var node = calls[n].Node;
            var op = OperatorTable.Get(node.Operator);
            for (int o = 0; o < node.Outputs.Count; o++)
            {
                int value = node.Outputs[o];
                if (value == Node.Absent) continue;
                int shared = o > 0 ? -1 : op.IsView ? BufferOf(node.Inputs[0]).Id : ReusableInput(op, calls[n], n);
                _bufferOfValue[value] = shared >= 0 ? shared : AddSlot(_graph.Values[value].Type.ByteLength, n, n);
                Extend(_bufferOfValue[value], lastUse[value]);
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
            bool large = slot.Bytes >= _graph.Values[call.Node.Outputs[0]].Type.ByteLength;
            if (slot.External == null && slot.Last == n && large && !IsReadElsewhere(call.Node, i)) return _bufferOfValue[value];
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

    /// <summary>The last node that reads each value; <see cref="Forever"/> for outputs. Reads through views count as reads of what is viewed.</summary>
    int[] LastUses(IReadOnlyList<OperatorCall> calls)
    {
        var last = new int[_graph.Values.Count];
        foreach (int output in _graph.Outputs) last[output] = Forever;
        for (int n = calls.Count - 1; n >= 0; n--)
        {
            var node = calls[n].Node;
            int end = n;
            if (OperatorTable.Get(node.Operator).IsView) end = Math.Max(n, last[node.Outputs[0]]);
            for (int i = 0; i < node.Inputs.Count; i++)
                if (node.Inputs[i] != Node.Absent) last[node.Inputs[i]] = Math.Max(last[node.Inputs[i]], i == 0 ? end : n);
        }
        return last;
    }

    int AddSlot(long bytes, int first, int last, byte* external = null, bool zeroed = false)
    {
        _slots.Add(new Slot { External = external, Bytes = bytes, First = first, Last = last, Zeroed = zeroed });
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
            _bufferOfValue[value] = AddSlot(constant.Type.ByteLength, 0, Forever, constant.IsDense ? Pin(constant) : Materialise(constant));
        }
        return new BufferRef(_bufferOfValue[value]);
    }

    byte* Pin(EncodedTensor constant)
    {
        var pin = constant.Part("data").Bytes.Pin();
        _pins.Add(pin);
        return pin.Pointer != null ? (byte*)pin.Pointer : (byte*)NativeBuffer.Alignment;
    }

    /// <summary>For operators that read a constant as plain numbers whatever its encoding.</summary>
    byte* Materialise(EncodedTensor constant)
    {
        byte* memory = AllocateModelMemory(constant.Type.ByteLength);
        WeightEncodings.Read(constant).Materialise(new Span<float>(memory, constant.Type.Count));
        return memory;
    }

    public BufferRef AddScratch(int node, long bytes) => new(AddSlot(bytes, node, node));

    public BufferRef AddPersistent(long bytes) => new(AddSlot(bytes, 0, Forever, zeroed: true));

    public BufferRef AddExternal(byte* pointer, long bytes) => new(AddSlot(bytes, 0, Forever, pointer));

    /// <summary>Addresses of what does not belong to a session.</summary>
    public SessionMemory ModelMemoryOnly() => new([.. _slots.Select(slot => new Plan.Place(slot.External, 0, slot.Bytes, slot.Zeroed))], null);

    public byte* AllocateModelMemory(long bytes)
    {
        var memory = new NativeBuffer(bytes);
        _memory.Add(memory);
        return memory.Pointer;
    }

    public void AddStep(int node, string kernel, delegate*<void*, void> run, int blockBytes, Plan.BlockWriter write, IReadOnlyList<string> uses) =>
        _steps.Add(new Plan.Step(node, kernel, (nint)run, blockBytes, write, uses));

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
