using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>The inputs joined along one axis: a copy for each.</summary>
sealed class ConcatOperator : Operator
{
    public override string Name => "Concat";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, int.MaxValue);
        var first = call.Input(0);
        int axis = call.Axis(call.RequireInt("axis"), first.Rank);
        int[] shape = [.. first.Shape];
        for (int i = 1; i < call.InputCount; i++)
        {
            var x = call.Input(i, first.Element);
            if (x.Rank != first.Rank) throw call.Fail($"inputs {first} and {x} differ in rank");
            for (int a = 0; a < shape.Length; a++)
                if (a != axis && x.Shape[a] != shape[a]) throw call.Fail($"inputs {first} and {x} differ outside axis {axis}");
            shape[axis] = checked(shape[axis] + x.Shape[axis]);
        }
        return [new TensorType(first.Element, shape)];
    }

    public override OperatorCall? Stack(BatchedCall batch) =>
        Enumerable.Range(0, batch.Item.InputCount).All(batch.Varies) ? batch.StackAlongAxis(0) : null;

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var y = Infer(call)[0];
        int axis = call.Axis(call.RequireInt("axis"), y.Rank);
        long[] strides = LoopNest.RowMajor(y.Shape.AsSpan());
        long start = 0;
        for (int i = 0; i < call.InputCount; i++)
        {
            var x = call.Input(i);
            var nest = LoopNest.Create(x.Shape.AsSpan(), LoopNest.RowMajor(x.Shape.AsSpan()), strides);
            CopyStep.Add(planner, planner.Input(i), planner.Output(0), y.Element.Size(), nest, toStart: start);
            start += x.Shape[axis] * strides[axis];
        }
    }
}
