using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Tests.Weights;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Execution;

[Collection(AllocationCollection.Name)]
public class SessionTests
{
    /// <summary>A bit of everything: pools, reductions, broadcasts, views, movement, softmax.</summary>
    static GraphSketch Network()
    {
        var g = new GraphSketch();
        int x = g.Input(1, 4, 64), bias = g.Constant([1, 2, 3, 4], 4, 1);
        int y = g.Node("Tanh", g.Node("Add", x, bias));
        y = g.Node("MaxPool", new AttributeMap { { "kernel_shape", 2L }, { "strides", 2L } }, y);
        y = g.Node("Transpose", new AttributeMap { { "perm", [0L, 2, 1] } }, y);
        y = g.Reshape(y, 32, 4);
        y = g.Node("Softmax", y);
        int mean = g.Node("ReduceMean", new AttributeMap { { "axes", 0L } }, y);
        return g.Output(g.Node("Concat", new AttributeMap { { "axis", 0L } }, y, mean), mean);
    }

    static float[] Samples(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 256).Select(_ => (float)random.NextDouble())];
    }

    static float[] Run(Session session, float[] input)
    {
        input.CopyTo(session.Inputs[0].AsSpan<float>());
        session.Run();
        return [.. session.Outputs.SelectMany(o => o.AsSpan<float>().ToArray())];
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using var model = Network().Bind();
        using var session = model.CreateSession();
        for (int i = 0; i < 100; i++) session.Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) session.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_run_of_a_recurrent_layer_with_encoded_weights_allocates_nothing()
    {
        var random = new Random(1);
        TensorType w = new(ElementType.Float32, 1, 384, 24), r = new(ElementType.Float32, 1, 384, 128);
        Weight[] weights =
        [
            RandomWeights.Int8(random, r, 384), RandomWeights.BlockSparse(random, r, 384, 8, 1, 0.1), RandomWeights.BlockSparse(random, r, 384, 1, 1, 0.03),
            new LowRankWeight(r, RandomWeights.Dense(random, 384, 4), RandomWeights.Dense(random, 4, 128)),
        ];
        foreach (var weight in weights)
        {
            var g = new GraphSketch();
            int x = g.Input(5, 1, 24), y = g.Node("GRU", new AttributeMap { { "linear_before_reset", 1L } }, x,
                g.Declare(w, RandomWeights.Int8(random, w, 384).Encode()), g.Declare(r, weight.Encode()));
            using var model = g.Output(y).Bind();
            Assert.Empty(model.Plan.RunDense);
            using var session = model.CreateSession();
            for (int i = 0; i < 100; i++) session.Run();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 500; i++) session.Run();
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void Equal_inputs_give_equal_bits_every_time()
    {
        using var model = Network().Bind();
        using var session = model.CreateSession();
        var first = Run(session, Samples(1));
        Run(session, Samples(2));
        Assert.Equal(first, Run(session, Samples(1)));
    }

    [Fact]
    public void Sessions_of_one_model_do_not_disturb_each_other()
    {
        using var model = Network().Bind();
        using var a = model.CreateSession();
        using var b = model.CreateSession();
        Samples(1).CopyTo(a.Inputs[0].AsSpan<float>());
        Samples(2).CopyTo(b.Inputs[0].AsSpan<float>());
        a.Run();
        b.Run();
        float[] ofA = [.. a.Outputs.SelectMany(o => o.AsSpan<float>().ToArray())], ofB = [.. b.Outputs.SelectMany(o => o.AsSpan<float>().ToArray())];
        using var alone = model.CreateSession();
        Assert.Equal(ofA, Run(alone, Samples(1)));
        Assert.Equal(ofB, Run(alone, Samples(2)));
    }

    [Fact]
    public void Sessions_may_run_on_threads_at_once()
    {
        using var model = Network().Bind();
        using var reference = model.CreateSession();
        float[][] expected = [.. Enumerable.Range(0, 4).Select(i => Run(reference, Samples(i)))];
        Parallel.For(0, 4, i =>
        {
            using var session = model.CreateSession();
            for (int n = 0; n < 200; n++) Assert.Equal(expected[i], Run(session, Samples(i)));
        });
    }

    [Fact]
    public void Every_instruction_set_agrees_with_the_references()
    {
        var graph = Network().Build();
        using var plain = Model.FromGraph(graph, [Isa.Scalar]);
        using var reference = plain.CreateSession();
        var expected = Run(reference, Samples(3));
        foreach (var isa in Cpu.Allowed(null))
        {
            using var model = Model.FromGraph(graph, Cpu.Allowed(isa.ToString()));
            using var session = model.CreateSession();
            Assert.All(Run(session, Samples(3)).Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
        }
    }

    [Fact]
    public void Tensors_are_found_by_name_and_typed()
    {
        using var model = Network().Bind();
        using var session = model.CreateSession();
        Assert.Same(session.Inputs[0], session.Input("v0"));
        Assert.Contains("no input 'nix'; it has 'v0'", Assert.Throws<ArgumentException>(() => session.Input("nix")).Message, StringComparison.Ordinal);
        Assert.Contains("'v0' is float32[1,4,64], not Int32", Assert.Throws<ArgumentException>(() => session.Inputs[0].AsSpan<int>()).Message, StringComparison.Ordinal);
        Assert.Equal(1024, session.Inputs[0].AsBytes().Length);
    }

    [Fact]
    public void A_closed_session_says_so()
    {
        using var model = Network().Bind();
        var session = model.CreateSession();
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(session.Run);
        Assert.Throws<ObjectDisposedException>(() => session.Inputs[0].AsBytes());
    }

    [Fact]
    public void The_model_tells_its_inputs_and_outputs()
    {
        using var model = Network().Bind();
        Assert.Equal(new TensorType(ElementType.Float32, 1, 4, 64), Assert.Single(model.Inputs).Type);
        Assert.Equal([new TensorType(ElementType.Float32, 33, 4), new TensorType(ElementType.Float32, 1, 4)], model.Outputs.Select(o => o.Type));
        Assert.Null(model.File);
    }
}
