using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>X repeated along each axis.</summary>
sealed class TileOperator : Operator
{
    public override string Name => "Tile";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0);
        var repeats = call.RequireInts("repeats", x.Rank);
        if (repeats.Any(r => r < 0)) throw call.Fail($"repeats [{string.Join(',', repeats)}] has a negative entry");
        return [x with { Shape = [.. x.Shape.Select((d, axis) => checked(d * repeats[axis]))] }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        TensorType x = call.Input(0), y = Infer(call)[0];
        MappedCopyStep.Add(planner, planner.Input(0), x, planner.Output(0), y, (axis, i) => i % x.Shape[axis]);
    }
}
