using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators.Dense;

/// <summary>
/// <c>Linear</c>: X [..., N], W [M, N], optional B [M] → clamp(X Wᵀ + B) [..., M]. W may be constant in any encoding of
/// <see cref="LinearFormats"/>, or computed. Attributes: <c>clamp</c>, two floats, lower and upper bound; <c>algorithm</c>, <c>sparse</c> to skip zeros even where that is slower.
/// </summary>
public sealed class LinearOperator : Operator
{
    /// <inheritdoc/>
    public override string Name => "Linear";

    /// <inheritdoc/>
    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var x = call.Input(0, ElementType.Float32);
        var w = call.Input(1, ElementType.Float32);
        if (x.Rank == 0 || w.Rank != 2 || w.Shape[1] != x.Shape[^1]) throw call.Fail($"X {x} does not fit W {w}: expected [..., N] and [M, N]");
        if (call.Has(2) && (call.Input(2, ElementType.Float32) is var b) && (b.Rank != 1 || b.Shape[0] != w.Shape[0]))
            throw call.Fail($"B {b} does not fit W {w}: expected [{w.Shape[0]}]");
        if (call.Constant(1) is { } constant && !LinearFormats.Contains(constant.Encoding))
            throw call.Fail($"weights are encoded as '{constant.Encoding}'; this version executes {string.Join(", ", LinearFormats.Encodings)}");
        Clamp(call);
        IsForced(call);
        return OperatorCall.One(ElementType.Float32, [.. x.Shape[..^1], w.Shape[0]]);
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(OperatorCall call) => (long)Rows(call) * call.Input(1).Count;

    /// <inheritdoc/>
    public override bool GainsByStacking => true;

    /// <inheritdoc/>
    public override OperatorCall? Stack(BatchedCall batch) =>
        batch.OnlyFirstVaries && !LinearFormats.ReadsRange(batch.Item.Constant(1)) ? batch.Stack() : null;

    /// <inheritdoc/>
    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var (low, high) = Clamp(call);
        int m = call.Input(1).Shape[0], n = call.Input(1).Shape[1], rows = Rows(call);
        BufferRef? bias = call.Has(2) ? planner.Input(2) : null;
        if (call.Constant(1) is { } weights)
            LinearFormats.Plan(new LinearLayer(weights, rows, planner.Input(0), planner.Output(0), bias, low, high, IsForced(call)), planner);
        else
            DenseLinear.PlanProduct(planner, rows, n, m, planner.Input(0), DenseLinear.Transpose(planner.Input(1), m, n, planner), planner.Output(0), bias, low, high);
    }

    static int Rows(OperatorCall call)
    {
        int rows = 1;
        foreach (int d in call.Input(0).Shape[..^1]) rows *= d;
        return rows;
    }

    /// <summary>Whether the sparse kernel is asked for, even where the dense one is faster.</summary>
    static bool IsForced(OperatorCall call) => call.Attributes.Text(ConvSteps.AlgorithmAttribute) switch
    {
        "" => false,
        "sparse" => true,
        var other => throw call.Fail($"{ConvSteps.AlgorithmAttribute} = '{other}' is unknown; there is 'sparse'"),
    };

    static (float Low, float High) Clamp(OperatorCall call)
    {
        var clamp = call.Attributes.Floats("clamp");
        if (clamp.IsDefault) return (float.NegativeInfinity, float.PositiveInfinity);
        if (clamp.Length != 2 || float.IsNaN(clamp[0]) || float.IsNaN(clamp[1])) throw call.Fail("clamp must be two numbers, lower and upper bound");
        return (clamp[0], clamp[1]);
    }
}
