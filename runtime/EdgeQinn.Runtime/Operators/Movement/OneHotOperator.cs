using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Movement;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>An axis of <c>depth</c> inserted that is on at the index and off elsewhere; all off where the index lies outside.</summary>
sealed unsafe class OneHotOperator : Operator
{
    public override string Name => "OneHot";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 2);
        TensorType indices = call.Input(0, TypeSet.Numbers), values = call.Input(1);
        if (values.Count != 2) throw call.Fail($"values (input 1) are {values}, expected off and on");
        int depth = call.RequireInt("depth");
        if (depth < 0) throw call.Fail($"depth is {depth}");
        return [new TensorType(values.Element, indices.Shape.Insert(call.AxisOr(-1, indices.Rank + 1), depth))];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var y = Infer(call)[0];
        var (outer, depth, inner) = AxisSplit.At(y, call.AxisOr(-1, y.Rank));
        BufferRef indices = CastSteps.As(call, planner, 0, ElementType.Int64), values = planner.Input(1), output = planner.Output(0);
        planner.Step(planner.Select(OneHotKernels.Get(y.Element.Size())), (ref OneHotArgs args, SessionMemory memory) =>
        {
            args.Indices = memory.Pointer<long>(indices);
            args.Values = memory.Pointer<byte>(values);
            args.Y = memory.Pointer<byte>(output);
            (args.Outer, args.Depth, args.Inner) = (outer, depth, inner);
        });
    }
}
