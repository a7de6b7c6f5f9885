using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Movement;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>A strided copy as a step.</summary>
static unsafe class CopyStep
{
    /// <summary>Copies over <paramref name="nest"/> (operands: source, target), starting at the given elements.</summary>
    public static void Add(StepPlanner planner, BufferRef from, BufferRef to, int elementSize, LoopNest nest, long fromStart = 0, long toStart = 0)
    {
        if (nest.Count == 0) return;
        planner.Step(planner.Select(CopyKernels.Get(elementSize)), (ref CopyArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from) + fromStart * elementSize;
            args.Y = memory.Pointer<byte>(to) + toStart * elementSize;
            args.Nest = nest;
        });
    }

    /// <summary>Copies a whole tensor, unless both are the same memory already.</summary>
    public static void AddWhole(StepPlanner planner, BufferRef from, BufferRef to, TensorType type)
    {
        if (from != to) Add(planner, from, to, type.Element.Size(), LoopNest.Create([type.Count], [1], [1]));
    }
}
