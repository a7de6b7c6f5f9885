using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>W = F H, cut to N columns: dF = dW H, since H is symmetric, with zeros for the columns cut off.</summary>
sealed class HadamardParameters(HadamardWeight weight) : TrainableWeight(weight.Type, weight.Rows)
{
    readonly Child _f = new(weight.F);
    readonly double[] _row = new double[weight.Size];

    public override IEnumerable<Leaf> Leaves => _f.Leaves;

    public override void Materialise(Span<float> w) => Transform(_f.Refresh(), _row.Length, w, Columns);

    public override void Backward(ReadOnlySpan<float> dw)
    {
        Transform(dw, Columns, _f.Gradient, _row.Length);
        _f.Backward();
    }

    public override Weight ToWeight() => new HadamardWeight(Type, _f.ToWeight());

    /// <summary>Each row of <paramref name="from"/>, filled up with zeros, times H, cut to the columns of <paramref name="to"/>.</summary>
    void Transform(ReadOnlySpan<float> from, int fromColumns, Span<float> to, int toColumns)
    {
        for (int i = 0; i < Rows; i++)
        {
            Array.Clear(_row);
            for (int j = 0; j < fromColumns; j++) _row[j] = from[i * fromColumns + j];
            HadamardWeight.Transform(_row);
            for (int j = 0; j < toColumns; j++) to[i * toColumns + j] = (float)_row[j];
        }
    }
}
