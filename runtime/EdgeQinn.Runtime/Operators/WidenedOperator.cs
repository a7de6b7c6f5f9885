using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>An operator with <see cref="Widening"/> around it.</summary>
sealed class WidenedOperator(Operator inner, Func<ElementType, ElementType> widen) : Operator
{
    /// <summary>Operators on all number types.</summary>
    public static IEnumerable<Operator> Numbers(params IEnumerable<Operator> operators) => operators.Select(op => new WidenedOperator(op, Widening.Numbers));

    /// <summary>Operators on floating point.</summary>
    public static IEnumerable<Operator> Floats(params IEnumerable<Operator> operators) => operators.Select(op => new WidenedOperator(op, Widening.Floats));

    public override string Name => inner.Name;

    public override bool RequiresFirstOutput => inner.RequiresFirstOutput;

    public override bool MayOverwrite(OperatorCall call, int input) => inner.MayOverwrite(call, input);

    public override ImmutableArray<TensorType> Infer(OperatorCall call) => inner.Infer(call);

    public override OperatorCall? Stack(BatchedCall batch) => inner.Stack(batch);

    public override void Plan(OperatorCall call, StepPlanner planner) => Widening.Plan(call, planner, widen, inner.Infer, inner.Plan);
}
