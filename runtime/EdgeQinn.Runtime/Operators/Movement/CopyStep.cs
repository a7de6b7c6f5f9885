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
        (int larger, fromStart, toStart) = LargerElements(nest, elementSize, fromStart, toStart);
        nest = nest.OverLarger(larger);
        elementSize *= larger;
        for (int axis = 0; axis < nest.Rank - 2; axis++)
            if (nest.Stride(0, axis) == 1) nest = nest.WithNextToInner(axis);
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

    /// <summary>How many neighbours always travel together and fit one element of at most 8 bytes; starts in such elements.</summary>
    static (int Factor, long From, long To) LargerElements(LoopNest nest, int elementSize, long fromStart, long toStart)
    {
        int inner = nest.Rank - 1;
        if (nest.Stride(0, inner) != 1 || nest.Stride(1, inner) != 1) return (1, fromStart, toStart);
        int factor = 1;
        while (factor * 2 * elementSize <= sizeof(ulong) && Divides(factor * 2)) factor *= 2;
        // Long runs are copied whole anyway.
        return nest.Inner > 4 * factor ? (1, fromStart, toStart) : (factor, fromStart / factor, toStart / factor);

        bool Divides(int f)
        {
            if (nest.Inner % f != 0 || fromStart % f != 0 || toStart % f != 0) return false;
            for (int axis = 0; axis < inner; axis++)
                if (nest.Stride(0, axis) % f != 0 || nest.Stride(1, axis) % f != 0) return false;
            return true;
        }
    }
}
