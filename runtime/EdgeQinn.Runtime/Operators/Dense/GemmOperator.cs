using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Dense;

namespace EdgeQinn.Runtime.Operators.Dense;

/// <summary><c>Gemm</c>: α A' B' + β C with A' = A or Aᵀ, B' = B or Bᵀ and C broadcast. With constant B the converter writes <c>Linear</c> instead.</summary>
public sealed unsafe class GemmOperator : Operator
{
    /// <inheritdoc/>
    public override string Name => "Gemm";

    /// <inheritdoc/>
    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var (r, _, m) = Sizes(call);
        if (call.Has(2)) Strides(call, r, m);
        return OperatorCall.One(ElementType.Float32, r, m);
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(OperatorCall call)
    {
        var (r, n, m) = Sizes(call);
        return (long)r * n * m;
    }

    /// <inheritdoc/>
    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var (r, n, m) = Sizes(call);
        BufferRef a = planner.Input(0), b = planner.Input(1), y = planner.Output(0), zeros = DenseLinear.Zeros(m, planner);
        bool transA = call.Attributes.Int("transA") != 0;
        if (call.Attributes.Int("transB") != 0) b = DenseLinear.Transpose(b, m, n, planner);
        var gemm = planner.Select(Gemm.Family);
        planner.Step(gemm, (ref GemmArgs args, SessionMemory memory) => args = new GemmArgs
        {
            X = memory.Pointer<float>(a), W = memory.Pointer<float>(b), B = memory.Pointer<float>(zeros), Y = memory.Pointer<float>(y),
            XRow = transA ? 1 : n, XColumn = transA ? r : 1, WPanel = gemm.Panel, WStep = m, YRow = m, R = r, N = n, M = m,
            Low = float.NegativeInfinity, High = float.PositiveInfinity,
        });

        float alpha = call.Attributes.Float("alpha", 1), beta = call.Has(2) ? call.Attributes.Float("beta", 1) : 0;
        if (alpha == 1 && beta == 0) return;
        var c = call.Has(2) ? planner.Input(2) : zeros;
        var (row, column) = call.Has(2) ? Strides(call, r, m) : (0, 1);
        planner.Step(planner.Select(GemmFinish.Family), (ref GemmFinishArgs args, SessionMemory memory) => args = new GemmFinishArgs
        {
            Y = memory.Pointer<float>(y), C = memory.Pointer<float>(c), CRow = row, CColumn = column, Rows = r, Columns = m, Alpha = alpha, Beta = beta,
        });
    }

    static (int R, int N, int M) Sizes(OperatorCall call)
    {
        var a = call.Input(0, ElementType.Float32);
        var b = call.Input(1, ElementType.Float32);
        if (a.Rank != 2 || b.Rank != 2) throw call.Fail($"A {a} and B {b} must be matrices");
        var (r, n) = call.Attributes.Int("transA") == 0 ? (a.Shape[0], a.Shape[1]) : (a.Shape[1], a.Shape[0]);
        var (k, m) = call.Attributes.Int("transB") == 0 ? (b.Shape[0], b.Shape[1]) : (b.Shape[1], b.Shape[0]);
        return n == k ? (r, n, m) : throw call.Fail($"A {a} and B {b}: inner dimensions {n} and {k} differ");
    }

    /// <summary>C's strides, in elements, where it is broadcast to [r, m].</summary>
    static (long Row, long Column) Strides(OperatorCall call, int r, int m)
    {
        var c = call.Input(2, ElementType.Float32);
        int rows = c.Rank < 2 ? 1 : c.Shape[0], columns = c.Rank == 0 ? 1 : c.Shape[^1];
        if (c.Rank > 2 || (rows != r && rows != 1) || (columns != m && columns != 1)) throw call.Fail($"C {c} does not broadcast to [{r},{m}]");
        return (rows == 1 ? 0 : columns, columns == 1 ? 0 : 1);
    }
}
