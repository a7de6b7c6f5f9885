using System.Numerics.Tensors;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>
/// The int8 grid of each row of a weight in training. Scales start as the file has them, so that training starts from exactly the weight given, and
/// grow where a row outgrows them. Gradients pass as if the rounding were not there (straight-through estimator: Bengio et al. 2013).
/// </summary>
sealed class Int8Grid(float[] scales)
{
    readonly float[] _first = [.. scales];

    /// <summary>The scales as of the last <see cref="Round"/>.</summary>
    public float[] Scales { get; } = scales;

    /// <summary>w ← scale · q, q the nearest in −127…127, row by row.</summary>
    public void Round(Span<float> w)
    {
        int columns = w.Length / Scales.Length;
        for (int i = 0; i < Scales.Length; i++)
        {
            var row = w.Slice(i * columns, columns);
            float scale = Scales[i] = Math.Max(_first[i], Math.Abs(TensorPrimitives.MaxMagnitude<float>(row)) / 127);
            if (scale == 0) continue; // a row of zeros
            TensorPrimitives.Divide(row, scale, row);
            TensorPrimitives.Round(row, row); // to even
            TensorPrimitives.Min(row, 127, row);
            TensorPrimitives.Max(row, -127, row);
            TensorPrimitives.Multiply(row, scale, row);
        }
    }
}
