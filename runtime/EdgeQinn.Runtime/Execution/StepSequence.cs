namespace EdgeQinn.Runtime.Execution;

/// <summary>A kernel and its argument block.</summary>
public unsafe struct KernelCall
{
    /// <summary>The code.</summary>
    public delegate*<void*, void> Kernel;

    /// <summary>What it is called with.</summary>
    public void* Args;

    /// <summary>Runs <paramref name="count"/> calls in order.</summary>
    public static void RunAll(KernelCall* calls, int count)
    {
        for (KernelCall* end = calls + count; calls != end; calls++) calls->Kernel(calls->Args);
    }
}

/// <summary>Steps run in order: a session's whole plan, or those a kernel such as a recurrence runs itself.</summary>
public sealed unsafe class StepSequence
{
    readonly IReadOnlyList<Plan.Step> _steps;
    readonly BufferRef _memory;

    internal StepSequence(IReadOnlyList<Plan.Step> steps, BufferRef memory) => (_steps, _memory) = (steps, memory);

    /// <summary>The number of steps.</summary>
    public int Count => _steps.Count;

    /// <summary>Their kernels' names, in order.</summary>
    public IEnumerable<string> Kernels => _steps.Select(s => s.Kernel);

    /// <summary>One session's calls; for use in a <see cref="StepWriter{TArgs}"/>.</summary>
    public KernelCall* Calls(SessionMemory memory) => Write(_steps, memory.Pointer<byte>(_memory), memory);

    /// <summary>The bytes that the calls and argument blocks of <paramref name="steps"/> take.</summary>
    internal static long BytesOf(IReadOnlyList<Plan.Step> steps) => steps.Count * (long)sizeof(KernelCall) + steps.Sum(s => Stride(s.BlockBytes));

    /// <summary>Writes the calls at <paramref name="place"/>, their argument blocks after them.</summary>
    internal static KernelCall* Write(IReadOnlyList<Plan.Step> steps, byte* place, SessionMemory memory)
    {
        var calls = (KernelCall*)place;
        byte* block = place + steps.Count * sizeof(KernelCall);
        for (int i = 0; i < steps.Count; i++)
        {
            steps[i].Write(block, memory);
            calls[i] = new KernelCall { Kernel = (delegate*<void*, void>)steps[i].Run, Args = block };
            block += Stride(steps[i].BlockBytes);
        }
        return calls;
    }

    static long Stride(int bytes) => (bytes + 15L) & ~15L;
}
