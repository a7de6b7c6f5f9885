using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Int8 weights as the int8 kernels want them: units of neighbouring operands in one word.</summary>
static class Int8Packing
{
    /// <summary>The largest number of products that sum up in int32 whatever they are: 255·127 each.</summary>
    public const int MaxTerms = int.MaxValue / (255 * 127);

    /// <summary>The unit made of w[first], w[first + stride], …: two int16 or four int8, the first lowest; operands from <paramref name="count"/> on are zero.</summary>
    public static int Unit(ReadOnlySpan<sbyte> w, int first, int stride, int count, int unit)
    {
        int packed = 0, bits = 32 / unit;
        for (int i = 0; i < Math.Min(unit, count); i++) packed |= (w[first + i * stride] & (int)((1L << bits) - 1)) << (bits * i);
        return packed;
    }

    /// <summary>A row's scale and the sum of its weights, as s_x·s and −z·Σ where the mapping of the inputs is given: what kernels do otherwise, with the same roundings.</summary>
    public static (float Scale, int Sum) Applied(ActivationRange? given, float scale, int sum) => given is { } range ? (range.Scale * scale, -range.ZeroPoint * sum) : (scale, sum);

    /// <summary>The sum of a row.</summary>
    public static int Sum(ReadOnlySpan<sbyte> row)
    {
        int sum = 0;
        foreach (sbyte w in row) sum += w;
        return sum;
    }
}
