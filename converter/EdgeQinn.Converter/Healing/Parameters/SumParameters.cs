using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>W = Σ of the terms: each gets the whole gradient.</summary>
sealed class SumParameters(SumWeight weight) : TrainableWeight(weight.Type, weight.Rows)
{
    readonly TrainableWeight[] _terms = [.. weight.Terms.Select(From)];
    readonly float[] _term = new float[weight.Rows * weight.Columns];

    public override IEnumerable<Leaf> Leaves => _terms.SelectMany(t => t.Leaves);

    public override void Materialise(Span<float> w)
    {
        w[.._term.Length].Clear();
        foreach (var term in _terms)
        {
            term.Materialise(_term);
            Layers.Rows.Add(_term, w);
        }
    }

    public override void Backward(ReadOnlySpan<float> dw)
    {
        foreach (var term in _terms) term.Backward(dw);
    }

    public override Weight ToWeight() => new SumWeight(Type, Rows, [.. _terms.Select(t => t.ToWeight())]);
}
