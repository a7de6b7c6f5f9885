using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Movement;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>The upper or lower triangle of matrices.</summary>
sealed unsafe class TriluOperator : Operator
{
    public override string Name => "Trilu";

    public override bool MayOverwrite(OperatorCall call, int input) => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0);
        if (x.Rank < 2) throw call.Fail($"input {x} must have a rank of at least 2");
        call.Flag("upper", true);
        call.Attributes.Int("k");
        return [x];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        BufferRef from = planner.Input(0), to = planner.Output(0);
        long rows = x.Shape[^2], columns = x.Shape[^1], matrices = AxisSplit.Product(x.Shape.AsSpan()[..^2]), k = call.Attributes.Int("k");
        bool upper = call.Flag("upper", true);
        planner.Step(planner.Select(TriangleKernels.Get(x.Element.Size())), (ref TriangleArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            (args.Matrices, args.Rows, args.Columns, args.K, args.Upper) = (matrices, rows, columns, k, upper);
        });
    }
}
