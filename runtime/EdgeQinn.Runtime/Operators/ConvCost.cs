using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators;

/// <summary>What a convolution costs by each kernel, in vector multiply-adds; only compared with each other.</summary>
static class ConvCost
{
    /// <summary>Time on the lanes: whole blocks of channels × whole vectors of time, and the pass that splits phases.</summary>
    public static double Time(ConvShape shape, Kernel<ConvTimeArgs> kernel)
    {
        double rows = RoundUp(shape.OutPerGroup, kernel.Panel) * (double)shape.Group;
        double vectors = (double)shape.Out[0] * shape.Out[1] * RoundUp(shape.Out[2], kernel.Lanes) / kernel.Lanes;
        double split = shape.Stride[2] > 1 ? 4.0 * shape.InChannels * shape.In[0] * shape.In[1] * shape.In[2] : 0;
        return rows * Math.Max(2, vectors) * (shape.Taps + 4) + split;
    }

    /// <summary>Channels on the lanes: whole vectors of channels × outputs, and turning the result round.</summary>
    public static double Channel(ConvShape shape, Kernel<ConvChannelArgs> kernel)
    {
        double vectors = (double)RoundUp(shape.OutPerGroup, kernel.Panel) / kernel.Lanes * shape.Group;
        return vectors * RoundUp(shape.OutCount, 2) * (shape.Taps + 4) + 1.0 * shape.OutCount * shape.OutChannels / 4;
    }

    static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
