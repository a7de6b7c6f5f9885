using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>W = Σ_k A_k ⊗ B_k: W[(g, a), (g', b)] = Σ_k A[k, g, g'] B[k, a, b], so dA and dB are sums of dW against the other factor.</summary>
sealed class SchmidtParameters(EntangledWeight weight) : TrainableWeight(weight.Type, weight.Rows)
{
    readonly Child _a = new(weight.A), _b = new(weight.B);
    readonly int _terms = weight.A.Type.Shape[0], _groups = weight.A.Type.Shape[1], _inputGroups = weight.A.Type.Shape[2];
    readonly int _m = weight.B.Type.Shape[1], _n = weight.B.Type.Shape[2];

    public override IEnumerable<Leaf> Leaves => [.. _a.Leaves, .. _b.Leaves];

    public override void Materialise(Span<float> w)
    {
        float[] a = _a.Refresh(), b = _b.Refresh();
        w[..(Rows * Columns)].Clear();
        for (int k = 0; k < _terms; k++)
            for (int gg = 0; gg < _groups * _inputGroups; gg++)
                for (int i = 0; i < _m; i++)
                    for (int j = 0; j < _n; j++) w[At(gg, i, j)] += a[k * _groups * _inputGroups + gg] * b[(k * _m + i) * _n + j];
    }

    public override void Backward(ReadOnlySpan<float> dw)
    {
        Array.Clear(_a.Gradient);
        Array.Clear(_b.Gradient);
        for (int k = 0; k < _terms; k++)
            for (int gg = 0; gg < _groups * _inputGroups; gg++)
            {
                double sum = 0;
                float scale = _a.Value[k * _groups * _inputGroups + gg];
                for (int i = 0; i < _m; i++)
                    for (int j = 0; j < _n; j++)
                    {
                        float d = dw[At(gg, i, j)];
                        sum += (double)d * _b.Value[(k * _m + i) * _n + j];
                        _b.Gradient[(k * _m + i) * _n + j] += d * scale;
                    }
                _a.Gradient[k * _groups * _inputGroups + gg] = (float)sum;
            }
        _a.Backward();
        _b.Backward();
    }

    public override Weight ToWeight() => new EntangledWeight(Type, Rows, EntangledKind.Schmidt, _a.ToWeight(), _b.ToWeight());

    int At(int groups, int row, int column) => (groups / _inputGroups * _m + row) * Columns + groups % _inputGroups * _n + column;
}
