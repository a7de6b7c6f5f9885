using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Movement;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>y[p] = x[…, indices[p], …] along an axis.</summary>
sealed class GatherElementsOperator : Operator
{
    public override string Name => "GatherElements";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 2);
        return [call.Input(0) with { Shape = Elements.Check(call).Shape }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) =>
        Elements.AddStep(call, planner, IndexedKernels.Gather(call.Input(0).Element.Size()), planner.Input(0), planner.Output(0));
}

/// <summary>X with X[…, indices[p], …] replaced by or joined with updates[p].</summary>
sealed class ScatterElementsOperator : Operator
{
    public override string Name => "ScatterElements";

    public override bool MayOverwrite(OperatorCall call, int input) => input == 0;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(3, 3);
        var indices = Elements.Check(call);
        var updates = call.Input(2, call.Input(0).Element);
        if (!updates.Shape.AsSpan().SequenceEqual(indices.Shape.AsSpan())) throw call.Fail($"updates {updates} and indices {indices} differ in shape");
        Family(call);
        return [call.Input(0)];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) =>
        Widening.Plan(call, planner, call.Attributes.Text("reduction", "none") == "none" ? type => type : Widening.Numbers, Infer, PlanScatter);

    static void PlanScatter(OperatorCall call, StepPlanner planner)
    {
        CopyStep.AddWhole(planner, planner.Input(0), planner.Output(0), call.Input(0));
        Elements.AddStep(call, planner, Family(call), planner.Output(0), planner.Input(2));
    }

    static KernelFamily<IndexedArgs> Family(OperatorCall call)
    {
        string reduction = call.Choice("reduction", "none", "add", "mul", "min", "max");
        if (reduction == "none") return IndexedKernels.Scatter(call.Input(0).Element.Size());
        var type = Widening.Numbers(call.Input(0, TypeSet.Numbers).Element);
        return reduction switch
        {
            "add" => IndexedKernels.ScatterJoin<JoinAdd>(type),
            "mul" => IndexedKernels.ScatterJoin<JoinMultiply>(type),
            "min" => IndexedKernels.ScatterJoin<JoinMin>(type),
            _ => IndexedKernels.ScatterJoin<JoinMax>(type),
        };
    }
}

/// <summary>What the two share: X and indices of one rank, indices no larger than X outside the axis.</summary>
static unsafe class Elements
{
    public static TensorType Check(OperatorCall call)
    {
        TensorType x = call.Input(0), indices = call.Input(1, TypeSet.Indices);
        int axis = call.AxisOr(0, x.Rank);
        if (indices.Rank != x.Rank) throw call.Fail($"indices {indices} and {x} differ in rank");
        for (int a = 0; a < x.Rank; a++)
            if (a != axis && indices.Shape[a] > x.Shape[a]) throw call.Fail($"indices {indices} are larger than {x} along axis {a}");
        IndexConstants.Check(call, 1, x.Shape[axis], $"axis {axis} of {x}");
        return indices;
    }

    /// <summary>A step over <paramref name="x"/>, which has the shape of input 0, and <paramref name="y"/>, which has that of the indices.</summary>
    public static void AddStep(OperatorCall call, StepPlanner planner, KernelFamily<IndexedArgs> family, BufferRef x, BufferRef y)
    {
        var shape = call.Input(0).Shape;
        int axis = call.AxisOr(0, shape.Length);
        long[] strides = LoopNest.RowMajor(shape.AsSpan());
        long axisStride = strides[axis], extent = shape[axis];
        strides[axis] = 0;
        int[] over = [.. call.Input(1).Shape];
        var nest = LoopNest.Create(over, strides, LoopNest.RowMajor(over));
        var indices = CastSteps.As(call, planner, 1, ElementType.Int64);
        planner.Step(planner.Select(family), (ref IndexedArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(x);
            args.Y = memory.Pointer<byte>(y);
            args.Indices = memory.Pointer<long>(indices);
            (args.Axis, args.AxisStride, args.Nest) = (extent, axisStride, nest);
        });
    }
}
