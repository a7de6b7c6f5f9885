using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Normalization;

namespace EdgeQinn.Runtime.Operators.Normalization;

/// <summary>Batch normalisation in inference, over axis 1: (x − mean) / √(variance + ε) · scale + bias.</summary>
sealed unsafe class BatchNormalizationOperator : Operator
{
    public override string Name => "BatchNormalization";

    public override bool MayOverwrite(OperatorCall call, int input) => input == 0;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(5, 5);
        var x = call.Input(0, TypeSet.Floats);
        if (x.Rank < 2) throw call.Fail($"input {x} must have a rank of at least 2");
        for (int i = 1; i < 5; i++) call.RequireVector(i, x.Element, x.Shape[1]);
        return [x];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var (outer, channels, inner) = AxisSplit.At(x, 1);
        float epsilon = call.Attributes.Float("epsilon", 1e-5f);
        long bytes = channels * x.Element.Size();
        BufferRef from = planner.Input(0), to = planner.Output(0), scale = planner.Input(1), bias = planner.Input(2), mean = planner.Input(3), variance = planner.Input(4);
        bool known = planner.IsConstant(1) && planner.IsConstant(2) && planner.IsConstant(3) && planner.IsConstant(4);
        BufferRef factor = known ? planner.ModelBuffer(bytes) : planner.Scratch(bytes), offset = known ? planner.ModelBuffer(bytes) : planner.Scratch(bytes);

        var fold = planner.Select(BatchNormKernels.Fold(x.Element));
        if (known) planner.Once<BatchNormFoldArgs>(fold, WriteFold);
        else planner.Step<BatchNormFoldArgs>(fold, WriteFold);
        planner.Step(planner.Select(BatchNormKernels.Affine(x.Element)), (ref ChannelAffineArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            args.Factor = memory.Pointer<byte>(factor);
            args.Offset = memory.Pointer<byte>(offset);
            (args.Outer, args.Channels, args.Inner) = (outer, channels, inner);
        });

        void WriteFold(ref BatchNormFoldArgs args, SessionMemory memory)
        {
            args.Scale = memory.Pointer<byte>(scale);
            args.Bias = memory.Pointer<byte>(bias);
            args.Mean = memory.Pointer<byte>(mean);
            args.Variance = memory.Pointer<byte>(variance);
            args.Factor = memory.Pointer<byte>(factor);
            args.Offset = memory.Pointer<byte>(offset);
            (args.Channels, args.Epsilon) = (channels, epsilon);
        }
    }
}
