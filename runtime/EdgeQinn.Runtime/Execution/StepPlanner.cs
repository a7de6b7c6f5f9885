using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Execution;

/// <summary>A place in memory that a step reads or writes: an arena slot of the session, or memory of the model. Resolved by <see cref="SessionMemory"/>.</summary>
public readonly record struct BufferRef(int Id, long Offset = 0)
{
    /// <summary>The place <paramref name="bytes"/> further on.</summary>
    public BufferRef Plus(long bytes) => this with { Offset = Offset + bytes };
}

/// <summary>Fills in a step's argument block for one session.</summary>
public delegate void StepWriter<TArgs>(ref TArgs args, SessionMemory memory) where TArgs : unmanaged;

/// <summary>What an operator plans its steps with.</summary>
public sealed unsafe class StepPlanner
{
    readonly PlanBuilder _builder;
    readonly int _node;
    readonly OperatorCall _call;
    readonly IReadOnlyList<BufferRef?> _inputs = [], _outputs = [];

    internal StepPlanner(PlanBuilder builder, int node, OperatorCall call) => (_builder, _node, _call) = (builder, node, call);

    StepPlanner(StepPlanner whole, OperatorCall part, IReadOnlyList<BufferRef?> inputs, IReadOnlyList<BufferRef?> outputs) : this(whole._builder, whole._node, part) =>
        (_inputs, _outputs) = (inputs, outputs);

    /// <summary>Where input <paramref name="i"/> lies. Constants must be dense.</summary>
    public BufferRef Input(int i) => i < _inputs.Count && _inputs[i] is { } given ? given : _builder.BufferOf(_call.Node.Inputs[i]);

    /// <summary>Where output <paramref name="i"/> goes.</summary>
    public BufferRef Output(int i) => i < _outputs.Count && _outputs[i] is { } given ? given : _builder.BufferOf(_call.Node.Outputs[i]);

    /// <summary>A planner for <paramref name="part"/>, a call that computes a stage of this one from <paramref name="input"/> to <paramref name="output"/>.</summary>
    public StepPlanner Part(OperatorCall part, BufferRef input, BufferRef output) => new(this, part, [input], [output]);

    /// <summary>A planner for <paramref name="part"/> that takes the inputs and outputs given (null: this call's own) instead.</summary>
    public StepPlanner Part(OperatorCall part, IReadOnlyList<BufferRef?> inputs, IReadOnlyList<BufferRef?> outputs) => new(this, part, inputs, outputs);

    /// <summary>Session memory that is this node's own while its steps run; contents undefined before.</summary>
    public BufferRef Scratch(long bytes) => _builder.AddScratch(_node, bytes);

    /// <summary>Session memory that outlives the run, zeroed when the session starts: recurrent state, padding that is written once.</summary>
    public BufferRef Persistent(long bytes) => _builder.AddPersistent(bytes);

    /// <summary>Session memory that outlives the run and is the stream's state: zeroed when the stream starts, copied and saved with the session.</summary>
    public BufferRef State(long bytes) => _builder.AddState(bytes);

    /// <summary>The number of runs since the stream started, int64.</summary>
    public BufferRef Clock() => _builder.Clock();

    /// <summary>Model memory, zeroed, shared by all sessions: packed weights, tables. Fill it now.</summary>
    public T* Allocate<T>(long count) where T : unmanaged => (T*)_builder.AllocateModelMemory(checked(count * sizeof(T)));

    /// <summary>A copy of <paramref name="data"/> in model memory, shared by all sessions.</summary>
    public BufferRef Table<T>(ReadOnlySpan<T> data) where T : unmanaged
    {
        T* copy = Allocate<T>(data.Length);
        data.CopyTo(new Span<T>(copy, data.Length));
        return _builder.AddExternal((byte*)copy, data.Length * (long)sizeof(T));
    }

    /// <summary>Makes memory that outlives the model's sessions (as <see cref="Allocate"/> gives) usable as a buffer.</summary>
    public BufferRef Place<T>(T* memory, long count) where T : unmanaged => _builder.AddExternal((byte*)memory, count * sizeof(T));

    /// <summary>Zeroed model memory for what <see cref="Once"/> computes.</summary>
    public BufferRef ModelBuffer(long bytes) => _builder.AddExternal(Allocate<byte>(bytes), bytes);

    /// <summary>Whether input <paramref name="i"/> is known now, so that work on it can be done <see cref="Once"/>.</summary>
    public bool IsConstant(int i) => _call.Constant(i) is not null;

    /// <summary>Runs a kernel now, once for the model, over constants and model memory; as a step, were they not constant.</summary>
    public void Once<TArgs>(Kernel<TArgs> kernel, StepWriter<TArgs> write) where TArgs : unmanaged
    {
        TArgs args = default;
        write(ref args, _builder.ModelMemoryOnly());
        kernel.Run(&args);
    }

    /// <summary>The best kernel of <paramref name="family"/> that this model may use.</summary>
    public Kernel<TArgs> Select<TArgs>(KernelFamily<TArgs> family) where TArgs : unmanaged => family.Select(_builder.Allowed);

    /// <summary>The kernels of <paramref name="family"/> that this model may use, widest first, for operators that choose by size.</summary>
    public IReadOnlyList<Kernel<TArgs>> Candidates<TArgs>(KernelFamily<TArgs> family) where TArgs : unmanaged => family.Candidates(_builder.Allowed);

    /// <summary>Appends a step. <paramref name="write"/> runs once per session; the kernel then runs with the block it filled in.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="write">Fills in its argument block.</param>
    /// <param name="uses">Names of the kernels that this one calls in turn, for reports and the self-test.</param>
    public void Step<TArgs>(Kernel<TArgs> kernel, StepWriter<TArgs> write, params IReadOnlyList<string> uses) where TArgs : unmanaged =>
        _builder.AddStep(_node, kernel.Name, (delegate*<void*, void>)kernel.Run, sizeof(TArgs),
            (block, memory) => write(ref *(TArgs*)block, memory), uses);

    /// <summary>Tells reports that a weight stored as <paramref name="encoding"/> runs as the dense matrix it stands for, because that is faster or nothing else is there.</summary>
    public void NoteDense(string encoding) => _builder.NoteDense(_node, encoding);

    /// <summary>Collects the steps that <paramref name="plan"/> appends, for a kernel that runs them itself as often as it likes.</summary>
    public StepSequence Sequence(Action plan) => _builder.AddSequence(plan);
}
