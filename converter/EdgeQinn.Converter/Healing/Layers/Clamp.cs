using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>The bounds that linear layers and convolutions apply to their results; infinite for none.</summary>
readonly record struct Clamp(float Low, float High)
{
    /// <summary>The attribute <c>clamp</c>.</summary>
    public static Clamp Of(AttributeMap attributes) =>
        attributes.Floats("clamp") is { IsDefault: false } bounds ? new Clamp(bounds[0], bounds[1]) : new Clamp(float.NegativeInfinity, float.PositiveInfinity);

    bool IsNone => float.IsNegativeInfinity(Low) && float.IsPositiveInfinity(High);

    /// <summary>y ← min(High, max(Low, y)).</summary>
    public void Apply(Span<float> y)
    {
        if (IsNone) return;
        for (int i = 0; i < y.Length; i++) y[i] = Math.Min(High, Math.Max(Low, y[i]));
    }

    /// <summary>dx = dy where the clamped result <paramref name="y"/> lies inside the bounds, else 0.</summary>
    public void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        if (IsNone) dy.CopyTo(dx);
        else
            for (int i = 0; i < dx.Length; i++) dx[i] = y[i] > Low && y[i] < High ? dy[i] : 0;
    }
}
