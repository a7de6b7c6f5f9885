using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>W = Out · T with T[r, (c, k)] = In[r, c] Time[r, k].</summary>
sealed class CpParameters : TrainableWeight
{
    readonly Child _in, _time, _out;
    readonly int _channels, _taps;
    readonly float[] _terms;

    public CpParameters(CpWeight weight) : base(weight.Type, weight.Rows)
    {
        (_in, _time, _out) = (new Child(weight.In), new Child(weight.Time), new Child(weight.Out));
        (_channels, _taps) = (weight.In.Columns, weight.Columns / weight.In.Columns);
        _terms = new float[weight.Rank * Columns];
    }

    public override IEnumerable<Leaf> Leaves => [.. _in.Leaves, .. _time.Leaves, .. _out.Leaves];

    public override void Materialise(Span<float> w)
    {
        float[] input = _in.Refresh(), time = _time.Refresh();
        for (int r = 0; r < _out.Columns; r++)
            for (int c = 0; c < _channels; c++)
                for (int k = 0; k < _taps; k++) _terms[r * Columns + c * _taps + k] = input[r * _channels + c] * time[r * _taps + k];
        Product.Run(Rows, _out.Columns, Columns, _out.Refresh(), _terms, w);
    }

    public override void Backward(ReadOnlySpan<float> dw)
    {
        var dterms = new float[_terms.Length];
        FactorGradient.OfProduct(Rows, _out.Columns, Columns, _out.Value, _terms, dw, _out.Gradient, dterms);
        Array.Clear(_in.Gradient);
        Array.Clear(_time.Gradient);
        for (int r = 0; r < _out.Columns; r++)
            for (int c = 0; c < _channels; c++)
                for (int k = 0; k < _taps; k++)
                {
                    float d = dterms[r * Columns + c * _taps + k];
                    _in.Gradient[r * _channels + c] += d * _time.Value[r * _taps + k];
                    _time.Gradient[r * _taps + k] += d * _in.Value[r * _channels + c];
                }
        foreach (var factor in (ReadOnlySpan<Child>)[_in, _time, _out]) factor.Backward();
    }

    public override Weight ToWeight() => new CpWeight(Type, _in.ToWeight(), _time.ToWeight(), _out.ToWeight());
}
