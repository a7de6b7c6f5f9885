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
        for (int i = 0; i < h; i++)
        {
            float z = Sigmoid(x[i] + p[i]), r = Sigmoid(x[h + i] + p[h + i]), c = MathF.Tanh(x[2 * h + i] + r * p[2 * h + i]);
            after[i] = (1 - z) * c + z * before[i];
            (kept[i], kept[h + i], kept[2 * h + i], kept[3 * h + i]) = (z, r, c, p[2 * h + i]);
        }
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
