using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Quantized;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Quantized;

/// <summary>From int32 sums back to 8 bits: what its inputs must be, and the step.</summary>
static unsafe class Requantize
{
    public static void Check(OperatorCall call, int scaleA, int rows, int scaleB, int channels, int scaleY, int zeroY)
    {
        CheckScale(call, scaleA, rows);
        CheckScale(call, scaleB, channels);
        CheckScale(call, scaleY, 1);
        if (Bytes.Input(call, zeroY).Count != 1) throw call.Fail($"input {zeroY} is {call.Input(zeroY)}, expected a scalar");
    }

    /// <summary>A step over sums [Outer, Channels, Inner] in which rows repeat every <paramref name="rows"/> of Outer.</summary>
    public static void AddStep(
        OperatorCall call, StepPlanner planner, BufferRef sums, AxisSplit shape, long rows, int scaleA, int scaleB, int scaleY, int zeroY, int? bias)
    {
        BufferRef a = Scale(scaleA), b = Scale(scaleB), s = Scale(scaleY), zero = planner.Input(zeroY), y = planner.Output(0);
        BufferRef? offset = bias is { } i && call.Has(i) ? planner.Input(i) : null;
        long strideA = call.Input(scaleA).Count > 1 ? 1 : 0, strideB = call.Input(scaleB).Count > 1 ? 1 : 0;
        planner.Step(planner.Select(RequantizeKernels.Get(call.Input(zeroY).Element)), (ref RequantizeArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<int>(sums);
            args.Bias = offset is { } given ? memory.Pointer<int>(given) : null;
            args.ScaleA = memory.Pointer<float>(a);
            args.ScaleB = memory.Pointer<float>(b);
            args.ScaleY = memory.Pointer<float>(s);
            args.ZeroY = memory.Pointer<byte>(zero);
            args.Y = memory.Pointer<byte>(y);
            (args.Outer, args.Channels, args.Inner, args.Rows, args.StrideA, args.StrideB) = (shape.Outer, shape.Axis, shape.Inner, rows, strideA, strideB);
        });

        BufferRef Scale(int input) => CastSteps.As(call, planner, input, ElementType.Float32);
    }

    static void CheckScale(OperatorCall call, int i, int length)
    {
        var scale = call.Input(i, TypeSet.Floats);
        if (scale.Count != 1 && scale.Count != length) throw call.Fail($"scale (input {i}) is {scale}, expected a scalar or {length}");
    }
}
