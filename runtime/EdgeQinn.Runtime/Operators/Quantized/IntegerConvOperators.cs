using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Quantized;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Quantized;

/// <summary>(X − x₀) ∗ (W − w₀) in int32.</summary>
sealed class ConvIntegerOperator : Operator
{
    public override string Name => "ConvInteger";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 4);
        var shape = IntegerConv.Shape(call, x: 0, w: 1, zeroX: 2, zeroW: 3);
        return [shape.OutType(1) with { Element = ElementType.Int32 }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) => IntegerConv.AddStep(call, planner, planner.Output(0), x: 0, w: 1, zeroX: 2, zeroW: 3);
}

/// <summary>The same convolution with an int32 bias, scaled and rounded back to 8 bits.</summary>
sealed class QLinearConvOperator : Operator
{
    public override string Name => "QLinearConv";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(8, 9);
        var shape = IntegerConv.Shape(call, x: 0, w: 3, zeroX: 2, zeroW: 5);
        Requantize.Check(call, scaleA: 1, rows: 1, scaleB: 4, channels: shape.OutChannels, scaleY: 6, zeroY: 7);
        if (call.Has(8)) call.RequireVector(8, ElementType.Int32, shape.OutChannels);
        return [shape.OutType(1) with { Element = call.Input(7).Element }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var shape = IntegerConv.Shape(call, x: 0, w: 3, zeroX: 2, zeroW: 5);
        var sums = planner.Scratch((long)shape.Batch * shape.OutChannels * shape.OutCount * sizeof(int));
        IntegerConv.AddStep(call, planner, sums, x: 0, w: 3, zeroX: 2, zeroW: 5);
        Requantize.AddStep(call, planner, sums, new AxisSplit(shape.Batch, shape.OutChannels, shape.OutCount), 1, scaleA: 1, scaleB: 4, scaleY: 6, zeroY: 7, bias: 8);
    }
}

/// <summary>The shapes of an integer convolution, which are those of a float one, and its step.</summary>
static unsafe class IntegerConv
{
    public static ConvShape Shape(OperatorCall call, int x, int w, int zeroX, int zeroW)
    {
        TensorType data = Bytes.Input(call, x), weights = Bytes.Input(call, w);
        var shape = ConvShape.OfConv(new OperatorCall(call.Node, [data with { Element = ElementType.Float32 }, weights with { Element = ElementType.Float32 }], [null, null]));
        Bytes.CheckZero(call, zeroX, data.Element, 1);
        Bytes.CheckZero(call, zeroW, weights.Element, shape.OutChannels);
        return shape;
    }

    public static void AddStep(OperatorCall call, StepPlanner planner, BufferRef y, int x, int w, int zeroX, int zeroW)
    {
        var shape = Shape(call, x, w, zeroX, zeroW);
        BufferRef data = planner.Input(x), weights = planner.Input(w);
        BufferRef? zx = CastSteps.AsOptional(call, planner, zeroX, ElementType.Int32), zw = CastSteps.AsOptional(call, planner, zeroW, ElementType.Int32);
        long strideW = call.Has(zeroW) && call.Input(zeroW).Count > 1 ? 1 : 0;
        planner.Step(planner.Select(IntegerProductKernels.Conv(call.Input(x).Element, call.Input(w).Element)), (ref IntegerConvArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(data);
            args.W = memory.Pointer<byte>(weights);
            args.Y = memory.Pointer<int>(y);
            args.ZeroX = zx is { } a ? memory.Pointer<int>(a) : null;
            args.ZeroW = zw is { } b ? memory.Pointer<int>(b) : null;
            (args.ZeroStrideW, args.Batch, args.Groups, args.InChannels, args.OutChannels) = (strideW, shape.Batch, shape.Group, shape.InChannels, shape.OutChannels);
            for (int i = 0; i < 3; i++)
            {
                (args.In[i], args.Out[i], args.Kernel[i]) = (shape.In[i], shape.Out[i], shape.Kernel[i]);
                (args.Stride[i], args.Dilation[i], args.Pad[i]) = (shape.Stride[i], shape.Dilation[i], shape.Begin[i]);
            }
        });
    }
}
