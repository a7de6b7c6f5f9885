using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Operators.Reduction;

/// <summary>The k largest or smallest along an axis and their positions; always sorted.</summary>
sealed unsafe class TopKOperator : Operator
{
    public override string Name => "TopK";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, TypeSet.Numbers);
        int axis = call.AxisOr(-1, x.Rank), k = call.RequireInt("k");
        if (k < 0 || k > x.Shape[axis]) throw call.Fail($"k = {k} does not fit axis {axis} of {x}");
        call.Flag("largest", true);
        call.Flag("sorted", true);
        var values = x with { Shape = x.Shape.SetItem(axis, k) };
        return [values, values with { Element = ElementType.Int64 }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var (outer, axis, inner) = AxisSplit.At(x, call.AxisOr(-1, x.Rank));
        long k = call.RequireInt("k");
        bool largest = call.Flag("largest", true);
        BufferRef from = planner.Input(0), values = planner.Output(0), scratch = planner.Scratch(k * sizeof(long));
        BufferRef? indices = call.Wants(1) ? planner.Output(1) : null;
        planner.Step(planner.Select(AxisKernels.TopK(x.Element)), (ref TopKArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Values = memory.Pointer<byte>(values);
            args.Indices = indices is { } wanted ? memory.Pointer<long>(wanted) : null;
            args.Scratch = memory.Pointer<long>(scratch);
            (args.Outer, args.Axis, args.Inner, args.K, args.Largest) = (outer, axis, inner, k, largest);
        });
    }
}
