using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Execution;

/// <summary>
/// One stream's working memory over a model's shared weights. Write the inputs' spans, call <see cref="Run"/>, read the outputs' spans;
/// nothing is allocated, locked or thrown on the way. Not thread-safe; sessions are independent of each other.
/// </summary>
public sealed unsafe class Session : IDisposable
{
    readonly NativeBuffer _arena, _blocks;
    readonly KernelCall* _calls;
    readonly long* _clock;
    readonly int _count;

    internal Session(Model model, Plan plan)
    {
        (Model, Plan) = (model, plan);
        _arena = new NativeBuffer(plan.ArenaBytes);
        _count = plan.Steps.Count;
        _blocks = new NativeBuffer(StepSequence.BytesOf(plan.Steps));
        var memory = new SessionMemory(plan, _arena.Pointer);
        _calls = StepSequence.Write(plan.Steps, _blocks.Pointer, memory);
        if (plan.ClockPlace is { } clock) _clock = memory.Pointer<long>(clock);
        Inputs = [.. model.Graph.Inputs.Select(v => View(v, memory, plan.Batch))];
        Outputs = [.. model.Graph.Outputs.Select(v => View(v, memory, plan.Batch))];
    }

    /// <summary>The model this session runs.</summary>
    public Model Model { get; }

    /// <summary>The independent inputs that one run takes, each of the shapes the model tells.</summary>
    public int Batch => Plan.Batch;

    internal Plan Plan { get; }

    /// <summary>The input tensors, in the model's order; write them before <see cref="Run"/>.</summary>
    public IReadOnlyList<Tensor> Inputs { get; }

    /// <summary>The output tensors, in the model's order; valid after <see cref="Run"/> until the next.</summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>Bytes of working memory.</summary>
    public long WorkingBytes => _arena.Length + _blocks.Length;

    internal bool IsDisposed => _arena.Pointer == null;

    /// <summary>The input called <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Tensor Input(string name) => Find(Inputs, name, "input");

    /// <summary>The output called <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Tensor Output(string name) => Find(Outputs, name, "output");

    /// <summary>Runs the network once, on all items of the batch.</summary>
    public void Run()
    {
        ObjectDisposedException.ThrowIf(_arena.Pointer == null, this);
        KernelCall.RunAll(_calls, _count);
        if (_clock != null) ++*_clock;
    }

    /// <summary>The part of the memory that later runs read what earlier ones wrote in; none for networks without streaming operators.</summary>
    internal int StateCount => Plan.State.Count;

    /// <summary>One piece of that memory.</summary>
    internal Span<byte> State(int i)
    {
        var place = Plan.State[i];
        return new Span<byte>(new SessionMemory(Plan, _arena.Pointer).Pointer<byte>(place), checked((int)Plan.Places[place.Id].Bytes));
    }

    /// <summary>Sets the count of runs that streaming operators go by, where the network has any.</summary>
    internal long Clock
    {
        set
        {
            if (_clock != null) *_clock = value;
        }
    }

    /// <summary>Runs step <paramref name="step"/> alone; for profilers, which time steps one by one.</summary>
    internal void RunStep(int step) => _calls[step].Kernel(_calls[step].Args);

    /// <summary>The first step's kernel and argument block; for measuring what running it in a plan adds.</summary>
    internal KernelCall FirstCall => _calls[0];

    /// <summary>
    /// The memory of any value that has some, for comparing layer by layer; later steps may have overwritten it. What a batch works out item by item
    /// may have room for one item only.
    /// </summary>
    internal Tensor? Peek(int value) =>
        Plan.ValueBuffers[value] is { Id: >= 0 } buffer ? View(value, new SessionMemory(Plan, _arena.Pointer), Plan.Places[buffer.Id].Stride > 0 ? Batch : 1) : null;

    /// <summary>Frees the working memory.</summary>
    public void Dispose()
    {
        _arena.Dispose();
        _blocks.Dispose();
    }

    Tensor View(int value, SessionMemory memory, int batch) =>
        new(this, Model.Graph.Values[value], memory.Pointer<byte>(Plan.ValueBuffers[value]), batch);

    static Tensor Find(IReadOnlyList<Tensor> tensors, string name, string what)
    {
        foreach (var tensor in tensors)
            if (tensor.Name == name) return tensor;
        throw new ArgumentException($"the model has no {what} '{name}'; it has {string.Join(", ", tensors.Select(t => $"'{t.Name}'"))}");
    }
}
