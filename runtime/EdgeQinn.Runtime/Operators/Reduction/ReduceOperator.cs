using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Elementwise;
using EdgeQinn.Runtime.Kernels.Movement;
using EdgeQinn.Runtime.Kernels.Reduction;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Reduction;

/// <summary>A fold over some axes: one class for all reductions.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="types">What X may be.</param>
/// <param name="family">The kernels for an element type.</param>
/// <param name="nothing">The result over no element; cut to what the type holds.</param>
sealed unsafe class ReduceOperator(string name, TypeSet types, Func<ElementType, KernelFamily<ReduceArgs>> family, double nothing) : Operator
{
    public static IReadOnlyList<Operator> All { get; } =
    [
        new ReduceOperator("ReduceSum", TypeSet.Numbers, ReduceKernels.Vectorized<Summation>, 0),
        new ReduceOperator("ReduceMean", TypeSet.Numbers, ReduceKernels.Vectorized<Average>, double.NaN),
        new ReduceOperator("ReduceMax", TypeSet.NumbersAndBool, ReduceKernels.Vectorized<Maximum>, double.NegativeInfinity),
        new ReduceOperator("ReduceMin", TypeSet.NumbersAndBool, ReduceKernels.Vectorized<Minimum>, double.PositiveInfinity),
        new ReduceOperator("ReduceProd", TypeSet.Numbers, ReduceKernels.Vectorized<Product>, 1),
        new ReduceOperator("ReduceL1", TypeSet.Numbers, ReduceKernels.Vectorized<AbsoluteSum>, 0),
        new ReduceOperator("ReduceL2", TypeSet.Numbers, ReduceKernels.Vectorized<EuclideanNorm>, 0),
        new ReduceOperator("ReduceSumSquare", TypeSet.Numbers, ReduceKernels.Vectorized<SquareSum>, 0),
        new ReduceOperator("ReduceLogSum", TypeSet.Numbers, ReduceKernels.Vectorized<LogSum>, double.NegativeInfinity),
        new ReduceOperator("ReduceLogSumExp", TypeSet.Numbers, ReduceKernels.Get<LogSumExp>, double.NegativeInfinity),
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
        if (call.Axes("axes", x.Rank).Any(axis => x.Shape[axis] == 0)) PlanNothing(x.Element, Infer(call)[0].Count, planner);
        else Widening.Plan(call, planner, Widening.NumbersAndBool, Infer, PlanFold);
    }

    void PlanFold(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        ReduceStep.Add(planner, family(x.Element), x, call.Axes("axes", x.Rank), planner.Input(0), planner.Output(0));
    }

    void PlanNothing(ElementType type, long count, StepPlanner planner)
    {
        BufferRef real = planner.Table<double>([type == ElementType.Bool ? Math.Clamp(nothing, 0, 1) : nothing]), value = planner.ModelBuffer(sizeof(double)), y = planner.Output(0);
        planner.Once(planner.Select(CastKernels.Get(ElementType.Float64, type)), UnaryStep.Writer(real, value, 1));
        planner.Step(planner.Select(FillKernels.Get(type.Size())), (ref FillArgs args, SessionMemory memory) =>
        {
            args.Value = memory.Pointer<byte>(value);
            args.Y = memory.Pointer<byte>(y);
            args.Count = count;
        });
    }
}
