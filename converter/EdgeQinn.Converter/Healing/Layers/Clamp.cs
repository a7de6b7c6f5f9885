using System.Numerics;
using System.Numerics.Tensors;
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
        TensorPrimitives.Max(y, Low, y);
        TensorPrimitives.Min(y, High, y);
    }

    /// <summary>dx = dy where the clamped result <paramref name="y"/> lies inside the bounds, else 0.</summary>
    public void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        if (IsNone)
        {
            dy.CopyTo(dx);
            return;
        }
        int at = 0;
        for (; at <= dx.Length - Vector<float>.Count; at += Vector<float>.Count) // lanes are elements
        {
            var result = new Vector<float>(y[at..]);
            var inside = Vector.GreaterThan(result, new Vector<float>(Low)) & Vector.LessThan(result, new Vector<float>(High));
            Vector.ConditionalSelect(inside, new Vector<float>(dy[at..]), Vector<float>.Zero).CopyTo(dx[at..]);
        }
        for (; at < dx.Length; at++) dx[at] = y[at] > Low && y[at] < High ? dy[at] : 0;
    }
}
