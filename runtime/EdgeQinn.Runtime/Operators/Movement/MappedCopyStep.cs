using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Movement;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>A copy in which each axis looks its source position up, as a step.</summary>
static unsafe class MappedCopyStep
{
    /// <summary>y[i₀, …] = x[map(0, i₀), …]; a map gives a position along x's axis, or a negative number for <paramref name="fill"/> (null: zero).</summary>
    public static void Add(StepPlanner planner, BufferRef from, TensorType x, BufferRef to, TensorType y, Func<int, int, int> map, BufferRef? fill = null)
    {
        long[] strides = LoopNest.RowMajor(x.Shape.AsSpan());
        var tables = new List<long>();
        for (int axis = 0; axis < y.Rank; axis++)
            for (int i = 0; i < y.Shape[axis]; i++)
                tables.Add(map(axis, i) is var position && position < 0 ? -1 : position * strides[axis]);
        if (y.Rank == 0) tables.Add(0);
        var table = planner.Table<long>(tables.ToArray());
        int[] shape = y.Rank == 0 ? [1] : [.. y.Shape];
        planner.Step(planner.Select(MappedCopyKernels.Get(x.Element.Size())), (ref MappedCopyArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            args.Fill = fill is { } value ? memory.Pointer<byte>(value) : null;
            args.Maps = memory.Pointer<long>(table);
            args.Rank = shape.Length;
            for (int axis = 0; axis < shape.Length; axis++) args.Shape[axis] = shape[axis];
        });
    }
}
