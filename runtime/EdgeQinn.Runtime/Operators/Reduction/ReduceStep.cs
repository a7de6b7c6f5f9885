using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Operators.Reduction;

/// <summary>A fold over some axes as a step.</summary>
static unsafe class ReduceStep
{
    public static void Add(StepPlanner planner, KernelFamily<ReduceArgs> family, TensorType x, ImmutableArray<int> axes, BufferRef from, BufferRef to)
    {
        int[] kept = [.. Enumerable.Range(0, x.Rank).Except(axes)];
        int[] keptShape = [.. kept.Select(a => x.Shape[a])], reducedShape = [.. axes.Select(a => x.Shape[a])];
        long[] strides = LoopNest.RowMajor(x.Shape.AsSpan());
        var keptNest = LoopNest.Create(keptShape, [.. kept.Select(a => strides[a])], LoopNest.RowMajor(keptShape));
        var reducedNest = LoopNest.Create(reducedShape, [[.. axes.Select(a => strides[a])]]);
        planner.Step(planner.Select(family), (ref ReduceArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            (args.Kept, args.Reduced) = (keptNest, reducedNest);
        });
    }
}
