using System.Numerics.Tensors;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>Sums that every layer needs.</summary>
static class Rows
{
    /// <summary>sums[j] += Σ_i x[i, j] for x [·, columns].</summary>
    public static void AddSums(ReadOnlySpan<float> x, int columns, Span<float> sums)
    {
        for (int i = 0; i < x.Length; i += columns) Add(x.Slice(i, columns), sums);
    }

    /// <summary>y += x.</summary>
    public static void Add(ReadOnlySpan<float> x, Span<float> y) => TensorPrimitives.Add(y[..x.Length], x, y);
}
