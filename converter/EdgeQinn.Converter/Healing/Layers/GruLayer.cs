using System.Numerics.Tensors;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>
/// <c>GRU</c> that resets after its product (<c>linear_before_reset</c> = 1, as PyTorch and Keras write it):
/// z = σ(xz + pz), r = σ(xr + pr), c = tanh(xh + r ⊙ ph), h ← (1 − z) ⊙ c + z ⊙ h.
/// </summary>
sealed class GruLayer : RecurrentLayer
{
    public GruLayer(LayerContext context) : base(context, 3, 6)
    {
        if (context.Attributes.Int("linear_before_reset") == 0) throw context.Call.Fail("training knows only linear_before_reset = 1");
    }

    /// <inheritdoc/>
    protected override int KeptPerUnit => 4;

    /// <inheritdoc/>
    protected override void Step(ReadOnlySpan<float> x, ReadOnlySpan<float> p, ReadOnlySpan<float> before, Span<float> after, Span<float> cell, Span<float> kept)
    {
        int h = S.H;
        Span<float> gates = kept[..(2 * h)], z = kept[..h], r = kept.Slice(h, h), c = kept.Slice(2 * h, h);
        p[(2 * h)..].CopyTo(kept[(3 * h)..]);
        TensorPrimitives.Add(x[..(2 * h)], p[..(2 * h)], gates);
        TensorPrimitives.Sigmoid(gates, gates);
        TensorPrimitives.MultiplyAdd(r, p.Slice(2 * h, h), x.Slice(2 * h, h), c);
        TensorPrimitives.Tanh(c, c);
        TensorPrimitives.Subtract(before, c, after);
        TensorPrimitives.MultiplyAdd(after, z, c, after); // c + z ⊙ (h − c)
    }

    /// <inheritdoc/>
    protected override void StepBack(ReadOnlySpan<float> before, ReadOnlySpan<float> kept, Span<float> dh, Span<float> dcell, Span<float> dx, Span<float> dp)
    {
        int h = S.H;
        for (int i = 0; i < h; i++)
        {
            float z = kept[i], r = kept[h + i], c = kept[2 * h + i], p = kept[3 * h + i];
            float dz = dh[i] * (before[i] - c) * z * (1 - z), dc = dh[i] * (1 - z) * (1 - c * c), dr = dc * p * r * (1 - r);
            (dx[i], dx[h + i], dx[2 * h + i]) = (dz, dr, dc);
            (dp[i], dp[h + i], dp[2 * h + i]) = (dz, dr, dc * r);
            dh[i] *= z;
        }
    }
}
