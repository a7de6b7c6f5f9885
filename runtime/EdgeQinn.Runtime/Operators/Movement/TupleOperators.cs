using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Movement;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>Slices of X named by index tuples, after <c>batch_dims</c> axes that X and indices share.</summary>
sealed class GatherNdOperator : Operator
{
    public override string Name => "GatherND";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 2);
        TensorType x = call.Input(0), indices = call.Input(1, TypeSet.Indices);
        int batch = call.Attributes.Int("batch_dims");
        if (batch < 0 || batch >= Math.Min(x.Rank, indices.Rank)) throw call.Fail($"batch_dims {batch} does not fit {x} and {indices}");
        if (!x.Shape.AsSpan()[..batch].SequenceEqual(indices.Shape.AsSpan()[..batch])) throw call.Fail($"{x} and {indices} differ in their first {batch} axes");
        int depth = Tuples.Depth(call, x, indices, batch);
        return [x with { Shape = [.. indices.Shape.AsSpan()[..^1], .. x.Shape.AsSpan()[(batch + depth)..]] }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) =>
        Tuples.AddStep(call, planner, TupleKernels.Gather(call.Input(0).Element.Size()), call.Attributes.Int("batch_dims"), planner.Input(0), planner.Output(0));
}

/// <summary>X with the slices that index tuples name replaced by or joined with updates.</summary>
sealed class ScatterNdOperator : Operator
{
    public override string Name => "ScatterND";

    public override bool MayOverwrite(OperatorCall call, int input) => input == 0;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(3, 3);
        TensorType x = call.Input(0), indices = call.Input(1, TypeSet.Indices), updates = call.Input(2, x.Element);
        if (indices.Rank == 0) throw call.Fail($"indices {indices} must have a rank of at least 1");
        int depth = Tuples.Depth(call, x, indices, 0);
        ImmutableArray<int> expected = [.. indices.Shape.AsSpan()[..^1], .. x.Shape.AsSpan()[depth..]];
        if (!updates.Shape.AsSpan().SequenceEqual(expected.AsSpan())) throw call.Fail($"updates are {updates}, expected shape [{string.Join(',', expected)}]");
        Family(call);
        return [x];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) =>
        Widening.Plan(call, planner, call.Attributes.Text("reduction", "none") == "none" ? type => type : Widening.Numbers, Infer, PlanScatter);

    static void PlanScatter(OperatorCall call, StepPlanner planner)
    {
        CopyStep.AddWhole(planner, planner.Input(0), planner.Output(0), call.Input(0));
        Tuples.AddStep(call, planner, Family(call), 0, planner.Output(0), planner.Input(2));
    }

    static KernelFamily<TupleArgs> Family(OperatorCall call)
    {
        string reduction = call.Choice("reduction", "none", "add", "mul", "min", "max");
        if (reduction == "none") return TupleKernels.Scatter(call.Input(0).Element.Size());
        var type = Widening.Numbers(call.Input(0, TypeSet.Numbers).Element);
        return reduction switch
        {
            "add" => TupleKernels.ScatterJoin<JoinAdd>(type),
            "mul" => TupleKernels.ScatterJoin<JoinMultiply>(type),
            "min" => TupleKernels.ScatterJoin<JoinMin>(type),
            _ => TupleKernels.ScatterJoin<JoinMax>(type),
        };
    }
}

static unsafe class Tuples
{
    /// <summary>The length of a tuple, which names that many axes of x after the batch axes.</summary>
    public static int Depth(OperatorCall call, TensorType x, TensorType indices, int batch)
    {
        int depth = indices.Shape[^1];
        if (depth < 1 || batch + depth > x.Rank) throw call.Fail($"index tuples of {depth} do not fit {x}");
        if (IndexConstants.Values(call, 1) is { } known)
            for (int i = 0; i < known.Length; i++)
                if (known[i] < -x.Shape[batch + i % depth] || known[i] >= x.Shape[batch + i % depth])
                    throw call.Fail($"index {known[i]} lies outside axis {batch + i % depth} of {x}");
        return depth;
    }

    public static void AddStep(OperatorCall call, StepPlanner planner, KernelFamily<TupleArgs> family, int batch, BufferRef x, BufferRef y)
    {
        TensorType type = call.Input(0), indexType = call.Input(1);
        int depth = indexType.Shape[^1];
        long[] strides = LoopNest.RowMajor(type.Shape.AsSpan());
        var shape = type.Shape;
        long batches = AxisSplit.Product(shape.AsSpan()[..batch]), batchStride = AxisSplit.Product(shape.AsSpan()[batch..]);
        long count = AxisSplit.Product(indexType.Shape.AsSpan()[batch..^1]), inner = AxisSplit.Product(shape.AsSpan()[(batch + depth)..]);
        var indices = CastSteps.As(call, planner, 1, ElementType.Int64);
        planner.Step(planner.Select(family), (ref TupleArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(x);
            args.Y = memory.Pointer<byte>(y);
            args.Indices = memory.Pointer<long>(indices);
            (args.Batches, args.BatchStride, args.Count, args.Inner, args.Depth) = (batches, batchStride, count, inner, depth);
            for (int d = 0; d < depth; d++) (args.Extents[d], args.Strides[d]) = (shape[batch + d], strides[batch + d]);
        });
    }
}
