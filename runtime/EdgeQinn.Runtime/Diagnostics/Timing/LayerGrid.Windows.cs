using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>Convolutions and recurrences.</summary>
static partial class LayerGrid
{
    static IEnumerable<GridLayer> Convolutions(Sizes grid)
    {
        foreach (int taps in grid.DenseTaps)
            foreach (var (c, o, steps) in Channels(grid, grid.DenseSteps))
                foreach (var windows in (Windows[])[Windows.Dense, Windows.Other])
                    if (Convolution(r => RandomWeights.Dense(r, o, c, taps), steps, windows) is { } layer) yield return layer;
        foreach (int taps in grid.DenseTaps.Where(k => k > 1))
            foreach (int channels in grid.Outputs)
                foreach (int steps in grid.DenseSteps)
                    if (Convolution(r => RandomWeights.Dense(r, channels, 1, taps), steps, Windows.Depthwise) is { } layer) yield return layer;
        foreach (int taps in grid.Taps)
            foreach (var (c, o, steps) in Channels(grid, grid.Steps))
                foreach (var weight in ConvolutionFormats(grid, o, c, taps))
                    if (Convolution(weight, steps, Windows.Dense) is { } layer) yield return layer;
    }

    static IEnumerable<(int Inputs, int Outputs, int Steps)> Channels(Sizes grid, int[] steps) => from c in grid.Inputs from o in grid.Outputs from t in steps select (c, o, t);

    static IEnumerable<Func<Random, Weight>> ConvolutionFormats(Sizes grid, int o, int c, int taps)
    {
        yield return r => RandomWeights.Int8(r, o, c, taps);
        foreach (double density in grid.Densities)
            foreach (int height in (int[])[1, 4])
                foreach (bool int8 in (bool[])[false, true])
                    yield return r => RandomWeights.BlockSparse(r, height, 1, density, int8, o, c, taps);
        foreach (int rank in grid.Ranks)
        {
            if (2 * rank > Math.Min(o, c) || taps == 1) continue;
            yield return r => RandomWeights.LowRank(r, rank, o, c, taps);
            yield return r => RandomWeights.Tucker2(r, rank, o, c, taps);
            yield return r => RandomWeights.Cp(r, rank, o, c, taps);
        }
    }

    /// <summary>Padded so that there are as many outputs as inputs; <see cref="Windows.Other"/> is stride 2.</summary>
    static GridLayer? Convolution(Func<Random, Weight> make, int steps, Windows windows)
    {
        var random = new Random(1);
        var weight = make(random);
        int taps = weight.Type.Shape[2], stride = windows == Windows.Other ? 2 : 1, group = windows == Windows.Depthwise ? weight.Rows : 1;
        var attributes = new AttributeMap { { "strides", stride }, { "pads", (taps - 1) / 2, taps / 2 }, { "group", group } };
        return Layer("Conv", TimedLayer.Conv(weight, steps, windows), attributes,
            (null, new TensorType(ElementType.Float32, 1, weight.Type.Shape[1] * group, (steps - 1) * stride + 1)), Constant(weight.Encode()), Constant(RandomWeights.Floats(random, weight.Rows)));
    }

    static IEnumerable<GridLayer> Recurrences(Sizes grid)
    {
        foreach (var (op, gates) in ((string, int)[])[("RNN", 1), ("GRU", 3), ("LSTM", 4)])
            foreach (int inputs in grid.Units)
                foreach (int units in grid.Units)
                    foreach (int steps in grid.Steps.Take(3))
                        if (Recurrence(op, gates, inputs, units, steps) is { } layer) yield return layer;
    }

    static GridLayer? Recurrence(string op, int gates, int inputs, int units, int steps)
    {
        var random = new Random(1);
        Weight w = RandomWeights.Dense(random, 1, gates * units, inputs), r = RandomWeights.Dense(random, 1, gates * units, units);
        var attributes = new AttributeMap { { "hidden_size", units } };
        if (op == "GRU") attributes.Add("linear_before_reset", 1);
        return Layer(op, TimedLayer.Recurrent(op, w, r, steps), attributes, (null, new TensorType(ElementType.Float32, steps, 1, inputs)), Constant(w.Encode()), Constant(r.Encode()),
            Constant(RandomWeights.Floats(random, 1, 2 * gates * units)));
    }
}
