namespace EdgeQinn.Converter.Healing.Layers;

/// <summary><c>LSTM</c>: i, o, f = σ(x + p), c̃ = tanh(x + p), C ← f ⊙ C + i ⊙ c̃, h = o ⊙ tanh C.</summary>
sealed class LstmLayer(LayerContext context) : RecurrentLayer(context, 4, 8)
{
    /// <inheritdoc/>
    protected override int KeptPerUnit => 6;

    /// <inheritdoc/>
    protected override void Step(ReadOnlySpan<float> x, ReadOnlySpan<float> p, ReadOnlySpan<float> before, Span<float> after, Span<float> cell, Span<float> kept)
    {
        int h = S.H;
        for (int n = 0; n < h; n++)
        {
            float i = Sigmoid(x[n] + p[n]), o = Sigmoid(x[h + n] + p[h + n]), f = Sigmoid(x[2 * h + n] + p[2 * h + n]), g = MathF.Tanh(x[3 * h + n] + p[3 * h + n]);
            kept[5 * h + n] = cell[n];
            cell[n] = f * cell[n] + i * g;
            float squashed = MathF.Tanh(cell[n]);
            after[n] = o * squashed;
            (kept[n], kept[h + n], kept[2 * h + n], kept[3 * h + n], kept[4 * h + n]) = (i, o, f, g, squashed);
        }
    }

    /// <inheritdoc/>
    protected override void StepBack(ReadOnlySpan<float> before, ReadOnlySpan<float> kept, Span<float> dh, Span<float> dcell, Span<float> dx, Span<float> dp)
    {
        int h = S.H;
        for (int n = 0; n < h; n++)
        {
            float i = kept[n], o = kept[h + n], f = kept[2 * h + n], g = kept[3 * h + n], squashed = kept[4 * h + n], cell = kept[5 * h + n];
            float dc = dcell[n] + dh[n] * o * (1 - squashed * squashed);
            dx[n] = dp[n] = dc * g * i * (1 - i);
            dx[h + n] = dp[h + n] = dh[n] * squashed * o * (1 - o);
            dx[2 * h + n] = dp[2 * h + n] = dc * cell * f * (1 - f);
            dx[3 * h + n] = dp[3 * h + n] = dc * i * (1 - g * g);
            dcell[n] = dc * f;
            dh[n] = 0;
        }
    }
}
