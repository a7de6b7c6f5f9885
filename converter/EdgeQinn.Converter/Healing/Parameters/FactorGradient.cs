using EdgeQinn.Converter.Healing.Differentiation;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>Gradients by the factors of matrix products.</summary>
static class FactorGradient
{
    /// <summary>For C = A B with A [m, k], B [k, n] and dC: dA = dC Bᵀ and dB = Aᵀ dC.</summary>
    public static void OfProduct(int m, int k, int n, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> dc, Span<float> da, Span<float> db)
    {
        var turned = new float[b.Length];
        Product.Transpose(k, n, b, turned);
        Product.Run(m, n, k, dc, turned, da);
        Product.RunTransposed(k, m, n, a, dc, db);
    }

    /// <summary>The same for two factors whose product is the whole.</summary>
    public static void OfProduct(Child a, Child b, ReadOnlySpan<float> dc) => OfProduct(a.Rows, a.Columns, b.Columns, a.Value, b.Value, dc, a.Gradient, b.Gradient);
}
