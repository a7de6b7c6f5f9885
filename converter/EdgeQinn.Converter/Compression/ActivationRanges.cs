using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Compression;

/// <summary>How a layer's inputs are mapped to int8, from a sample of them: x ≈ scale·(q − zero), q in −128…127.</summary>
public static class ActivationRanges
{
    /// <summary>Everything seen fits.</summary>
    public static ActivationRange MinMax(ReadOnlySpan<float> sample)
    {
        float least = 0, most = 0; // zero is always exact: padding and sparsity rely on it
        foreach (float x in sample) (least, most) = (Math.Min(least, x), Math.Max(most, x));
        return Of(least, most);
    }

    /// <summary>Leaves out <paramref name="share"/> of the sample on either side, which saturates.</summary>
    public static ActivationRange Percentile(ReadOnlySpan<float> sample, double share = 0.0005)
    {
        float[] sorted = sample.ToArray();
        if (sorted.Length == 0) return Of(0, 0);
        Array.Sort(sorted);
        int outside = (int)(share * sorted.Length);
        return Of(Math.Min(0, sorted[outside]), Math.Max(0, sorted[^(1 + outside)]));
    }

    /// <summary>The range with the least mean squared error over the sample: the whole one narrowed step by step.</summary>
    public static ActivationRange LeastSquares(ReadOnlySpan<float> sample)
    {
        const int Steps = 40;
        float least = 0, most = 0;
        foreach (float x in sample) (least, most) = (Math.Min(least, x), Math.Max(most, x));
        var (best, bestError) = (Of(least, most), double.PositiveInfinity);
        for (int step = 0; step < Steps; step++)
        {
            float share = 1 - 0.02f * step;
            var range = Of(least * share, most * share);
            double error = 0;
            foreach (float x in sample) error += Math.Pow(Quantised(x, range) - x, 2);
            if (error < bestError) (best, bestError) = (range, error);
        }
        return best;
    }

    /// <summary>What <paramref name="x"/> becomes.</summary>
    public static float Quantised(float x, ActivationRange range) =>
        range.Scale * (Math.Clamp(MathF.Round(x / range.Scale, MidpointRounding.ToEven) + range.ZeroPoint, sbyte.MinValue, sbyte.MaxValue) - range.ZeroPoint);

    static ActivationRange Of(float least, float most)
    {
        float scale = (most - least) / 255;
        if (!(scale > 0)) return new ActivationRange(1, 0);
        return new ActivationRange(scale, (int)Math.Clamp(MathF.Round(sbyte.MinValue - least / scale), sbyte.MinValue, sbyte.MaxValue));
    }
}
