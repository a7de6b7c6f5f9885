using System.Numerics.Tensors;
using EdgeQinn.Converter.Healing.Parameters;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>
/// What an int8 layer makes of its input: the nearest point of the int8 grid, calibrated or by each input's own range. Gradients pass as if it
/// were not there (straight-through estimator: Bengio et al. 2013, arXiv 1308.3432).
/// </summary>
sealed class ActivationGrid
{
    readonly ActivationRange? _range;

    ActivationGrid(ActivationRange? range) => _range = range;

    /// <summary>The grid of a layer with this weight; null where it runs in float.</summary>
    public static ActivationGrid? Of(TrainableWeight weight) => weight is Int8Parameters int8 ? new ActivationGrid(int8.Input) : null;

    /// <summary>y = scale · (q − zero), q the nearest int8 of x; <paramref name="samples"/> inputs lie one after another.</summary>
    public void Round(ReadOnlySpan<float> x, int samples, Span<float> y)
    {
        int size = x.Length / Math.Max(1, samples);
        for (int s = 0; s < samples; s++)
        {
            var from = x.Slice(s * size, size);
            var grid = _range ?? ActivationRange.FromRange(TensorPrimitives.Min(from), TensorPrimitives.Max(from));
            var to = y.Slice(s * size, size);
            TensorPrimitives.Divide(from, grid.Scale, to);
            TensorPrimitives.Round(to, to); // to even
            TensorPrimitives.Add(to, grid.ZeroPoint, to);
            TensorPrimitives.Min(to, sbyte.MaxValue, to);
            TensorPrimitives.Max(to, sbyte.MinValue, to);
            TensorPrimitives.Subtract(to, grid.ZeroPoint, to);
            TensorPrimitives.Multiply(to, grid.Scale, to);
        }
    }
}
