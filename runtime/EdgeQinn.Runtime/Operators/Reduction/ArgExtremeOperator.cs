using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Operators.Reduction;

/// <summary>ArgMax and ArgMin: where along an axis the extreme lies.</summary>
sealed unsafe class ArgExtremeOperator(string name, Func<ElementType, KernelFamily<ArgExtremeArgs>> family) : Operator
{
    public static IReadOnlyList<Operator> All { get; } = [new ArgExtremeOperator("ArgMax", AxisKernels.ArgMax), new ArgExtremeOperator("ArgMin", AxisKernels.ArgMin)];

    public override string Name => name;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, TypeSet.Numbers);
        int axis = call.AxisOr(0, x.Rank);
        if (x.Shape[axis] == 0) throw call.Fail($"axis {axis} of {x} is empty");
        call.Flag("select_last_index");
        return [new TensorType(ElementType.Int64, call.Flag("keepdims", true) ? x.Shape.SetItem(axis, 1) : x.Shape.RemoveAt(axis))];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var (outer, axis, inner) = AxisSplit.At(x, call.AxisOr(0, x.Rank));
        bool last = call.Flag("select_last_index");
        BufferRef from = planner.Input(0), to = planner.Output(0);
        planner.Step(planner.Select(family(x.Element)), (ref ArgExtremeArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<long>(to);
            (args.Outer, args.Axis, args.Inner, args.Last) = (outer, axis, inner, last);
        });
    }
}
