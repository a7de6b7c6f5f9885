using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Operators.Reduction;

/// <summary>Running sums along an axis.</summary>
sealed unsafe class CumSumOperator : Operator
{
    public override string Name => "CumSum";

    public override bool MayOverwrite(OperatorCall call, int input) => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, TypeSet.Numbers);
        call.Axis(call.RequireInt("axis"), x.Rank);
        call.Flag("exclusive");
        call.Flag("reverse");
        return [x];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var (outer, axis, inner) = AxisSplit.At(x, call.Axis(call.RequireInt("axis"), x.Rank));
        bool exclusive = call.Flag("exclusive"), reverse = call.Flag("reverse");
        BufferRef from = planner.Input(0), to = planner.Output(0);
        planner.Step(planner.Select(AxisKernels.CumulativeSum(x.Element)), (ref CumulativeArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            (args.Outer, args.Axis, args.Inner, args.Exclusive, args.Reverse) = (outer, axis, inner, exclusive, reverse);
        });
    }
}
