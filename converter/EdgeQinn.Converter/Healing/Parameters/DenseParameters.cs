using EdgeQinn.Converter.Healing.Layers;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>Every element is trained.</summary>
sealed class DenseParameters(DenseWeight weight) : TrainableWeight(weight.Type, weight.Rows)
{
    readonly Leaf _leaf = new(weight.ToArray());

    public override IEnumerable<Leaf> Leaves => [_leaf];

    public override void Materialise(Span<float> w) => _leaf.Values.CopyTo(w);

    public override void Backward(ReadOnlySpan<float> dw) => Layers.Rows.Add(dw, _leaf.Gradient);

    public override Weight ToWeight() => new DenseWeight(EncodedTensor.FromSpan<float>(_leaf.Values, Type.Shape.AsSpan()), Rows);
}
