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
sealed unsafe class ReduceOperator(string name, TypeSet types, Func<ElementType, KernelFamily<ReduceArgs>> family) : Operator
{
    public static IReadOnlyList<Operator> All { get; } =
    [
        new ReduceOperator("ReduceSum", TypeSet.Numbers, ReduceKernels.Get<Summation>),
        new ReduceOperator("ReduceMean", TypeSet.Numbers, ReduceKernels.Get<Average>),
        new ReduceOperator("ReduceMax", TypeSet.NumbersAndBool, ReduceKernels.Get<Maximum>),
        new ReduceOperator("ReduceMin", TypeSet.NumbersAndBool, ReduceKernels.Get<Minimum>),
        new ReduceOperator("ReduceProd", TypeSet.Numbers, ReduceKernels.Get<Product>),
        new ReduceOperator("ReduceL1", TypeSet.Numbers, ReduceKernels.Get<AbsoluteSum>),
        new ReduceOperator("ReduceL2", TypeSet.Numbers, ReduceKernels.Get<EuclideanNorm>),
        new ReduceOperator("ReduceSumSquare", TypeSet.Numbers, ReduceKernels.Get<SquareSum>),
        new ReduceOperator("ReduceLogSum", TypeSet.Numbers, ReduceKernels.Get<LogSum>),
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
        var axes = call.Axes("axes", x.Rank);
        int[] kept = [.. Enumerable.Range(0, x.Rank).Except(axes)];
        int[] keptShape = [.. kept.Select(a => x.Shape[a])], reducedShape = [.. axes.Select(a => x.Shape[a])];
        long[] strides = LoopNest.RowMajor(x.Shape.AsSpan());
        var keptNest = LoopNest.Create(keptShape, [.. kept.Select(a => strides[a])], LoopNest.RowMajor(keptShape));
        var reducedNest = LoopNest.Create(reducedShape, [[.. axes.Select(a => strides[a])]]);

        BufferRef from = planner.Input(0), to = planner.Output(0);
        var kernel = planner.Select(family(x.Element == ElementType.Bool ? ElementType.UInt8 : x.Element));
        planner.Step(kernel, (ref ReduceArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            (args.Kept, args.Reduced) = (keptNest, reducedNest);
        });
    }
}
