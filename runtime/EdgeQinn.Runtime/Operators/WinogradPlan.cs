using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators;

/// <summary>How a convolution runs by minimal filtering: which filter, in how many sections, on how many tiles at once, and its weights.</summary>
sealed unsafe class WinogradPlan
{
    const int Outputs = IMinimalFilter.Outputs, MostTiles = 24;

    readonly ConvShape _shape;
    readonly double[] _points;

    WinogradPlan(ConvShape shape, int taps, double[] points, Kernel<ConvWinogradArgs> kernel)
    {
        (_shape, Taps, _points, Kernel) = (shape, taps, points, kernel);
        Sections = (shape.Kernel[2] + taps - 1) / taps;
    }

    /// <summary>The cheapest filter for <paramref name="shape"/>; null unless it is one-dimensional with stride and dilation 1 and constant weights.</summary>
    public static WinogradPlan? For(OperatorCall call, ConvShape shape, StepPlanner planner)
    {
        if (shape.SpatialRank != 1 || shape.Transposed || shape.Stride[2] != 1 || shape.Dilation[2] != 1 || shape.Kernel[2] < 2) return null;
        if (call.Constant(1) is not { IsDense: true }) return null;
        WinogradPlan[] plans =
        [
            new(shape, MinimalFilter3.Taps, MinimalFilter3.Points.ToArray(), planner.Select(ConvWinograd.Filter3)),
            new(shape, MinimalFilter5.Taps, MinimalFilter5.Points.ToArray(), planner.Select(ConvWinograd.Filter5)),
            new(shape, MinimalFilter7.Taps, MinimalFilter7.Points.ToArray(), planner.Select(ConvWinograd.Filter7)),
        ];
        return plans.MinBy(p => p.Cost);
    }

    /// <summary>Taps of the filter.</summary>
    public int Taps { get; }

    /// <summary>Runs of taps that the kernel is cut into.</summary>
    public int Sections { get; }

    public Kernel<ConvWinogradArgs> Kernel { get; }

    int Products => Taps + Outputs - 1;

    int Tiles => (_shape.Out[2] + Outputs - 1) / Outputs;

    int Vectors => (_shape.OutPerGroup + Kernel.Panel - 1) / Kernel.Panel * (Kernel.Panel / Kernel.Lanes);

    /// <summary>In the unit of <see cref="ConvCost"/>: products, transform of the input, transform of the output.</summary>
    public double Cost
    {
        get
        {
            int depth = Sections * _shape.InPerGroup, chunk = Chunk(1);
            double chunks = (double)Tiles / chunk, inputVectors = chunks * ConvWinograd.TilePitch(chunk, Kernel.Lanes) / Math.Min(Kernel.Lanes, Math.Max(4, chunk));
            double products = (double)Vectors * Products * ((Tiles + 1) & ~1) * (depth + 4);
            double input = inputVectors * depth * 6 * Products, output = (double)Vectors * Tiles * (6 * Products + 4 * Kernel.Lanes);
            return _shape.Group * (products + input + output);
        }
    }

    /// <summary>Tiles per chunk: even shares of at most <see cref="MostTiles"/>, each with a whole number of pools.</summary>
    public int Chunk(int pool)
    {
        int chunks = (Tiles + MostTiles - 1) / MostTiles, chunk = (Tiles + chunks - 1) / chunks;
        int unit = pool % Outputs == 0 ? pool / Outputs : Outputs % pool == 0 ? 1 : pool;
        return (chunk + unit - 1) / unit * unit;
    }

    /// <summary>Transforms and packs weights [rows, channels, kernel] into model memory: [group, block, product, section, channel, panel].</summary>
    public float* PackWeights(ReadOnlySpan<float> w, StepPlanner planner)
    {
        int panel = Kernel.Panel, blocks = (_shape.OutPerGroup + panel - 1) / panel, channels = _shape.InPerGroup, length = _shape.Kernel[2];
        float* packed = planner.Allocate<float>((long)_shape.Group * blocks * Products * Sections * channels * panel);
        Span<double> u = stackalloc double[IMinimalFilter.MaxProducts];
        for (int g = 0; g < _shape.Group; g++)
            for (int o = 0; o < _shape.OutPerGroup; o++)
                for (int c = 0; c < channels; c++)
                    for (int q = 0; q < Sections; q++)
                    {
                        int first = q * Taps;
                        var taps = w.Slice(((g * _shape.OutPerGroup + o) * channels + c) * length + first, Math.Min(Taps, length - first));
                        MinimalFilterWeights.Transform(_points, taps, Taps, u);
                        for (int i = 0; i < Products; i++)
                            packed[((((long)g * blocks + o / panel) * Products + i) * Sections * channels + q * channels + c) * panel + o % panel] = (float)u[i];
                    }
        return packed;
    }
}
