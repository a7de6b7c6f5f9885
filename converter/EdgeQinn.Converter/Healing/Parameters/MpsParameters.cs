using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>A tensor train of matrices: cores are merged one after another, and the gradient runs back through the merges.</summary>
sealed class MpsParameters : TrainableWeight
{
    readonly Child[] _cores;
    readonly int[][] _shapes;
    readonly MpsCore[] _merged;
    readonly int _paddedColumns;

    public MpsParameters(MpsWeight weight) : base(weight.Type, weight.Rows)
    {
        _cores = [.. weight.Cores.Select(c => new Child(c))];
        _shapes = [.. weight.Cores.Select(c => c.Type.Shape.ToArray())];
        _merged = new MpsCore[_cores.Length];
        _paddedColumns = weight.PaddedColumns;
    }

    public override IEnumerable<Leaf> Leaves => _cores.SelectMany(c => c.Leaves);

    public override void Materialise(Span<float> w)
    {
        for (int k = 0; k < _cores.Length; k++)
        {
            var s = _shapes[k];
            var core = new MpsCore(s[0], s[1], s[2], s[3], _cores[k].Refresh());
            _merged[k] = k == 0 ? core : _merged[k - 1].Merge(core);
        }
        for (int i = 0; i < Rows; i++) _merged[^1].Data.AsSpan(i * _paddedColumns, Columns).CopyTo(w[(i * Columns)..]);
    }

    public override void Backward(ReadOnlySpan<float> dw)
    {
        var gradient = new float[_merged[^1].Data.Length];
        for (int i = 0; i < Rows; i++) dw.Slice(i * Columns, Columns).CopyTo(gradient.AsSpan(i * _paddedColumns));
        for (int k = _cores.Length - 1; k > 0; k--)
        {
            var left = _merged[k - 1];
            int outer = left.Left * left.Rows * left.Columns, inner = _cores[k].Value.Length / left.Right;
            var before = new float[left.Data.Length];
            FactorGradient.OfProduct(outer, left.Right, inner, left.Data, _cores[k].Value, Unmerge(gradient, left, _shapes[k]), before, _cores[k].Gradient);
            gradient = before;
        }
        gradient.CopyTo(_cores[0].Gradient.AsSpan());
        foreach (var core in _cores) core.Backward();
    }

    public override Weight ToWeight() => new MpsWeight(Type, Rows, [.. _cores.Select(c => c.ToWeight())]);

    /// <summary>Undoes the reordering in <see cref="MpsCore.Merge"/>: from (left, i, i', j, j', right) to (left, i, j, i', j', right).</summary>
    static float[] Unmerge(float[] merged, MpsCore left, int[] next)
    {
        var product = new float[merged.Length];
        int run = next[2] * next[3];
        for (int li = 0; li < left.Left * left.Rows; li++)
            for (int j = 0; j < left.Columns; j++)
                for (int i = 0; i < next[1]; i++)
                    merged.AsSpan(((li * next[1] + i) * left.Columns + j) * run, run).CopyTo(product.AsSpan(((li * left.Columns + j) * next[1] + i) * run));
        return product;
    }
}
