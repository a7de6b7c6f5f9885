namespace EdgeQinn.Runtime.Operators.Resampling;

/// <summary>Which elements an interpolated one is made of, and how much of each.</summary>
/// <param name="Taps">Entries per output.</param>
/// <param name="Positions">[Out, Taps] positions along the axis of X, −1 where the output lies outside.</param>
/// <param name="Weights">[Out, Taps].</param>
sealed record InterpolationWeights(int Taps, int[] Positions, double[] Weights)
{
    /// <summary>Linear or cubic (Keys 1981, coefficient <paramref name="cubic"/>) weights for one axis; beyond the ends the last element repeats.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="transformation">From output to input coordinates.</param>
    /// <param name="cubic">Keys' a, or null for linear.</param>
    /// <param name="antialias">Whether the filter is stretched when the axis shrinks.</param>
    /// <param name="excludeOutside">Whether elements beyond the ends count nothing, rather than as the last one.</param>
    public static InterpolationWeights Create(ResizeAxis axis, string transformation, double? cubic, bool antialias, bool excludeOutside)
    {
        double stretch = antialias ? Math.Min(axis.Scale, 1) : 1, radius = cubic is null ? 1 : 2;
        int first = (int)Math.Floor(-radius / stretch) + 1, taps = 2 - 2 * first;
        var positions = new int[axis.Out * taps];
        var weights = new double[axis.Out * taps];
        for (int j = 0; j < axis.Out; j++)
        {
            var position = positions.AsSpan(j * taps, taps);
            var weight = weights.AsSpan(j * taps, taps);
            if (axis.Source(j, transformation) is not { } x)
            {
                position.Fill(-1);
                continue;
            }
            double floor = Math.Floor(x), sum = 0;
            for (int t = 0; t < taps; t++)
            {
                double at = floor + first + t, distance = Math.Abs(at - x) * stretch;
                position[t] = (int)Math.Clamp(at, 0, axis.In - 1);
                weight[t] = excludeOutside && (at < 0 || at >= axis.In) ? 0 : cubic is { } a ? Cubic(distance, a) : Math.Max(0, 1 - distance);
                sum += weight[t];
            }
            if (!antialias && !excludeOutside) continue;
            for (int t = 0; t < taps; t++) weight[t] = sum == 0 ? 0 : weight[t] / sum;
        }
        return new(taps, positions, weights);
    }

    static double Cubic(double d, double a) =>
        d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1
        : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        : 0;
}
