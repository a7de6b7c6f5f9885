using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>
/// W_g = S C_g U: with the shared state's matrix C_g U and read-out S, dS = Σ_g dW_g (C_g U)ᵀ, dC_g = Sᵀ dW_g Uᵀ, dU = Σ_g C_gᵀ Sᵀ dW_g. Of C_g only what the
/// kind has is trained: the diagonal, the angles, or all.
/// </summary>
sealed class EntangledParameters(EntangledWeight weight) : TrainableWeight(weight.Type, weight.Rows)
{
    readonly Child _u = new(weight.U), _s = new(weight.S), _c = new(weight.C);
    readonly EntangledKind _kind = weight.Kind;
    readonly int _groups = weight.Groups;
    float[] _couplings = [];

    public override IEnumerable<Leaf> Leaves => [.. _u.Leaves, .. _s.Leaves, .. _c.Leaves];

    int StateRank => _u.Rows;

    int ReadRank => _s.Columns;

    int GroupRows => _s.Rows;

    public override void Materialise(Span<float> w)
    {
        _u.Refresh();
        _s.Refresh();
        _c.Refresh();
        _couplings = ((EntangledWeight)ToWeight()).Couplings();
        var state = new float[ReadRank * Columns];
        for (int g = 0; g < _groups; g++)
        {
            Product.Run(ReadRank, StateRank, Columns, Coupling(g), _u.Value, state);
            Product.Run(GroupRows, ReadRank, Columns, _s.Value, state, w.Slice(g * GroupRows * Columns, GroupRows * Columns));
        }
    }

    public override void Backward(ReadOnlySpan<float> dw)
    {
        foreach (var factor in (ReadOnlySpan<Child>)[_u, _s, _c]) Array.Clear(factor.Gradient);
        float[] state = new float[ReadRank * Columns], dstate = new float[state.Length];
        float[] ds = new float[_s.Gradient.Length], dc = new float[ReadRank * StateRank], du = new float[_u.Gradient.Length];
        for (int g = 0; g < _groups; g++)
        {
            Product.Run(ReadRank, StateRank, Columns, Coupling(g), _u.Value, state);
            FactorGradient.OfProduct(GroupRows, ReadRank, Columns, _s.Value, state, dw.Slice(g * GroupRows * Columns, GroupRows * Columns), ds, dstate);
            FactorGradient.OfProduct(ReadRank, StateRank, Columns, Coupling(g), _u.Value, dstate, dc, du);
            Layers.Rows.Add(ds, _s.Gradient);
            Layers.Rows.Add(du, _u.Gradient);
            CouplingGradient(g, dc);
        }
        foreach (var factor in (ReadOnlySpan<Child>)[_u, _s, _c]) factor.Backward();
    }

    public override Weight ToWeight() => new EntangledWeight(Type, Rows, _kind, _u.ToWeight(), _s.ToWeight(), _c.ToWeight());

    ReadOnlySpan<float> Coupling(int group) => _couplings.AsSpan(group * ReadRank * StateRank, ReadRank * StateRank);

    /// <summary>From the gradient by C_g to that by what C_g is made of.</summary>
    void CouplingGradient(int group, ReadOnlySpan<float> dc)
    {
        int r = StateRank;
        if (_kind == EntangledKind.Coupled) dc.CopyTo(_c.Gradient.AsSpan(group * dc.Length));
        else if (_kind == EntangledKind.Phase)
            for (int k = 0; k < r; k++) _c.Gradient[group * r + k] = dc[k * r + k];
        else
            // Block [cos, −sin; sin, cos]: by the angle, [−sin, −cos; cos, −sin].
            for (int k = 0; k < r; k += 2)
            {
                int at = (group * r + k) / 2;
                var (sin, cos) = MathF.SinCos(_c.Value[at]);
                _c.Gradient[at] = -sin * (dc[k * r + k] + dc[(k + 1) * r + k + 1]) + cos * (dc[(k + 1) * r + k] - dc[k * r + k + 1]);
            }
    }
}
