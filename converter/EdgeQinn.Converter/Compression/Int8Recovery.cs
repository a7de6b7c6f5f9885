using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Compression;

/// <summary>
/// Finds the integers that dequantised weights were made of: per row the largest scale s with w[j] = s·q[j], q in −127…127. Works on the
/// numbers alone, so that it does not matter whether a scale was given per tensor or per axis, transposed, or changed by folding a
/// batch norm.
/// </summary>
public static class Int8Recovery
{
    /// <summary>How far, relative to q, w / s may lie from a whole number q: a few roundings to float32 (scale, product, folded factors), each of 2⁻²⁴.</summary>
    const double MaxError = 8.0 / (1 << 24);

    const int MaxMagnitude = 127;

    /// <summary>The weight with these integers; null where a row is none (int8's −128 and shifted unsigned weights may lie outside).</summary>
    public static Int8Weight? TryBuild(DenseLayer layer, ActivationRange? input)
    {
        var scales = new float[layer.Rows];
        var values = new sbyte[layer.Data.Length];
        for (int i = 0; i < layer.Rows; i++)
        {
            var row = layer.Data.AsSpan(i * layer.Columns, layer.Columns);
            if (Scale(row) is not { } scale) return null;
            scales[i] = scale;
            for (int j = 0; j < row.Length; j++) values[i * layer.Columns + j] = Int8Builder.Quantise(row[j], scale);
        }
        return new Int8Weight(layer.Type, values, scales, input);
    }

    /// <summary>The row's scale: its largest magnitude is 1, 2, … or 127 times it. 0 for a row of zeros, null where there is none.</summary>
    static float? Scale(ReadOnlySpan<float> row)
    {
        double largest = 0;
        foreach (float w in row)
        {
            if (!float.IsFinite(w)) return null;
            largest = Math.Max(largest, Math.Abs(w));
        }
        if (largest == 0) return 0;
        for (int magnitude = 1; magnitude <= MaxMagnitude; magnitude++)
            if (Fits(row, largest / magnitude)) return BestScale(row, largest / magnitude);
        return null;
    }

    static bool Fits(ReadOnlySpan<float> row, double scale)
    {
        foreach (float w in row)
        {
            double q = Math.Round(w / scale);
            if (Math.Abs(w / scale - q) > MaxError * Math.Abs(q)) return false;
        }
        return true;
    }

    /// <summary>Least squares over the row: one element's rounding does not decide.</summary>
    static float BestScale(ReadOnlySpan<float> row, double scale)
    {
        double product = 0, square = 0;
        foreach (float w in row)
        {
            double q = Math.Round(w / scale);
            (product, square) = (product + w * q, square + q * q);
        }
        return (float)(product / square);
    }
}
