using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Operators.Reduction;

/// <summary>Softmax, LogSoftmax and Hardmax along one axis.</summary>
sealed unsafe class SoftmaxOperator(string name, Func<ElementType, KernelFamily<SoftmaxArgs>> family) : Operator
{
    public static IReadOnlyList<Operator> All { get; } =
    [
        new SoftmaxOperator("Softmax", SoftmaxKernels.Softmax),
        new SoftmaxOperator("LogSoftmax", SoftmaxKernels.LogSoftmax),
        new SoftmaxOperator("Hardmax", SoftmaxKernels.Hardmax),
    ];

    public override string Name => name;

    public override bool MayOverwrite(OperatorCall call, int input) => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, TypeSet.Floats);
        call.AxisOr(-1, x.Rank);
        return [x];
    }

    public override OperatorCall? Stack(BatchedCall batch) => batch.StackAlongAxis(-1);

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var (outer, axis, inner) = AxisSplit.At(x, call.AxisOr(-1, x.Rank));
        BufferRef from = planner.Input(0), to = planner.Output(0);
        planner.Step(planner.Select(family(x.Element)), (ref SoftmaxArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            (args.Outer, args.Axis, args.Inner) = (outer, axis, inner);
        });
    }
}
