using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>condition ? X : Y with broadcasting.</summary>
sealed unsafe class WhereOperator : Operator
{
    public override string Name => "Where";

    public override bool MayOverwrite(OperatorCall call, int input) => input > 0 && Broadcasting.Fits(call, input);

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(3, 3);
        call.Input(0, TypeSet.Bool);
        var type = call.Input(1).Element;
        call.Input(2, type);
        return [new TensorType(type, Broadcasting.Shape(call))];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        BufferRef condition = planner.Input(0), a = planner.Input(1), b = planner.Input(2), y = planner.Output(0);
        var nest = Broadcasting.Nest(Broadcasting.Shape(call), call.Input(0), call.Input(1), call.Input(2));
        planner.Step(planner.Select(WhereKernels.Get(call.Input(1).Element.Size())), (ref WhereArgs args, SessionMemory memory) =>
        {
            args.Condition = memory.Pointer<byte>(condition);
            args.A = memory.Pointer<byte>(a);
            args.B = memory.Pointer<byte>(b);
            args.Y = memory.Pointer<byte>(y);
            args.Nest = nest;
        });
    }
}
