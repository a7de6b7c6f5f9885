using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>min(max(X, lower), upper); either bound may be absent, constant or computed.</summary>
sealed unsafe class ClipOperator : Operator
{
    public override string Name => "Clip";

    public override bool MayOverwrite(OperatorCall call, int input) => input == 0;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 3);
        var x = call.Input(0, TypeSet.Numbers);
        for (int i = 1; i < call.InputCount; i++)
            if (call.Has(i) && call.Input(i, x.Element).Count != 1) throw call.Fail($"bound (input {i}) is {call.Input(i)}, expected a scalar");
        return [x];
    }

    public override OperatorCall? Stack(BatchedCall batch) => batch.OnlyFirstVaries ? batch.Stack() : null;

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        BufferRef from = planner.Input(0), to = planner.Output(0);
        BufferRef? min = call.Has(1) ? planner.Input(1) : null, max = call.Has(2) ? planner.Input(2) : null;
        long count = x.Count;
        planner.Step(planner.Select(ClipKernels.Get(x.Element)), (ref ClipArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            args.Min = min is { } lower ? memory.Pointer<byte>(lower) : null;
            args.Max = max is { } upper ? memory.Pointer<byte>(upper) : null;
            args.Count = count;
        });
    }
}
