using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Compression;

/// <summary>Symmetric int8 by the largest magnitude of each row.</summary>
public static class Int8Builder
{
    /// <summary>The quantised weight; <paramref name="input"/> fixes how activations are quantised.</summary>
    public static Int8Weight Build(DenseLayer layer, ActivationRange? input = null)
    {
        var scales = new float[layer.Rows];
        var values = new sbyte[layer.Data.Length];
        for (int i = 0; i < layer.Rows; i++)
        {
            scales[i] = Scale(layer.Data.AsSpan(i * layer.Columns, layer.Columns));
            for (int j = i * layer.Columns; j < (i + 1) * layer.Columns; j++) values[j] = Quantise(layer.Data[j], scales[i]);
        }
        return new Int8Weight(layer.Type, values, scales, input);
    }

    /// <summary>The scale that maps the largest magnitude to 127; 0 for a row of zeros.</summary>
    public static float Scale(ReadOnlySpan<float> row)
    {
        float largest = 0;
        foreach (float w in row) largest = Math.Max(largest, Math.Abs(w));
        return largest / 127;
    }

    /// <summary>The nearest multiple of <paramref name="scale"/>, ties to even.</summary>
    public static sbyte Quantise(float value, float scale) =>
        scale == 0 ? (sbyte)0 : (sbyte)Math.Clamp(MathF.Round(value / scale, MidpointRounding.ToEven), -127, 127);
}
