using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>
/// What a sparse convolution costs by each kernel, in the unit of <see cref="ConvCost"/>, to choose between them and the dense ones. Fitted to timings of 21 layers at 10 to 80 %
/// of their weights on AVX-512 and AVX2 (benchmarks/results/formats.md).
/// </summary>
static class SparseConvCost
{
    /// <summary>Four rows share taps; a last vector by itself waits for its own sums and takes as long as two.</summary>
    public static double Quad(ConvShape shape, Kernel<SparseConvArgs> kernel, double weights, int pool) =>
        ConvCost.VectorOperation(kernel.Lanes, kernel.Isa) * Vectors(shape, kernel.Lanes, 2) * (1.15 * weights + 3 * shape.OutChannels) + 25 * shape.OutChannels + Padding(shape) + Pooling(shape, pool);

    /// <summary>Rows with taps of their own: every load of 64 bytes crosses a cache line, every second one of 32, unless windows have one column.</summary>
    public static double Single(ConvShape shape, Kernel<SparseConvArgs> kernel, double weights, int pool)
    {
        double tap = shape.Kernel[2] == 1 ? 1.4 : kernel.Lanes == 16 ? 3 : 1.9;
        return ConvCost.VectorOperation(kernel.Lanes, kernel.Isa) * Vectors(shape, kernel.Lanes, 1) * (tap * weights + 2 * shape.OutChannels) + 70 * shape.OutChannels + Padding(shape) + Pooling(shape, pool);
    }

    /// <summary>The same over segments of <paramref name="segment"/> outputs, whose rows of input take <paramref name="length"/> vectors: loads cross no cache lines, but the input is laid out and each result turned.</summary>
    public static double Segmented(ConvShape shape, Kernel<SegmentedConvArgs> kernel, int segment, int length, double weights)
    {
        var (tap, lay) = kernel.Lanes == 16 ? (1.75, 28) : (1.3, 18);
        double vectors = segment * (tap * weights + 7.5 * shape.OutChannels) + (double)lay * length * shape.InChannels * shape.Stride[2];
        double row = segment * kernel.Lanes == shape.Out[2] ? 8 : 110; // what does not fill the lanes is copied
        return ConvCost.VectorOperation(kernel.Lanes, kernel.Isa) * vectors + row * shape.OutChannels + Padding(shape);
    }

    /// <summary>Vectors of time per output channel, in multiples of <paramref name="unit"/>.</summary>
    static double Vectors(ConvShape shape, int lanes, int unit) => (double)shape.Out[0] * shape.Out[1] * ((shape.Out[2] + lanes * unit - 1) / (lanes * unit)) * unit;

    /// <summary>The padded copy of the input; with a stride its phases are split, row by row.</summary>
    static double Padding(ConvShape shape) =>
        (double)shape.InChannels * shape.In[0] * shape.In[1] * (shape.Stride[2] > 1 ? shape.In[2] + 60 : 0.3 * shape.In[2]);

    /// <summary>Pools that no kernel does in registers, output by output.</summary>
    static double Pooling(ConvShape shape, int pool) => pool % 2 == 0 || pool == 1 ? 0 : 2.7 * shape.OutChannels * shape.OutCount;
}
