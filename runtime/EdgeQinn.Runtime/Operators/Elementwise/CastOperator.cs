using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>Cast to the element type whose number is <c>to</c>.</summary>
sealed class CastOperator : Operator
{
    public override string Name => "Cast";

    // Narrowing over x is safe: element i of y never lies behind element i of x.
    public override bool MayOverwrite(OperatorCall call, int input) => Target(call).Size() <= call.Input(0).Element.Size();

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        return [call.Input(0) with { Element = Target(call) }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        UnaryStep.Add(planner, planner.Select(CastKernels.Get(x.Element, Target(call))), planner.Input(0), planner.Output(0), x.Count);
    }

    static ElementType Target(OperatorCall call)
    {
        int number = call.Attributes.Int("to");
        var to = (ElementType)number;
        return number is >= 0 and <= byte.MaxValue && to.Size() > 0 ? to : throw call.Fail($"to = {number} is no element type");
    }
}
