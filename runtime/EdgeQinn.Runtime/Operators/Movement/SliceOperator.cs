using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>y[i] = x[starts + i · steps], axis by axis.</summary>
sealed class SliceOperator : Operator
{
    public override string Name => "Slice";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0);
        ImmutableArray<int> starts = call.RequireInts("starts", x.Rank), steps = call.RequireInts("steps", x.Rank), shape = call.RequireInts("shape", x.Rank);
        for (int axis = 0; axis < x.Rank; axis++)
        {
            if (shape[axis] < 0) throw call.Fail($"shape has dimension {shape[axis]}");
            if (steps[axis] == 0) throw call.Fail($"step of axis {axis} is 0");
            long last = starts[axis] + (shape[axis] - 1L) * steps[axis];
            if (shape[axis] > 0 && (starts[axis] < 0 || starts[axis] >= x.Shape[axis] || last < 0 || last >= x.Shape[axis]))
                throw call.Fail($"axis {axis}: elements {starts[axis]} to {last} lie outside {x}");
        }
        return [new TensorType(x.Element, shape)];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        ImmutableArray<int> starts = call.RequireInts("starts"), steps = call.RequireInts("steps"), shape = call.RequireInts("shape");
        long[] strides = LoopNest.RowMajor(x.Shape.AsSpan());
        long start = 0;
        for (int axis = 0; axis < x.Rank; axis++)
        {
            start += starts[axis] * strides[axis];
            strides[axis] *= steps[axis];
        }
        var nest = LoopNest.Create(shape.AsSpan(), strides, LoopNest.RowMajor(shape.AsSpan()));
        CopyStep.Add(planner, planner.Input(0), planner.Output(0), x.Element.Size(), nest, fromStart: start);
    }
}
