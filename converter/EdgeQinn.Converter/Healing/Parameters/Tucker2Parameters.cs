using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>W = Out · E with E[b] = Inᵀ Core[b] for each b: two products, run backward.</summary>
sealed class Tucker2Parameters : TrainableWeight
{
    readonly Child _in, _core, _out;
    readonly int _channels, _taps;
    readonly float[] _expanded, _turned;

    public Tucker2Parameters(Tucker2Weight weight) : base(weight.Type, weight.Rows)
    {
        (_in, _core, _out) = (new Child(weight.In), new Child(weight.Core), new Child(weight.Out));
        (_channels, _taps) = (weight.In.Columns, weight.Columns / weight.In.Columns);
        (_expanded, _turned) = (new float[_out.Columns * Columns], new float[_in.Value.Length]);
    }

    public override IEnumerable<Leaf> Leaves => [.. _in.Leaves, .. _core.Leaves, .. _out.Leaves];

    public override void Materialise(Span<float> w)
    {
        Product.Transpose(_in.Rows, _channels, _in.Refresh(), _turned);
        _core.Refresh();
        for (int b = 0; b < _out.Columns; b++) Product.Run(_channels, _in.Rows, _taps, _turned, Core(_core.Value, b), Expanded(_expanded, b));
        Product.Run(Rows, _out.Columns, Columns, _out.Refresh(), _expanded, w);
    }

    public override void Backward(ReadOnlySpan<float> dw)
    {
        float[] dexpanded = new float[_expanded.Length], dturned = new float[_turned.Length], sum = new float[_turned.Length];
        FactorGradient.OfProduct(Rows, _out.Columns, Columns, _out.Value, _expanded, dw, _out.Gradient, dexpanded);
        for (int b = 0; b < _out.Columns; b++)
        {
            FactorGradient.OfProduct(_channels, _in.Rows, _taps, _turned, Core(_core.Value, b), Expanded(dexpanded, b), dturned, Core(_core.Gradient, b));
            Layers.Rows.Add(dturned, sum);
        }
        Product.Transpose(_channels, _in.Rows, sum, _in.Gradient);
        foreach (var factor in (ReadOnlySpan<Child>)[_in, _core, _out]) factor.Backward();
    }

    public override Weight ToWeight() => new Tucker2Weight(Type, _in.ToWeight(), _core.ToWeight(), _out.ToWeight());

    Span<float> Core(float[] core, int b) => core.AsSpan(b * _in.Rows * _taps, _in.Rows * _taps);

    Span<float> Expanded(float[] expanded, int b) => expanded.AsSpan(b * Columns, Columns);
}
