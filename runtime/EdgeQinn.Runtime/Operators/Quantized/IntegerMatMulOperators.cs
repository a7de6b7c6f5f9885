using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Quantized;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Quantized;

/// <summary>(A − a₀)(B − b₀) in int32.</summary>
sealed class MatMulIntegerOperator : Operator
{
    public override string Name => "MatMulInteger";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 4);
        var product = IntegerMatMul.Read(call, a: 0, zeroA: 2, b: 1, zeroB: 3);
        return [new TensorType(ElementType.Int32, product.Shape)];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) =>
        IntegerMatMul.Read(call, a: 0, zeroA: 2, b: 1, zeroB: 3).AddStep(call, planner, planner.Output(0));
}

/// <summary>The same product, scaled and rounded back to 8 bits.</summary>
sealed class QLinearMatMulOperator : Operator
{
    public override string Name => "QLinearMatMul";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(8, 8);
        var product = IntegerMatMul.Read(call, a: 0, zeroA: 2, b: 3, zeroB: 5);
        Requantize.Check(call, scaleA: 1, rows: product.M, scaleB: 4, channels: product.N, scaleY: 6, zeroY: 7);
        return [new TensorType(call.Input(7).Element, product.Shape)];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var product = IntegerMatMul.Read(call, a: 0, zeroA: 2, b: 3, zeroB: 5);
        long count = AxisSplit.Product(product.Shape.AsSpan());
        var sums = planner.Scratch(count * sizeof(int));
        product.AddStep(call, planner, sums);
        Requantize.AddStep(call, planner, sums, new AxisSplit(product.N == 0 ? 0 : count / product.N, product.N, 1), product.M, scaleA: 1, scaleB: 4, scaleY: 6, zeroY: 7, bias: null);
    }
}

/// <summary>The shapes of an integer matrix product and its step; which input is what differs between the operators.</summary>
sealed unsafe class IntegerMatMul
{
    readonly int _a, _zeroA, _b, _zeroB;
    readonly LoopNest _batches;

    IntegerMatMul(OperatorCall call, int a, int zeroA, int b, int zeroB)
    {
        (_a, _zeroA, _b, _zeroB) = (a, zeroA, b, zeroB);
        TensorType ta = Bytes.Input(call, a), tb = Bytes.Input(call, b);
        if (ta.Rank == 0 || tb.Rank == 0) throw call.Fail($"{ta} times {tb} is no matrix product");
        (M, K, N) = (ta.Rank == 1 ? 1 : ta.Shape[^2], ta.Shape[^1], tb.Rank == 1 ? 1 : tb.Shape[^1]);
        if ((tb.Rank == 1 ? tb.Shape[0] : tb.Shape[^2]) != K) throw call.Fail($"{ta} times {tb}: the inner sizes differ");
        ImmutableArray<int> batchA = ta.Rank > 2 ? ta.Shape[..^2] : [], batchB = tb.Rank > 2 ? tb.Shape[..^2] : [];
        var batch = Broadcasting.Shape(call, batchA, batchB);
        _batches = LoopNest.Broadcast(batch.AsSpan(), [.. batchA], [.. batchB]);
        Shape = [.. batch, .. ta.Rank > 1 ? new[] { M } : [], .. tb.Rank > 1 ? new[] { N } : []];
        Bytes.CheckZero(call, zeroA, ta.Element, M);
        Bytes.CheckZero(call, zeroB, tb.Element, N);
    }

    public int M { get; }

    public int N { get; }

    public int K { get; }

    public ImmutableArray<int> Shape { get; }

    public static IntegerMatMul Read(OperatorCall call, int a, int zeroA, int b, int zeroB) => new(call, a, zeroA, b, zeroB);

    public void AddStep(OperatorCall call, StepPlanner planner, BufferRef y)
    {
        BufferRef a = planner.Input(_a), b = planner.Input(_b);
        BufferRef? zeroA = CastSteps.AsOptional(call, planner, _zeroA, ElementType.Int32), zeroB = CastSteps.AsOptional(call, planner, _zeroB, ElementType.Int32);
        long strideA = call.Has(_zeroA) && call.Input(_zeroA).Count > 1 ? 1 : 0, strideB = call.Has(_zeroB) && call.Input(_zeroB).Count > 1 ? 1 : 0;
        planner.Step(planner.Select(IntegerProductKernels.MatMul(call.Input(_a).Element, call.Input(_b).Element)), (ref IntegerMatMulArgs args, SessionMemory memory) =>
        {
            args.A = memory.Pointer<byte>(a);
            args.B = memory.Pointer<byte>(b);
            args.Y = memory.Pointer<int>(y);
            args.ZeroA = zeroA is { } za ? memory.Pointer<int>(za) : null;
            args.ZeroB = zeroB is { } zb ? memory.Pointer<int>(zb) : null;
            (args.ZeroStrideA, args.ZeroStrideB, args.M, args.N, args.K, args.Batches) = (strideA, strideB, M, N, K, _batches);
        });
    }
}

/// <summary>What 8-bit operands and their zero points must be.</summary>
static class Bytes
{
    public static TensorType Input(OperatorCall call, int i)
    {
        var type = call.Input(i);
        return type.Element is ElementType.Int8 or ElementType.UInt8 ? type : throw call.Fail($"input {i} is {type}, expected int8 or uint8");
    }

    /// <summary>Zero point <paramref name="i"/>, if given: a scalar or one for each of <paramref name="length"/>.</summary>
    public static void CheckZero(OperatorCall call, int i, ElementType element, int length)
    {
        if (!call.Has(i)) return;
        var zero = call.Input(i, element);
        if (zero.Count != 1 && zero.Count != length) throw call.Fail($"zero point (input {i}) is {zero}, expected a scalar or {length}");
    }
}
