using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Operators.Reduction;

/// <summary>A fold over some axes: one class for all reductions.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="types">What X may be; bool runs as uint8.</param>
/// <param name="family">The kernels for an element type.</param>
sealed class ReduceOperator(string name, TypeSet types, Func<ElementType, KernelFamily<ReduceArgs>> family) : Operator
{
    public static IReadOnlyList<Operator> All { get; } =
    [
        new ReduceOperator("ReduceSum", TypeSet.Numbers, ReduceKernels.Vectorized<Summation>),
        new ReduceOperator("ReduceMean", TypeSet.Numbers, ReduceKernels.Vectorized<Average>),
        new ReduceOperator("ReduceMax", TypeSet.NumbersAndBool, ReduceKernels.Vectorized<Maximum>),
        new ReduceOperator("ReduceMin", TypeSet.NumbersAndBool, ReduceKernels.Vectorized<Minimum>),
        new ReduceOperator("ReduceProd", TypeSet.Numbers, ReduceKernels.Vectorized<Product>),
        new ReduceOperator("ReduceL1", TypeSet.Numbers, ReduceKernels.Vectorized<AbsoluteSum>),
        new ReduceOperator("ReduceL2", TypeSet.Numbers, ReduceKernels.Vectorized<EuclideanNorm>),
        new ReduceOperator("ReduceSumSquare", TypeSet.Numbers, ReduceKernels.Vectorized<SquareSum>),
        new ReduceOperator("ReduceLogSum", TypeSet.Numbers, ReduceKernels.Vectorized<LogSum>),
        new ReduceOperator("ReduceLogSumExp", TypeSet.Numbers, ReduceKernels.Get<LogSumExp>),
    ];

    public override string Name => name;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, types);
        var axes = call.Axes("axes", x.Rank);
        bool keep = call.Flag("keepdims", true);
        var shape = new List<int>();
        for (int axis = 0; axis < x.Rank; axis++)
            if (!axes.Contains(axis)) shape.Add(x.Shape[axis]);
            else if (keep) shape.Add(1);
        return [x with { Shape = [.. shape] }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        ReduceStep.Add(planner, family(x.Element == ElementType.Bool ? ElementType.UInt8 : x.Element), x, call.Axes("axes", x.Rank), planner.Input(0), planner.Output(0));
    }
}
