using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>X repeated to the shape that it and <c>shape</c> broadcast to.</summary>
sealed class ExpandOperator : Operator
{
    public override string Name => "Expand";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0);
        var shape = call.RequireInts("shape");
        if (shape.Any(d => d < 0)) throw call.Fail($"shape [{string.Join(',', shape)}] has a negative dimension");
        return [new TensorType(x.Element, Broadcasting.Shape(call, x.Shape, shape))];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        CopyStep.Add(planner, planner.Input(0), planner.Output(0), x.Element.Size(), Broadcasting.Nest(Infer(call)[0].Shape, x));
    }
}
