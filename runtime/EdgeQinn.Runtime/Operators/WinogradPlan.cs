using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators;

/// <summary>How a convolution runs by minimal filtering: which filter, in how many sections, on how many tiles at once, and its weights.</summary>
sealed unsafe class WinogradPlan
{
    const int Outputs = IMinimalFilter.Outputs, MostTiles = 32;

    readonly ConvShape _shape;
    readonly double[] _points;

    WinogradPlan(ConvShape shape, int taps, double[] points, Kernel<ConvWinogradArgs> kernel)
    {
        (_shape, Taps, _points, Kernel) = (shape, taps, points, kernel);
        Sections = (shape.Kernel[2] + taps - 1) / taps;
    }

    /// <summary>Whether the convolution is one-dimensional with stride and dilation 1 and constant weights.</summary>
    public static bool Fits(OperatorCall call, ConvShape shape) =>
        shape is { SpatialRank: 1, Transposed: false } && shape.Stride[2] == 1 && shape.Dilation[2] == 1 && shape.Kernel[2] > 1
        && call.Constant(1) is not null;

    /// <summary>Every filter on every kernel that may be used.</summary>
    public static IEnumerable<WinogradPlan> All(ConvShape shape, StepPlanner planner) =>
    [
        .. planner.Candidates(ConvWinograd.Filter3).Select(k => new WinogradPlan(shape, MinimalFilter3.Taps, [.. MinimalFilter3.Points], k)),
        .. planner.Candidates(ConvWinograd.Filter5).Select(k => new WinogradPlan(shape, MinimalFilter5.Taps, [.. MinimalFilter5.Points], k)),
        .. planner.Candidates(ConvWinograd.Filter7).Select(k => new WinogradPlan(shape, MinimalFilter7.Taps, [.. MinimalFilter7.Points], k)),
    ];

    /// <summary>Taps of the filter.</summary>
    public int Taps { get; }

    /// <summary>Runs of taps that the kernel is cut into.</summary>
    public int Sections { get; }

    public Kernel<ConvWinogradArgs> Kernel { get; }

    int Products => Taps + Outputs - 1;

    int Blocks => (_shape.OutPerGroup + Kernel.Panel - 1) / Kernel.Panel;

    int Tiles => (_shape.Out[2] + Outputs - 1) / Outputs;

    /// <summary>In the unit of <see cref="ConvCost"/>: the products, the transform of the input, that of the output, reading the weights.</summary>
    public double Cost
    {
        get
        {
            if (Kernel.Isa == Isa.Scalar) return double.MaxValue;
            int depth = Sections * _shape.InPerGroup, chunk = Chunk(1), lanes = ConvWinograd.TileLanes(chunk, Kernel.Lanes);
            double rows = ConvCost.Rows(_shape.OutPerGroup, Kernel.Panel, Kernel.Lanes, Kernel.Isa), chunks = Math.Ceiling((double)Tiles / chunk);
            double products = rows * Products * ((Tiles + 1) & ~1) * (depth + 8);
            double input = chunks * depth * (40 + ConvCost.Rows(chunk, lanes, lanes, Kernel.Isa) * 6 * Products), output = rows * Tiles * 38;
            return _shape.Group * (products + input + output + chunks * ConvCost.Weights(rows * 8 * Products * depth));
        }
    }

    /// <summary>Tiles per chunk: even shares of at most <see cref="MostTiles"/>, each with a whole number of pools.</summary>
    public int Chunk(int pool)
    {
        int chunks = (Tiles + MostTiles - 1) / MostTiles, chunk = (Tiles + chunks - 1) / chunks;
        int unit = pool % Outputs == 0 ? pool / Outputs : Outputs % pool == 0 ? 1 : pool;
        return (chunk + unit - 1) / unit * unit;
    }

    /// <summary>Floats of packed weights.</summary>
    public long PackedLength => (long)_shape.Group * Blocks * Products * Sections * _shape.InPerGroup * Kernel.Panel;

    /// <summary>Transforms and packs weights [rows, channels, kernel] to [group, block, product, section, channel, panel].</summary>
    public void PackWeights(float* w, float* packed)
    {
        double[] matrix = MinimalFilter.Matrix(_points, Taps);
        int panel = Kernel.Panel, channels = _shape.InPerGroup, length = _shape.Kernel[2];
        nint row = (nint)channels * length, product = (nint)Sections * channels * panel;
        for (int g = 0; g < _shape.Group; g++)
            for (int b = 0; b < Blocks; b++, packed += Products * product)
                for (int c = 0; c < channels; c++)
                    for (int q = 0; q < Sections; q++)
                    {
                        int rows = Math.Min(panel, _shape.OutPerGroup - b * panel), taps = Math.Min(Taps, length - q * Taps);
                        float* from = w + (g * _shape.OutPerGroup + b * panel) * row + c * length + q * Taps;
                        MinimalFilter.Transform(matrix, Taps, from, row, taps, rows, panel, packed + (q * channels + c) * panel, product);
                    }
    }
}
