using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>W = U V: dU = dW Vᵀ, dV = Uᵀ dW.</summary>
sealed class LowRankParameters(LowRankWeight weight) : TrainableWeight(weight.Type, weight.Rows)
{
    readonly Child _u = new(weight.U), _v = new(weight.V);

    public override IEnumerable<Leaf> Leaves => [.. _u.Leaves, .. _v.Leaves];

    public override void Materialise(Span<float> w) => Product.Run(Rows, _v.Rows, Columns, _u.Refresh(), _v.Refresh(), w);

    public override void Backward(ReadOnlySpan<float> dw)
    {
        FactorGradient.OfProduct(_u, _v, dw);
        _u.Backward();
        _v.Backward();
    }

    public override Weight ToWeight() => new LowRankWeight(Type, _u.ToWeight(), _v.ToWeight());
}
