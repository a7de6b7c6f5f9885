using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Movement;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>Rows of X along an axis, picked by indices.</summary>
sealed unsafe class GatherOperator : Operator
{
    public override string Name => "Gather";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 2);
        TensorType x = call.Input(0), indices = call.Input(1, TypeSet.Indices);
        int axis = call.AxisOr(0, x.Rank);
        IndexConstants.Check(call, 1, x.Shape[axis], $"axis {axis} of {x}");
        return [x with { Shape = [.. x.Shape.AsSpan()[..axis], .. indices.Shape, .. x.Shape.AsSpan()[(axis + 1)..]] }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        TensorType x = call.Input(0), indices = call.Input(1);
        int axis = call.AxisOr(0, x.Rank);
        var (outer, extent, inner) = AxisSplit.At(x, axis);
        long count = indices.Count;
        if (count == 1 && IndexConstants.Values(call, 1) is [var only])
        {
            // One known index is a plain slice.
            long start = (only < 0 ? only + extent : only) * inner;
            var nest = LoopNest.Create([(int)outer, (int)inner], [extent * inner, 1], [inner, 1]);
            CopyStep.Add(planner, planner.Input(0), planner.Output(0), x.Element.Size(), nest, fromStart: start);
            return;
        }
        BufferRef from = planner.Input(0), index = planner.Input(1), to = planner.Output(0);
        planner.Step(planner.Select(GatherKernels.Get(x.Element.Size(), indices.Element == ElementType.Int64)), (ref GatherArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Indices = memory.Pointer<byte>(index);
            args.Y = memory.Pointer<byte>(to);
            (args.Outer, args.Axis, args.Inner, args.Count) = (outer, extent, inner, count);
        });
    }
}
