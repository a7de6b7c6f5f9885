using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>The same memory under another shape.</summary>
sealed class ReshapeOperator : Operator
{
    public override string Name => "Reshape";

    public override bool IsView => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0);
        var y = new TensorType(x.Element, call.RequireInts("shape"));
        if (y.Shape.Any(d => d < 0) || y.Count != x.Count) throw call.Fail($"shape [{string.Join(',', y.Shape)}] does not hold the {x.Count} elements of {x}");
        return [y];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) => throw new InvalidOperationException("a view has no step");
}
