using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>Channels to b × b blocks of pixels: [N, C, H, W] to [N, C/b², H·b, W·b].</summary>
sealed class DepthToSpaceOperator : Operator
{
    public override string Name => "DepthToSpace";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var (x, b) = Blocks.Read(call);
        call.Choice("mode", "DCR", "CRD");
        if (x.Shape[1] % ((long)b * b) != 0) throw call.Fail($"{x.Shape[1]} channels do not make blocks of {b} × {b}");
        return [x with { Shape = [x.Shape[0], x.Shape[1] / (b * b), checked(x.Shape[2] * b), checked(x.Shape[3] * b)] }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var (x, b) = Blocks.Read(call);
        int n = x.Shape[0], c = x.Shape[1] / (b * b), h = x.Shape[2], w = x.Shape[3];
        // y is [n, c, h, bh, w, bw]; x is [n, bh, bw, c, h, w] (DCR) or [n, c, bh, bw, h, w] (CRD).
        long plane = (long)h * w;
        bool depthFirst = call.Choice("mode", "DCR", "CRD") == "DCR";
        long strideC = depthFirst ? plane : plane * b * b, strideBw = depthFirst ? plane * c : plane, strideBh = strideBw * b;
        int[] shape = [n, c, h, b, w, b];
        var nest = LoopNest.Create(shape, [plane * b * b * c, strideC, w, strideBh, 1, strideBw], LoopNest.RowMajor(shape));
        CopyStep.Add(planner, planner.Input(0), planner.Output(0), x.Element.Size(), nest);
    }
}

/// <summary>Blocks of b × b pixels to channels: [N, C, H, W] to [N, C·b², H/b, W/b].</summary>
sealed class SpaceToDepthOperator : Operator
{
    public override string Name => "SpaceToDepth";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var (x, b) = Blocks.Read(call);
        if (x.Shape[2] % b != 0 || x.Shape[3] % b != 0) throw call.Fail($"{x} does not divide into blocks of {b} × {b}");
        return [x with { Shape = [x.Shape[0], checked(x.Shape[1] * b * b), x.Shape[2] / b, x.Shape[3] / b] }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var (x, b) = Blocks.Read(call);
        int n = x.Shape[0], c = x.Shape[1], h = x.Shape[2] / b, w = x.Shape[3] / b;
        // y is [n, bh, bw, c, h, w]; x is [n, c, h, bh, w, bw].
        long row = x.Shape[3], plane = row * x.Shape[2];
        int[] shape = [n, b, b, c, h, w];
        var nest = LoopNest.Create(shape, [plane * c, row, 1, plane, row * b, b], LoopNest.RowMajor(shape));
        CopyStep.Add(planner, planner.Input(0), planner.Output(0), x.Element.Size(), nest);
    }
}

static class Blocks
{
    public static (TensorType X, int Size) Read(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0);
        int b = call.RequireInt("blocksize");
        if (x.Rank != 4) throw call.Fail($"input {x} must have rank 4");
        return b is >= 1 and <= 4096 ? (x, b) : throw call.Fail($"blocksize {b} must be 1 to 4096");
    }
}
