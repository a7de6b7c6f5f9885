using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>y = f(x), element by element: one class for all, <see cref="UnaryOperators"/> lists them.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="types">What x may be.</param>
/// <param name="family">The kernels for a call's element type.</param>
/// <param name="parameters">α and β, from the call's attributes.</param>
/// <param name="truth">Whether the result is bool rather than x's type.</param>
sealed class UnaryOperator(
    string name, TypeSet types, Func<OperatorCall, ElementType, KernelFamily<UnaryArgs>> family,
    Func<OperatorCall, (float Alpha, float Beta)>? parameters = null, bool truth = false) : Operator
{
    public override string Name => name;

    public override bool MayOverwrite(OperatorCall call, int input) => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, types);
        family(call, Widening.Numbers(x.Element));
        parameters?.Invoke(call);
        return [truth ? x with { Element = ElementType.Bool } : x];
    }

    public override OperatorCall? Stack(BatchedCall batch) => batch.Stack();

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var (alpha, beta) = parameters?.Invoke(call) ?? default;
        UnaryStep.Add(planner, planner.Select(family(call, call.Input(0).Element)), planner.Input(0), planner.Output(0), call.Input(0).Count, alpha, beta);
    }
}
