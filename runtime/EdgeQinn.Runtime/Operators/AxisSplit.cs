using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>A shape seen from one axis: what lies outside it, the axis, what lies inside.</summary>
readonly record struct AxisSplit(long Outer, long Axis, long Inner)
{
    /// <summary>The split of <paramref name="type"/> at <paramref name="axis"/> (not negative).</summary>
    public static AxisSplit At(TensorType type, int axis) =>
        new(Product(type.Shape.AsSpan()[..axis]), type.Shape[axis], Product(type.Shape.AsSpan()[(axis + 1)..]));

    /// <summary>The product of <paramref name="dimensions"/>.</summary>
    public static long Product(ReadOnlySpan<int> dimensions)
    {
        long product = 1;
        foreach (int d in dimensions) product *= d;
        return product;
    }
}
