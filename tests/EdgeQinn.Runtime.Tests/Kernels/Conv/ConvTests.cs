using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Conv;

/// <summary>Every convolution kernel on every instruction set at hand against the definition in double precision, between guard pages.</summary>
public class ConvTests
{
    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(3, 5, 3)]
    [InlineData(2, 9, 5)]
    [InlineData(16, 32, 1)]
    [InlineData(7, 10, 2)]
    [InlineData(5, 18, 12)]
    [InlineData(4, 48, 7)]
    [InlineData(5, 35, 9)]
    public void Every_length(int inChannels, int outChannels, int kernel)
    {
        for (int t = 1; t <= 67; t += kernel > 7 ? 3 : 1)
            new ConvCase(1, inChannels, outChannels, [t], [kernel]) { Pads = [kernel / 2, kernel / 2] }.Check();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Lengths_beyond_one_chunk(int pool)
    {
        foreach (int t in new[] { 127, 129, 130, 257, 600 })
            new ConvCase(1, 3, 20, [t], [3]) { Pads = [2, 1], MaxPool = pool, Clamp = [-1, 1] }.Check();
    }

    [Fact]
    public void Kernels_longer_than_the_filters()
    {
        foreach (int kernel in new[] { 4, 6, 8, 10, 15, 21, 64 })
            new ConvCase(1, 4, 9, [50], [kernel]) { Pads = [kernel - 1, kernel / 3] }.Check();
    }

    /// <summary>Relative to the largest output; measured 5e-7, 1.3e-6, 3e-6 and 1.8e-6.</summary>
    [Theory]
    [InlineData(3, 2e-6)]
    [InlineData(5, 4e-6)]
    [InlineData(7, 8e-6)]
    [InlineData(9, 5e-6)]
    public void Minimal_filtering_keeps_its_accuracy(int kernel, double bound) =>
        Assert.InRange(new ConvCase(1, 64, 32, [96], [kernel]) { Pads = [kernel / 2, kernel / 2] }.MinimalFilteringError(), 1e-9, bound);

    [Fact]
    public void Every_number_of_channels()
    {
        for (int m = 1; m <= 67; m++) new ConvCase(1, m, 68 - m, [19], [3]) { Pads = [1, 1], Clamp = [0, 3] }.Check();
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(1, 3)]
    [InlineData(16, 1)]
    [InlineData(5, 4)]
    public void Strides_and_dilations(int stride, int dilation)
    {
        foreach (int outChannels in new[] { 3, 16, 40 })
            foreach (int t in new[] { 40, 67, 128 })
                new ConvCase(1, 3, outChannels, [t], [6]) { Stride = [stride], Dilation = [dilation], Pads = [4, 2], Bias = outChannels != 16 }.Check();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void Fused_clamp_and_pool(int pool)
    {
        foreach (int outChannels in new[] { 4, 30, 64 })
            for (int t = pool; t <= 67; t += 3)
                new ConvCase(1, 3, outChannels, [t], [5]) { Pads = [2, 2], Clamp = [0, float.PositiveInfinity], MaxPool = pool }.Check();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(9)]
    public void One_channel(int kernel)
    {
        foreach (int outChannels in new[] { 4, 21, 32 })
            for (int t = kernel; t <= 99; t += 5)
                foreach (int stride in new[] { 1, 2 })
                    new ConvCase(1, 1, outChannels, [t], [kernel]) { Stride = [stride], Pads = [kernel / 2, kernel / 2], Clamp = [0, float.PositiveInfinity], MaxPool = t % 2 + 1 }.Check();
    }

    [Theory]
    [InlineData(6, 6, 6)]
    [InlineData(6, 12, 6)]
    [InlineData(8, 20, 4)]
    [InlineData(9, 3, 3)]
    public void Groups(int inChannels, int outChannels, int group)
    {
        foreach (int t in new[] { 5, 16, 33, 64 })
            new ConvCase(2, inChannels, outChannels, [t], [3]) { Group = group, Pads = [1, 1] }.Check();
    }

    [Fact]
    public void Two_axes()
    {
        new ConvCase(1, 1, 8, [28, 28], [5, 5]) { Pads = [2, 2, 2, 2] }.Check();
        new ConvCase(1, 8, 16, [14, 14], [5, 5]) { Pads = [2, 2, 2, 2], Clamp = [0, 6] }.Check();
        new ConvCase(2, 3, 5, [9, 7], [3, 2]) { Pads = [0, 1, 2, 3], Stride = [2, 3], Dilation = [2, 1] }.Check();
        new ConvCase(1, 32, 33, [7, 7], [1, 1]).Check();
        new ConvCase(1, 16, 24, [8, 9], [1, 1]) { Stride = [2, 2] }.Check();
        new ConvCase(2, 12, 12, [11, 13], [3, 3]) { Group = 12, Pads = [1, 1, 1, 1] }.Check();
    }

    [Fact]
    public void Three_axes()
    {
        new ConvCase(1, 3, 4, [5, 6, 7], [3, 3, 3]) { Pads = [1, 1, 1, 1, 1, 1] }.Check();
        new ConvCase(2, 2, 6, [6, 5, 9], [2, 3, 2]) { Stride = [2, 1, 2], Dilation = [1, 2, 1], Pads = [1, 0, 1, 0, 2, 0], Group = 2 }.Check();
    }

    [Fact]
    public void Transposed()
    {
        foreach (int t in new[] { 1, 4, 17, 33 })
            foreach (int stride in new[] { 1, 2, 3 })
                new ConvCase(2, 4, 6, [t], [4]) { Transposed = true, Stride = [stride], Pads = [1, 1], OutputPadding = [stride - 1], Group = 2 }.Check();
        new ConvCase(1, 3, 2, [3, 4], [3, 3]) { Transposed = true, Stride = [3, 2], Pads = [1, 1, 1, 1], Dilation = [1, 2] }.Check();
        new ConvCase(1, 2, 3, [3, 4, 5], [2, 3, 2]) { Transposed = true, Stride = [1, 2, 3] }.Check();
        new ConvCase(1, 2, 3, [9], [1]) { Transposed = true, Stride = [3], Pads = [2, 3] }.Check();
    }

    [Fact]
    public void Weights_computed_at_run_time()
    {
        foreach (int outChannels in new[] { 5, 32 })
            new ConvCase(1, 4, outChannels, [30], [3]) { ComputedWeights = true, Pads = [1, 1] }.Check();
        new ConvCase(1, 4, 6, [5, 5], [3, 3]) { ComputedWeights = true, Bias = false, Transposed = true, Group = 2 }.Check();
    }

    [Fact]
    public void Not_a_number_propagates_through_clamp_and_pool()
    {
        foreach (int outChannels in new[] { 4, 32 })
            foreach (int at in new[] { 0, 13, 32, 63 })
                new ConvCase(1, 2, outChannels, [64], [3]) { Pads = [1, 1], Clamp = [0, 6], MaxPool = 2 }.Check(spoil: (x, _) => x[at] = float.NaN);
    }

    [Fact]
    public void Not_a_number_reaches_every_output_that_sees_it_by_minimal_filtering_too()
    {
        foreach (int pool in new[] { 1, 2, 3, 4 })
            for (int at = 0; at < 24; at++)
                new ConvCase(1, 3, 10, [24], [5]) { Pads = [2, 2], Clamp = [0, 6], MaxPool = pool }.CheckNotANumber(channel: 1, at);
    }

    [Fact]
    public void Infinities_follow_arithmetic()
    {
        foreach (int outChannels in new[] { 4, 32 })
            new ConvCase(1, 2, outChannels, [40], [3]) { Pads = [1, 1] }.Check(spoil: (x, _) => (x[3], x[20]) = (float.PositiveInfinity, float.NegativeInfinity));
    }
}
