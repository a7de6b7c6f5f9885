using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>y = f(a, b) with broadcasting: one class for all, <see cref="BinaryOperators"/> lists them.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="types">What a and b may be; both are of one type.</param>
/// <param name="family">The kernels for a call's element type.</param>
/// <param name="truth">Whether the result is bool rather than the operands' type.</param>
/// <param name="oneWay">Whether b must broadcast to a's shape.</param>
sealed class BinaryOperator(string name, TypeSet types, Func<OperatorCall, ElementType, KernelFamily<BinaryArgs>> family, bool truth = false, bool oneWay = false) : Operator
{
    public override string Name => name;

    public override bool MayOverwrite(OperatorCall call, int input) => Broadcasting.Fits(call, input);

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 2);
        var type = call.Input(0, types).Element;
        call.Input(1, type);
        family(call, Widening.Numbers(type));
        if (oneWay && !Broadcasting.Fits(call, 0)) throw call.Fail($"input 1, {call.Input(1)}, does not broadcast to input 0, {call.Input(0)}");
        return [new TensorType(truth ? ElementType.Bool : type, Broadcasting.Shape(call))];
    }

    public override OperatorCall? Stack(BatchedCall batch) => batch.StackBroadcast();

    public override void Plan(OperatorCall call, StepPlanner planner) =>
        BinaryStep.Add(planner, family(call, call.Input(0).Element), planner.Input(0), planner.Input(1), planner.Output(0),
            Broadcasting.Nest(Broadcasting.Shape(call), call.Input(0), call.Input(1)));
}

/// <summary>A broadcast binary kernel as a step.</summary>
static unsafe class BinaryStep
{
    public static void Add(StepPlanner planner, KernelFamily<BinaryArgs> family, BufferRef a, BufferRef b, BufferRef y, LoopNest nest) =>
        planner.Step(planner.Select(family), (ref BinaryArgs args, SessionMemory memory) =>
        {
            args.A = memory.Pointer<byte>(a);
            args.B = memory.Pointer<byte>(b);
            args.Y = memory.Pointer<byte>(y);
            args.Nest = nest;
        });
}
