using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Elementwise;
using EdgeQinn.Runtime.Operators.Movement;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>Min, Max, Sum and Mean of one or more inputs with broadcasting, as a chain of binary steps.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="types">What the inputs may be; all are of one type.</param>
/// <param name="family">The kernels that join two.</param>
/// <param name="mean">Whether the result is divided by the number of inputs.</param>
sealed class VariadicOperator(string name, TypeSet types, Func<ElementType, KernelFamily<BinaryArgs>> family, bool mean = false) : Operator
{
    public static IReadOnlyList<Operator> All { get; } =
    [
        new VariadicOperator("Min", TypeSet.Numbers, BinaryKernels.Vectorized<Min>),
        new VariadicOperator("Max", TypeSet.Numbers, BinaryKernels.Vectorized<Max>),
        new VariadicOperator("Sum", TypeSet.Numbers, BinaryKernels.Vectorized<Add>),
        new VariadicOperator("Mean", TypeSet.Floats, BinaryKernels.Vectorized<Add>, mean: true),
    ];

    public override string Name => name;

    // The first step writes the output while the third input and those after it are still to be read.
    public override bool MayOverwrite(OperatorCall call, int input) => call.InputCount <= 2 && Broadcasting.Fits(call, input);

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, int.MaxValue);
        var type = call.Input(0, types).Element;
        for (int i = 1; i < call.InputCount; i++) call.Input(i, type);
        return [new TensorType(type, Broadcasting.Shape(call))];
    }

    public override OperatorCall? Stack(BatchedCall batch) => batch.StackBroadcast();

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var y = new TensorType(call.Input(0).Element, Broadcasting.Shape(call));
        var output = planner.Output(0);
        if (call.InputCount == 1)
        {
            CopyStep.Add(planner, planner.Input(0), output, y.Element.Size(), Broadcasting.Nest(y.Shape, call.Input(0)));
            return;
        }
        var join = family(y.Element);
        BinaryStep.Add(planner, join, planner.Input(0), planner.Input(1), output, Broadcasting.Nest(y.Shape, call.Input(0), call.Input(1)));
        for (int i = 2; i < call.InputCount; i++)
            BinaryStep.Add(planner, join, output, planner.Input(i), output, Broadcasting.Nest(y.Shape, y, call.Input(i)));
        if (mean) UnaryStep.Add(planner, planner.Select(UnaryKernels.FloatLanes<Quotient>(y.Element)), output, output, y.Count, call.InputCount);
    }
}
