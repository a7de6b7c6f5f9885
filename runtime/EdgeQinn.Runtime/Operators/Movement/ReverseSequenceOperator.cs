using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Movement;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>Each sequence's first <c>lengths[b]</c> steps in reverse.</summary>
sealed unsafe class ReverseSequenceOperator : Operator
{
    public override string Name => "ReverseSequence";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 2);
        TensorType x = call.Input(0), lengths = call.Input(1, ElementType.Int64);
        if (x.Rank < 2) throw call.Fail($"input {x} must have a rank of at least 2");
        int batch = BatchAxis(call);
        if (call.Attributes.Int("time_axis") != 1 - batch) throw call.Fail("batch_axis and time_axis must be 0 and 1, or 1 and 0");
        if (lengths.Rank != 1 || lengths.Shape[0] != x.Shape[batch]) throw call.Fail($"lengths are {lengths}, expected one for each of {x.Shape[batch]} sequences");
        return [x];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        bool batchFirst = BatchAxis(call) == 0;
        long time = x.Shape[batchFirst ? 1 : 0], batch = x.Shape[batchFirst ? 0 : 1], inner = AxisSplit.Product(x.Shape.AsSpan()[2..]);
        BufferRef from = planner.Input(0), lengths = planner.Input(1), to = planner.Output(0);
        planner.Step(planner.Select(ReverseSequenceKernels.Get(x.Element.Size())), (ref ReverseSequenceArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            args.Lengths = memory.Pointer<long>(lengths);
            (args.Time, args.Batch, args.Inner, args.BatchFirst) = (time, batch, inner, batchFirst);
        });
    }

    static int BatchAxis(OperatorCall call) => call.Attributes.Int("batch_axis", 1);
}
