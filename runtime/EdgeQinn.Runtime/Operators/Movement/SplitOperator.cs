using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>The input cut along one axis: a copy for each part that is wanted.</summary>
sealed class SplitOperator : Operator
{
    public override string Name => "Split";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0);
        int axis = call.Axis(call.RequireInt("axis"), x.Rank);
        var sizes = call.RequireInts("split");
        if (sizes.Any(s => s < 0) || sizes.Sum(s => (long)s) != x.Shape[axis])
            throw call.Fail($"split [{string.Join(',', sizes)}] does not add up to axis {axis} of {x}");
        return [.. sizes.Select(size => new TensorType(x.Element, x.Shape.SetItem(axis, size)))];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        int axis = call.Axis(call.RequireInt("axis"), x.Rank);
        long[] strides = LoopNest.RowMajor(x.Shape.AsSpan());
        long start = 0;
        var parts = Infer(call);
        for (int i = 0; i < parts.Length; i++)
        {
            var nest = LoopNest.Create(parts[i].Shape.AsSpan(), strides, LoopNest.RowMajor(parts[i].Shape.AsSpan()));
            if (call.Wants(i)) CopyStep.Add(planner, planner.Input(0), planner.Output(i), x.Element.Size(), nest, fromStart: start);
            start += parts[i].Shape[axis] * strides[axis];
        }
    }
}
