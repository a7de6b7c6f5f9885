namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class ConvWinograd
{
    /// <summary>The formula y = Aᵀ Σ u ∘ (Bᵀ d), tile by tile, with Bᵀ expanded from the points.</summary>
    static void Reference<TFilter>(ConvWinogradArgs* a) where TFilter : struct, IMinimalFilter
    {
        int plane = a->Outputs / a->Pool, depth = a->Sections * a->Channels;
        double* y = stackalloc double[Outputs];
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int o = 0; o < a->Rows; o++)
                {
                    float* x = a->X + (nint)(n * a->Groups + g) * a->Channels * a->Length;
                    float* to = a->Y + (nint)((n * a->Groups + g) * a->Rows + o) * plane;
                    float* u = a->U + (nint)(g * a->Rows + o) * Products<TFilter>() * depth;
                    for (int t = 0; t < plane * a->Pool; t++)
                    {
                        if (t % Outputs == 0) Tile<TFilter>(a, x, t, u, a->Bias[g * a->Rows + o], y);
                        float clamped = Math.Clamp((float)y[t % Outputs], a->Lo, a->Hi);
                        to[t / a->Pool] = t % a->Pool == 0 ? clamped : MathF.Max(to[t / a->Pool], clamped);
                    }
                }
    }

    /// <summary>The 4 outputs from output <paramref name="first"/> on, before clamping.</summary>
    static void Tile<TFilter>(ConvWinogradArgs* a, float* x, int first, float* u, float bias, double* y) where TFilter : struct, IMinimalFilter
    {
        int depth = a->Sections * a->Channels, last = Products<TFilter>() - 1;
        Span<double> row = stackalloc double[last + 1];
        for (int k = 0; k < Outputs; k++) y[k] = bias;
        for (int i = 0; i <= last; i++)
        {
            MinimalFilter.InputRow(TFilter.Points, i, row);
            double sum = 0;
            for (int q = 0; q < a->Sections; q++)
                for (int c = 0; c < a->Channels; c++)
                {
                    double z = 0;
                    for (int j = 0; j <= last; j++)
                    {
                        int at = first - a->Begin + q * TFilter.Taps + j;
                        if (at >= 0 && at < a->Length && row[j] != 0) z += row[j] * x[(nint)c * a->Length + at];
                    }
                    sum += u[i * depth + q * a->Channels + c] * z;
                }
            for (int k = 0; k < Outputs; k++)
                y[k] += i == last ? (k == Outputs - 1 ? sum : 0) : Math.Pow(MinimalFilter.Point(TFilter.Points, i), k) * sum;
        }
    }
}
