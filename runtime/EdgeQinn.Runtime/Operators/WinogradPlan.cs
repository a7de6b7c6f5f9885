using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators;

/// <summary>How a convolution runs by minimal filtering: which filter, in how many sections, on how many tiles at once, and its weights.</summary>
sealed unsafe class WinogradPlan
{
    const int Outputs = IMinimalFilter.Outputs, MostTiles = 32;

    /// <summary>More than anything costs: the reference runs where it is asked for, with the filter that fits best.</summary>
    const double Never = 1e100;

    readonly ConvShape _shape;
    readonly double[] _points;

    readonly int _channels;

    /// <param name="shape">The convolution.</param>
    /// <param name="taps">The filter's taps.</param>
    /// <param name="points">The filter's points.</param>
    /// <param name="channels">Rows of input per group: channels, or words of several.</param>
    /// <param name="kernel">The kernel.</param>
    public WinogradPlan(ConvShape shape, int taps, double[] points, int channels, Kernel<ConvWinogradArgs> kernel)
    {
        (_shape, Taps, _points, _channels, Kernel) = (shape, taps, points, channels, kernel);
        Sections = (shape.Kernel[2] + taps - 1) / taps;
    }

    /// <summary>Whether the convolution is one-dimensional with stride and dilation 1 and constant weights.</summary>
    public static bool Fits(OperatorCall call, ConvShape shape) =>
        shape is { SpatialRank: 1, Transposed: false } && shape.Stride[2] == 1 && shape.Dilation[2] == 1 && shape.Kernel[2] > 1
        && call.Constant(1) is not null;

    /// <summary>Every filter on every kernel that may be used.</summary>
    public static IEnumerable<WinogradPlan> All(ConvShape shape, StepPlanner planner) =>
    [
        .. planner.Candidates(ConvWinograd.Filter3).Select(k => new WinogradPlan(shape, MinimalFilter3.Taps, [.. MinimalFilter3.Points], shape.InPerGroup, k)),
        .. planner.Candidates(ConvWinograd.Filter5).Select(k => new WinogradPlan(shape, MinimalFilter5.Taps, [.. MinimalFilter5.Points], shape.InPerGroup, k)),
        .. planner.Candidates(ConvWinograd.Filter7).Select(k => new WinogradPlan(shape, MinimalFilter7.Taps, [.. MinimalFilter7.Points], shape.InPerGroup, k)),
    ];

    /// <summary>Taps of the filter.</summary>
    public int Taps { get; }

    /// <summary>Runs of taps that the kernel is cut into.</summary>
    public int Sections { get; }

    public Kernel<ConvWinogradArgs> Kernel { get; }

    /// <summary>Multiplications per tile.</summary>
    public int Products => Taps + Outputs - 1;

    /// <summary>Blocks of output channels per group.</summary>
    public int Blocks => (_shape.OutPerGroup + Kernel.Panel - 1) / Kernel.Panel;

    int Tiles => (_shape.Out[2] + Outputs - 1) / Outputs;

    /// <summary>In the unit of <see cref="ConvCost"/>: the products, the transform of the input, that of the output, reading the weights.</summary>
    public double Cost
    {
        get
        {
            if (Kernel.Isa == Isa.Scalar) return Never * Products * Sections;
            int depth = Sections * _channels, chunk = Chunk(1), lanes = ConvWinograd.TileLanes(chunk, Kernel.Lanes);
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

    /// <summary>Words of packed weights.</summary>
    public long PackedLength => (long)_shape.Group * Blocks * Products * Sections * _channels * Kernel.Panel;

    /// <summary>Appends the step.</summary>
    /// <param name="planner">The node's planner.</param>
    /// <param name="x">The input, not padded.</param>
    /// <param name="u">The packed weights.</param>
    /// <param name="bias">The bias, padded to whole blocks in each group.</param>
    /// <param name="pool">Max-pool length; 1 for none.</param>
    /// <param name="lo">The clamp's lower bound.</param>
    /// <param name="hi">The clamp's upper bound.</param>
    /// <param name="mapping">In int8: where the input's <see cref="Quantised"/> lies.</param>
    /// <param name="scales">In int8: the weights' scales, padded as the bias.</param>
    public void Append(StepPlanner planner, BufferRef x, BufferRef u, BufferRef bias, int pool, float lo, float hi, BufferRef? mapping = null, BufferRef? scales = null)
    {
        var (shape, sections, channels) = (_shape, Sections, _channels);
        var zeros = planner.ModelBuffer(Kernel.Panel * sizeof(float));
        int depth = sections * channels, chunk = Chunk(pool), pitch = ConvWinograd.TilePitch(chunk, Kernel.Lanes);
        var offsets = planner.Table<int>([.. Enumerable.Range(0, depth).Select(i => i * pitch)]);
        var tiles = planner.Table<int>([.. Enumerable.Range(0, chunk)]);
        var scratch = planner.Scratch(ConvWinograd.ScratchLength(Taps, sections, channels, chunk, Kernel.Lanes, Kernel.Panel) * sizeof(float));
        var y = planner.Output(0);
        planner.Step(Kernel, (ref ConvWinogradArgs a, SessionMemory memory) => a = new ConvWinogradArgs
        {
            X = memory.Pointer<float>(x), U = memory.Pointer<float>(u), Bias = memory.Pointer<float>(bias), Zeros = memory.Pointer<float>(zeros),
            Mapping = mapping is { } m ? memory.Pointer<Quantised>(m) : null, Scales = scales is { } s ? memory.Pointer<float>(s) : null,
            Y = memory.Pointer<float>(y), Scratch = memory.Pointer<float>(scratch),
            Offsets = memory.Pointer<int>(offsets), Tiles = memory.Pointer<int>(tiles), Batch = shape.Batch, Groups = shape.Group,
            Rows = shape.OutPerGroup, Channels = channels,
            Sections = sections, Length = shape.In[2], Begin = shape.Begin[2], Outputs = shape.Out[2], Chunk = chunk, Pool = pool,
            Lo = lo, Hi = hi,
        });
    }

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
