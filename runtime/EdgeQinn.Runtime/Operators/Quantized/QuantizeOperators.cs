using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Quantized;

namespace EdgeQinn.Runtime.Operators.Quantized;

/// <summary>saturate(round(X / scale) + zero point).</summary>
sealed class QuantizeLinearOperator : Operator
{
    public override string Name => "QuantizeLinear";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 3);
        var x = call.Input(0, TypeSet.Floats);
        call.Input(1, x.Element);
        var to = Target(call);
        if (to is not (ElementType.Int8 or ElementType.UInt8 or ElementType.Int16 or ElementType.UInt16)) throw call.Fail($"cannot quantize to {to.ToString().ToLowerInvariant()}");
        ScaleLayout.Read(call, x);
        return [x with { Element = to }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) =>
        ScaleLayout.AddStep(call, planner, LinearQuantizeKernels.Quantize(call.Input(0).Element, Target(call)));

    static ElementType Target(OperatorCall call)
    {
        int asked = call.Attributes.Int("output_dtype");
        if (!call.Has(2)) return asked == 0 ? ElementType.UInt8 : (ElementType)asked;
        var zero = call.Input(2).Element;
        return asked == 0 || asked == (int)zero ? zero : throw call.Fail($"output_dtype {asked} is not the zero point's type, {zero.ToString().ToLowerInvariant()}");
    }
}

/// <summary>(X − zero point) · scale.</summary>
sealed class DequantizeLinearOperator : Operator
{
    static readonly TypeSet Quantized = TypeSet.Integers;

    public override string Name => "DequantizeLinear";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 3);
        var x = call.Input(0, Quantized);
        if (x.Element.Size() > 2 && x.Element != ElementType.Int32) throw call.Fail($"input 0 is {x}, expected int32 or at most 16 bits");
        if (call.Has(2)) call.Input(2, x.Element);
        ScaleLayout.Read(call, x);
        return [x with { Element = call.Input(1, TypeSet.Floats).Element }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) =>
        ScaleLayout.AddStep(call, planner, LinearQuantizeKernels.Dequantize(call.Input(0).Element, call.Input(1).Element));
}

/// <summary>Which scale belongs to which element: one per tensor, one per axis, or one per block along an axis.</summary>
readonly record struct ScaleLayout(AxisSplit Shape, long Block, long StrideOuter, long StrideAxis, long StrideInner)
{
    public static ScaleLayout Read(OperatorCall call, TensorType x)
    {
        var scale = call.Input(1);
        if (call.Has(2) && !call.Input(2).Shape.AsSpan().SequenceEqual(scale.Shape.AsSpan())) throw call.Fail($"scale {scale} and zero point {call.Input(2)} differ in shape");
        int block = call.Attributes.Int("block_size");
        if (block == 0 && scale.Rank <= 1 && scale.Count == 1) return new(new AxisSplit(1, 1, x.Count), 1, 0, 0, 0);

        int axis = call.AxisOr(1, x.Rank);
        var shape = AxisSplit.At(x, axis);
        if (block == 0)
            return scale.Rank == 1 && scale.Shape[0] == x.Shape[axis] ? new(shape, 1, 0, 1, 0) : throw call.Fail($"scale {scale} is neither a scalar nor one for each of axis {axis} of {x}");

        if (block < 0) throw call.Fail($"block_size {block} is negative");
        var expected = x.Shape.SetItem(axis, (x.Shape[axis] + block - 1) / block);
        if (!scale.Shape.AsSpan().SequenceEqual(expected.AsSpan())) throw call.Fail($"scale {scale} has shape [{string.Join(',', expected)}] for blocks of {block}");
        return new(shape, block, expected[axis] * shape.Inner, shape.Inner, 1);
    }

    public static unsafe void AddStep(OperatorCall call, StepPlanner planner, KernelFamily<LinearQuantizeArgs> family)
    {
        var layout = Read(call, call.Input(0));
        BufferRef x = planner.Input(0), scale = planner.Input(1), y = planner.Output(0);
        BufferRef? zero = call.Has(2) ? planner.Input(2) : null;
        planner.Step(planner.Select(family), (ref LinearQuantizeArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(x);
            args.Scale = memory.Pointer<byte>(scale);
            args.Zero = zero is { } given ? memory.Pointer<byte>(given) : null;
            args.Y = memory.Pointer<byte>(y);
            (args.Outer, args.Axis, args.Inner) = layout.Shape;
            (args.Block, args.StrideOuter, args.StrideAxis, args.StrideInner) = (layout.Block, layout.StrideOuter, layout.StrideAxis, layout.StrideInner);
        });
    }
}

/// <summary>uint8 with a scale and zero point found from X itself.</summary>
sealed unsafe class DynamicQuantizeLinearOperator : Operator
{
    public override string Name => "DynamicQuantizeLinear";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, ElementType.Float32);
        return [x with { Element = ElementType.UInt8 }, new TensorType(ElementType.Float32), new TensorType(ElementType.UInt8)];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        long count = call.Input(0).Count;
        BufferRef x = planner.Input(0), y = planner.Output(0);
        BufferRef scale = call.Wants(1) ? planner.Output(1) : planner.Scratch(sizeof(float)), zero = call.Wants(2) ? planner.Output(2) : planner.Scratch(1);
        planner.Step(planner.Select(DynamicQuantizeKernels.Family), (ref DynamicQuantizeArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<float>(x);
            args.Y = memory.Pointer<byte>(y);
            args.Scale = memory.Pointer<float>(scale);
            args.Zero = memory.Pointer<byte>(zero);
            args.Count = count;
        });
    }
}
