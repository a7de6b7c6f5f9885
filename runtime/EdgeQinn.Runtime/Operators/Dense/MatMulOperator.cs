using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Dense;

namespace EdgeQinn.Runtime.Operators.Dense;

/// <summary><c>MatMul</c>: NumPy's matrix product of float32 tensors of any rank; leading axes broadcast.</summary>
public sealed unsafe class MatMulOperator : Operator
{
    /// <inheritdoc/>
    public override string Name => "MatMul";

    /// <summary>The product's sizes and its leading axes.</summary>
    readonly record struct Shapes(int R, int N, int M, ImmutableArray<int> A, ImmutableArray<int> B, ImmutableArray<int> Batch);

    /// <inheritdoc/>
    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var s = Resolve(call);
        List<int> shape = [.. s.Batch];
        if (call.Input(0).Rank > 1) shape.Add(s.R);
        if (call.Input(1).Rank > 1) shape.Add(s.M);
        return OperatorCall.One(ElementType.Float32, [.. shape]);
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(OperatorCall call)
    {
        var s = Resolve(call);
        return (long)Product(s.Batch) * s.R * s.N * s.M;
    }

    /// <inheritdoc/>
    public override bool GainsByStacking => true;

    /// <inheritdoc/>
    public override OperatorCall? Stack(BatchedCall batch) =>
        batch.OnlyFirstVaries && (batch.Item.Input(0).Rank > 1 || batch.Item.Input(1).Rank <= 2) ? batch.With(i => batch.Stacked(i, batch.Item.Input(1).Rank + 1)) : null;

    /// <inheritdoc/>
    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var s = Resolve(call);
        if (s.R == 0 || s.M == 0) return; // nothing to compute, for however many items
        BufferRef x = planner.Input(0), w = planner.Input(1), y = planner.Output(0);
        if (s.B.IsEmpty)
        {
            DenseLinear.PlanProduct(planner, Product(s.A) * s.R, s.N, s.M, x, w, y, null, float.NegativeInfinity, float.PositiveInfinity);
            return;
        }

        var gemm = planner.Select(Gemm.Family);
        int count = Product(s.Batch);
        long* offsets = planner.Allocate<long>(3L * count);
        for (int i = 0; i < count; i++)
        {
            offsets[3 * i] = Offset(i, s.A, s.Batch) * s.R * s.N;
            offsets[3 * i + 1] = Offset(i, s.B, s.Batch) * s.N * s.M;
            offsets[3 * i + 2] = (long)i * s.R * s.M;
        }
        var zeros = DenseLinear.Zeros(s.M, planner);
        planner.Step(planner.Select(GemmBatched.Family), (ref GemmBatchedArgs args, SessionMemory memory) => args = new GemmBatchedArgs
        {
            Item = new GemmArgs
            {
                X = memory.Pointer<float>(x), W = memory.Pointer<float>(w), B = memory.Pointer<float>(zeros), Y = memory.Pointer<float>(y),
                XRow = s.N, XColumn = 1, WPanel = gemm.Panel, WStep = s.M, YRow = s.M, R = s.R, N = s.N, M = s.M,
                Low = float.NegativeInfinity, High = float.PositiveInfinity,
            },
            Gemm = gemm.Run, Offsets = offsets, Count = count,
        }, gemm.Name);
    }

    static Shapes Resolve(OperatorCall call)
    {
        var a = call.Input(0, ElementType.Float32);
        var b = call.Input(1, ElementType.Float32);
        if (a.Rank == 0 || b.Rank == 0) throw call.Fail($"cannot multiply {a} and {b}: scalars have no rows");
        int n = a.Shape[^1];
        if (n != b.Shape[b.Rank == 1 ? 0 : ^2]) throw call.Fail($"cannot multiply {a} and {b}: inner dimensions differ");
        var leadingA = a.Rank > 2 ? a.Shape[..^2] : [];
        var leadingB = b.Rank > 2 ? b.Shape[..^2] : [];
        int rank = Math.Max(leadingA.Length, leadingB.Length);
        var batch = ImmutableArray.CreateBuilder<int>(rank);
        for (int i = 0; i < rank; i++)
        {
            int da = Dimension(leadingA, i, rank), db = Dimension(leadingB, i, rank);
            if (da != db && da != 1 && db != 1) throw call.Fail($"cannot multiply {a} and {b}: leading dimensions {da} and {db} do not broadcast");
            batch.Add(da == 1 ? db : da);
        }
        return new Shapes(a.Rank == 1 ? 1 : a.Shape[^2], n, b.Rank == 1 ? 1 : b.Shape[^1], leadingA, leadingB, batch.MoveToImmutable());
    }

    static int Dimension(ImmutableArray<int> shape, int axis, int rank) => axis < rank - shape.Length ? 1 : shape[axis - (rank - shape.Length)];

    static int Product(ImmutableArray<int> shape)
    {
        int product = 1;
        foreach (int d in shape) product *= d;
        return product;
    }

    /// <summary>The matrix of an operand with leading axes <paramref name="shape"/> that item <paramref name="index"/> of the broadcast <paramref name="batch"/> uses.</summary>
    static long Offset(int index, ImmutableArray<int> shape, ImmutableArray<int> batch)
    {
        long offset = 0, stride = 1;
        for (int axis = batch.Length - 1; axis >= 0; axis--)
        {
            int d = Dimension(shape, axis, batch.Length);
            if (d > 1) offset += index % batch[axis] * stride;
            stride *= d;
            index /= batch[axis];
        }
        return offset;
    }
}
