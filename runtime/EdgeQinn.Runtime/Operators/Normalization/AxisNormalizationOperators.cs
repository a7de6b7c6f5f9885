using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Normalization;

namespace EdgeQinn.Runtime.Operators.Normalization;

/// <summary>X over its L1 or L2 norm along an axis.</summary>
sealed unsafe class LpNormalizationOperator : Operator
{
    public override string Name => "LpNormalization";

    public override bool MayOverwrite(OperatorCall call, int input) => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, TypeSet.Floats);
        call.AxisOr(-1, x.Rank);
        if (call.Attributes.Int("p", 2) is not (1 or 2)) throw call.Fail($"p = {call.Attributes.Int("p")}, expected 1 or 2");
        return [x];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var (outer, axis, inner) = AxisSplit.At(x, call.AxisOr(-1, x.Rank));
        int p = call.Attributes.Int("p", 2);
        BufferRef from = planner.Input(0), to = planner.Output(0);
        planner.Step(planner.Select(AxisNormKernels.LpNorm(x.Element)), (ref LpNormArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            (args.Outer, args.Axis, args.Inner, args.P) = (outer, axis, inner, p);
        });
    }
}

/// <summary>Local response normalisation across neighbouring channels (Krizhevsky et al. 2012).</summary>
sealed unsafe class LrnOperator : Operator
{
    public override string Name => "LRN";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, TypeSet.Floats);
        if (x.Rank < 2) throw call.Fail($"input {x} must have a rank of at least 2");
        if (call.RequireInt("size") < 1) throw call.Fail($"size {call.RequireInt("size")} must be positive");
        return [x];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var (outer, channels, inner) = AxisSplit.At(x, 1);
        long size = call.RequireInt("size");
        float alpha = call.Attributes.Float("alpha", 1e-4f), beta = call.Attributes.Float("beta", 0.75f), bias = call.Attributes.Float("bias", 1);
        BufferRef from = planner.Input(0), to = planner.Output(0);
        planner.Step(planner.Select(AxisNormKernels.Lrn(x.Element)), (ref LrnArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            (args.Outer, args.Channels, args.Inner, args.Size) = (outer, channels, inner, size);
            (args.Alpha, args.Beta, args.Bias) = (alpha, beta, bias);
        });
    }
}

/// <summary>(X − mean) / (deviation + 10⁻⁹) over some axes.</summary>
sealed unsafe class MeanVarianceNormalizationOperator : Operator
{
    public override string Name => "MeanVarianceNormalization";

    public override bool MayOverwrite(OperatorCall call, int input) => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        Axes(call);
        return [call.Input(0, TypeSet.Floats)];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var axes = Axes(call);
        int[] kept = [.. Enumerable.Range(0, x.Rank).Except(axes)];
        long[] strides = LoopNest.RowMajor(x.Shape.AsSpan());
        LoopNest keptNest = Over(kept), reducedNest = Over([.. axes]);
        BufferRef from = planner.Input(0), to = planner.Output(0);
        planner.Step(planner.Select(AxisNormKernels.Standardize(x.Element)), (ref StandardizeArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            (args.Kept, args.Reduced) = (keptNest, reducedNest);
        });

        LoopNest Over(int[] some) => LoopNest.Create([.. some.Select(a => x.Shape[a])], [[.. some.Select(a => strides[a])]]);
    }

    static ImmutableArray<int> Axes(OperatorCall call)
    {
        int rank = call.Input(0).Rank;
        if (call.Attributes.Has("axes")) return call.Axes("axes", rank);
        return rank == 4 ? [0, 2, 3] : throw call.Fail($"axes are missing: their default, 0, 2, 3, is for rank 4, not {call.Input(0)}");
    }
}
