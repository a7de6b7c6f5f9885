using EdgeQinn.Converter.Compression;
using EdgeQinn.Converter.Healing.Layers;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>int8 with a scale per row: what is trained is the float behind each value (Jacob et al. 2018, arXiv 1712.05877, §3).</summary>
sealed class Int8Parameters(Int8Weight weight) : TrainableWeight(weight.Type, weight.Rows)
{
    readonly Leaf _leaf = new(weight.ToArray());
    readonly Int8Grid _grid = new(weight.Scales.ToArray());

    /// <summary>How the input is quantised; null where its own range decides.</summary>
    public ActivationRange? Input { get; } = weight.Input;

    public override IEnumerable<Leaf> Leaves => [_leaf];

    public override void Materialise(Span<float> w)
    {
        _leaf.Values.CopyTo(w);
        _grid.Round(w[..(Rows * Columns)]);
    }

    public override void Backward(ReadOnlySpan<float> dw) => Layers.Rows.Add(dw, _leaf.Gradient);

    public override Weight ToWeight()
    {
        var w = new float[Rows * Columns];
        Materialise(w);
        var values = new sbyte[w.Length];
        for (int i = 0; i < w.Length; i++) values[i] = Int8Builder.Quantise(w[i], _grid.Scales[i / Columns]);
        return new Int8Weight(Type, values, _grid.Scales, Input);
    }
}
