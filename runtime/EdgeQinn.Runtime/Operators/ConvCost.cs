using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// What a convolution costs by each kernel, to choose between them. The unit is one vector multiply-add of up to 8 lanes at full rate;
/// the constants were fitted to timings of the reference models' layers (benchmarks/results/convolution.md).
/// </summary>
static class ConvCost
{
    const double CacheFloats = 128 * 1024;

    /// <summary>Time on the lanes: whole blocks of channels × whole vectors of time (a single one costs a little more), and the pass that splits phases, row by row. With a pool, two vectors share
    /// a weight instead of three, which only AVX-512 has loads to spare for; longer pools are computed in pairs, an odd last one twice, and joined in memory.</summary>
    public static double Time(ConvShape shape, int pool, Kernel<ConvTimeArgs> kernel) => Time(shape, pool, kernel, Pooled(pool, kernel.Isa) * shape.Taps + 6);

    static double Pooled(int pool, Isa isa) => pool > 2 ? 1.3 * RoundUp(pool, 2) / pool : pool == 2 && isa != Isa.Avx512 ? 1.15 : 1;

    /// <summary>As time on the lanes, but loads are not shared between channels.</summary>
    public static double Depthwise(ConvShape shape, int pool, Kernel<ConvTimeArgs> kernel) => Time(shape, pool, kernel, 1.7 * shape.Taps + 10);

    static double Time(ConvShape shape, int pool, Kernel<ConvTimeArgs> kernel, double perVector)
    {
        double rows = RoundUp(shape.OutPerGroup, kernel.Panel) * (double)shape.Group;
        double vectors = (double)shape.Out[0] * shape.Out[1] * pool * RoundUp(shape.Out[2] / pool, kernel.Lanes) / kernel.Lanes;
        double split = pool * shape.Stride[2] > 1 ? Inputs(shape) + 60.0 * shape.InChannels * shape.In[0] * shape.In[1] : 0.3 * Inputs(shape);
        return rows * Math.Max(1.1, vectors) * VectorOperation(kernel.Lanes, kernel.Isa) * perVector + split + Weights(rows * shape.Taps);
    }

    /// <summary>Channels on the lanes: whole vectors of channels × outputs (an even number), and turning the result round.</summary>
    public static double Channel(ConvShape shape, Kernel<ConvChannelArgs> kernel)
    {
        double rows = Rows(shape.OutPerGroup, kernel.Panel, kernel.Lanes, kernel.Isa) * shape.Group;
        return rows * RoundUp(shape.OutCount, 2) * (shape.Taps + 10) + 0.3 * Inputs(shape) + Weights(rows * 8 * shape.Taps);
    }

    /// <summary>One operation on <paramref name="rows"/> lanes in whole panels.</summary>
    public static double Rows(int rows, int panel, int lanes, Isa isa) => (double)RoundUp(rows, panel) / lanes * VectorOperation(lanes, isa);

    /// <summary>Reading weights that do not stay in the cache.</summary>
    public static double Weights(double floats) => floats > CacheFloats ? 0.25 * floats : 0;

    /// <summary>16 lanes take two cycles of a core whose units have 8; scalar code runs a chain of dependent sums.</summary>
    public static double VectorOperation(int lanes, Isa isa) => isa == Isa.Scalar ? 4 : lanes <= 8 || Cpu.HasFull512BitUnits ? 1 : lanes / 8.0;

    static double Inputs(ConvShape shape) => (double)shape.InChannels * shape.In[0] * shape.In[1] * shape.In[2];

    static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
