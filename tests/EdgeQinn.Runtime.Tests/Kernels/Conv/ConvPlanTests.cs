using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Conv;

/// <summary>What the planner makes of a convolution: which kernel, and which error for nodes that make no sense.</summary>
public class ConvPlanTests
{
    [Theory]
    [InlineData(32, 64, 128, 5, 1, "conv.winograd5.f32")]   // ecg-beat-cnn
    [InlineData(128, 128, 32, 3, 1, "conv.winograd3.f32")]
    [InlineData(64, 64, 128, 7, 1, "conv.winograd7.f32")]
    [InlineData(64, 64, 128, 9, 1, "conv.winograd5.f32")]   // two sections of five taps
    [InlineData(1, 32, 256, 7, 1, "conv.time.f32")]         // too few channels to pay for transforms
    [InlineData(1, 16, 2048, 64, 16, "conv.channel.f32")]   // bearing-wdcnn: a stride
    [InlineData(64, 64, 6, 3, 1, "conv.channel.f32")]       // too short
    public void Chooses_the_kernel_that_is_fastest_for_the_layer(int inChannels, int outChannels, int length, int kernel, int stride, string family)
    {
        var attributes = new AttributeMap { { "strides", stride }, { "pads", kernel / 2, kernel / 2 } };
        int[] output = [1, outChannels, (length + kernel / 2 * 2 - kernel) / stride + 1];
        // Planned for AVX2 on any CPU, never run.
        using var model = Load([1, inChannels, length], [outChannels, inChannels, kernel], attributes, output, [Isa.Avx2]);
        Assert.StartsWith(family + "/", model.Plan.Steps[^1].Kernel, StringComparison.Ordinal);
    }

    public static TheoryData<string, int[], int[]> Nonsense() => new()
    {
        { "group=2", [1, 3, 8], [4, 1, 3] },
        { "group=0", [1, 4, 8], [4, 1, 3] },
        { "", [1, 4, 8], [4, 3, 3] },
        { "", [1, 4, 8], [4, 4, 3, 3] },
        { "", [4, 8], [4, 8] },
        { "", [1, 4, 8], [4, 4, 0] },
        { "", [1, 4, 8], [0, 4, 3] },
        { "", [1, 4, 2], [4, 4, 3] },
        { "strides=0", [1, 4, 8], [4, 4, 3] },
        { "strides=1,1", [1, 4, 8], [4, 4, 3] },
        { "dilations=-1", [1, 4, 8], [4, 4, 3] },
        { "dilations=2147483647", [1, 4, 8], [4, 4, 3] },
        { "pads=-1,0", [1, 4, 8], [4, 4, 3] },
        { "pads=1", [1, 4, 8], [4, 4, 3] },
        { "pads=2147483647,2147483647", [1, 4, 8], [4, 4, 3] },
        { "kernel_shape=5", [1, 4, 8], [4, 4, 3] },
        { "max_pool=0", [1, 4, 8], [4, 4, 3] },
        { "max_pool=7", [1, 4, 8], [4, 4, 3] },
        { "max_pool=2", [1, 4, 8, 8], [4, 4, 3, 3] },
        { "algorithm=magic", [1, 4, 8], [4, 4, 3] },
    };

    [Theory, MemberData(nameof(Nonsense))]
    public void Refuses_nonsense_by_the_name_of_the_node(string attribute, int[] input, int[] weights)
    {
        var attributes = new AttributeMap();
        if (attribute.Split('=') is [var name, var value])
        {
            if (name == "algorithm") attributes.Add(name, value);
            else attributes.Add(name, [.. value.Split(',').Select(long.Parse)]);
        }
        var error = Assert.Throws<GraphException>(() => Load(input, weights, attributes, [1, 4, 6]).Dispose());
        Assert.Contains("'layer'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_clamp_that_is_no_interval()
    {
        foreach (float[] clamp in new[] { new[] { 1f, 0f }, [0f], [float.NaN, 1f] })
        {
            var attributes = new AttributeMap { { "clamp", (ReadOnlySpan<float>)clamp } };
            Assert.Throws<GraphException>(() => Load([1, 4, 8], [4, 4, 3], attributes, [1, 4, 6]).Dispose());
        }
    }

    [Fact]
    public void Refuses_padding_that_would_not_fit_memory()
    {
        var attributes = new AttributeMap { { "pads", 0L, 0, 1_000_000_000, 1_000_000_000 }, { "strides", 1_000_000, 1_000_000_000 } };
        var error = Assert.Throws<GraphException>(() => Load([1, 1, 8, 8], [4, 1, 1, 8], attributes, [1, 4, 1, 2]).Dispose());
        Assert.Contains("'layer'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_batch_is_no_work()
    {
        using var model = Load([0, 4, 8], [4, 4, 3], [], [0, 4, 6]);
        using var session = model.CreateSession();
        session.Run();
        Assert.Equal(0, session.Outputs[0].Type.Count);
    }

    static Model Load(int[] input, int[] weights, AttributeMap attributes, int[] output, IReadOnlyList<Isa>? allowed = null)
    {
        var zeros = EncodedTensor.FromSpan<float>(new float[weights.Aggregate(1, (a, b) => a * b)], weights);
        return Model.FromGraph(new ModelGraph
        {
            Values =
            [
                new Value("x", new TensorType(ElementType.Float32, input.AsSpan())), new Value("w", zeros.Type, zeros),
                new Value("y", new TensorType(ElementType.Float32, output.AsSpan())),
            ],
            Nodes = [new Node("Conv", "layer", [0, 1], [2], attributes)],
            Inputs = [0],
            Outputs = [2],
        }, allowed);
    }
}
