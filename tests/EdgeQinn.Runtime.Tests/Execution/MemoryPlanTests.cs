using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Execution;

/// <summary>Who shares memory with whom, and that no one notices.</summary>
public class MemoryPlanTests
{
    [Fact]
    public void A_chain_of_element_wise_nodes_works_in_place()
    {
        var g = new GraphSketch();
        int x = g.Input(1000), y = g.Node("Relu", x);
        for (int i = 0; i < 20; i++) y = g.Node("Neg", y);
        using var model = g.Output(y).Bind();
        Assert.Equal(2 * 4032, model.Plan.ArenaBytes); // the input and one buffer, each rounded up to 64 bytes
    }

    [Fact]
    public void An_input_is_never_overwritten()
    {
        var g = new GraphSketch();
        int x = g.Input(4);
        g.Output(g.Node("Neg", x), x);
        var y = g.Run([1, 2, 3, 4]);
        Assert.Equal([-1f, -2, -3, -4], y[0]);
        Assert.Equal([1f, 2, 3, 4], y[1]);
    }

    [Fact]
    public void A_view_of_an_input_keeps_the_input()
    {
        var g = new GraphSketch();
        int x = g.Input(2, 2), flat = g.Reshape(x, 4);
        g.Output(g.Node("Neg", flat), flat, x);
        var y = g.Run([1, 2, 3, 4]);
        Assert.Equal([-1f, -2, -3, -4], y[0]);
        Assert.Equal([1f, 2, 3, 4], y[1]);
        Assert.Equal([1f, 2, 3, 4], y[2]);
    }

    [Fact]
    public void A_constant_and_its_views_are_never_overwritten()
    {
        float[] data = [1, 2, 3, 4];
        var g = new GraphSketch();
        int c = g.Constant(data, 2, 2), flat = g.Reshape(c, 4);
        g.Output(g.Node("Neg", flat), flat, c);
        using var model = g.Bind();
        using var session = model.CreateSession();
        for (int i = 0; i < 3; i++) session.Run();
        Assert.Equal([-1f, -2, -3, -4], session.Outputs[0].AsSpan<float>());
        Assert.Equal([1f, 2, 3, 4], session.Outputs[1].AsSpan<float>());
        Assert.Equal([1f, 2, 3, 4], session.Outputs[2].AsSpan<float>());
    }

    [Fact]
    public void A_view_that_is_read_later_keeps_what_it_views()
    {
        var g = new GraphSketch();
        int x = g.Input(4), a = g.Node("Neg", x), view = g.Reshape(a, 2, 2), b = g.Node("Exp", a), back = g.Reshape(view, 4);
        g.Output(g.Node("Add", b, back));
        Assert.Equal([1f - 0, MathF.Exp(-1) - 1], g.Run([0, 1, 0, 0])[0][..2]);
    }

    [Fact]
    public void Views_of_views_of_an_output_stay()
    {
        var g = new GraphSketch();
        int x = g.Input(4), a = g.Node("Neg", x), v = g.Reshape(g.Reshape(a, 2, 2), 1, 4);
        g.Output(v, g.Node("Exp", a), a);
        var y = g.Run([0, 0, 1, 2]);
        Assert.Equal([-0f, -0f, -1, -2], y[0]);
        Assert.Equal([1f, 1, MathF.Exp(-1), MathF.Exp(-2)], y[1], new Near());
        Assert.Equal(y[0], y[2]);
    }

    [Fact]
    public void The_same_value_twice_in_one_node()
    {
        var g = new GraphSketch();
        int x = g.Input(4), a = g.Node("Neg", x);
        g.Output(g.Node("Mul", a, a));
        Assert.Equal([1f, 4, 9, 16], g.Run([1, 2, 3, 4])[0]);

        g = new GraphSketch();
        int y = g.Input(4), b = g.Node("Neg", y);
        g.Output(g.Node("Sum", b, b, b), g.Node("Concat", new AttributeMap { { "axis", 0L } }, b, b));
        var results = g.Run([1, 2, 3, 4]);
        Assert.Equal([-3f, -6, -9, -12], results[0]);
        Assert.Equal([-1f, -2, -3, -4, -1, -2, -3, -4], results[1]);
    }

    [Fact]
    public void A_node_does_not_write_over_what_it_reads_under_another_shape()
    {
        // ScatterND may work in place on its first input; here the updates lie in the same memory.
        var g = new GraphSketch();
        int x = g.Input(3, 1), a = g.Node("Neg", x), updates = g.Reshape(a, 3, 1, 1);
        var indices = EncodedTensor.FromSpan<long>([2, 1, 0], 3, 1, 1);
        g.Output(g.Node("ScatterND", a, g.Declare(indices.Type, indices), updates));
        Assert.Equal([-3f, -2, -1], g.Run([1, 2, 3])[0]);
    }

    [Fact]
    public void Outputs_may_be_inputs_constants_and_each_other()
    {
        var g = new GraphSketch();
        int x = g.Input(2), y = g.Node("Neg", x);
        g.Output(x, y, y, g.Constant([5], 1));
        var results = g.Run([1, 2]);
        Assert.Equal([1f, 2], results[0]);
        Assert.Equal([-1f, -2], results[1]);
        Assert.Equal([-1f, -2], results[2]);
        Assert.Equal([5f], results[3]);
    }

    [Fact]
    public void Outputs_nobody_wants_or_reads_cost_nothing_else()
    {
        var g = new GraphSketch();
        int x = g.Input(1, 1, 8);
        g.Node("Exp", x); // read by nobody
        int pooled = g.Node("MaxPool", new AttributeMap { { "kernel_shape", 2L }, { "strides", 2L } }, x); // its indices are read by nobody
        g.Output(g.Node("Neg", pooled));
        Assert.Equal([-2f, -4, -6, -8], g.Run([1, 2, 3, 4, 5, 6, 7, 8])[0]);
    }

    [Fact]
    public void Tensors_without_elements_pass_through_everything()
    {
        var g = new GraphSketch();
        int x = g.Input(0, 3), y = g.Node("Relu", x), flat = g.Reshape(y, 3, 0), t = g.Node("Transpose", flat);
        int joined = g.Node("Concat", new AttributeMap { { "axis", 0L } }, t, x, g.Constant([], 0, 3));
        g.Output(joined, g.Node("ReduceSum", new AttributeMap { { "axes", 0L } }, joined));
        var results = g.Run([]);
        Assert.Empty(results[0]);
        Assert.Equal([0f, 0, 0], results[1]);
    }

    [Fact]
    public void A_wide_graph_keeps_every_branch_apart()
    {
        var random = new Random(1);
        for (int round = 0; round < 50; round++)
        {
            var g = new GraphSketch();
            var live = new List<(int Value, float[] Expected)>();
            float[] data = [.. Enumerable.Range(0, 24).Select(i => (float)i)];
            int x = g.Input(24);
            live.Add((x, data));
            for (int n = 0; n < 40; n++)
            {
                var (a, ea) = live[random.Next(live.Count)];
                var (b, eb) = live[random.Next(live.Count)];
                switch (random.Next(4))
                {
                    case 0: live.Add((g.Node("Neg", a), [.. ea.Select(v => -v)])); break;
                    case 1: live.Add((g.Node("Min", a, b), [.. ea.Zip(eb, Math.Min)])); break;
                    case 2: live.Add((g.Node("Neg", g.Reshape(g.Node("Neg", g.Reshape(a, 4, 6)), 24)), ea)); break;
                    default: live.Add((g.Node("Max", a, b, a), [.. ea.Zip(eb, Math.Max)])); break;
                }
            }
            var outputs = live.Where((_, i) => i % 3 == 0).ToArray();
            using var model = g.Output([.. outputs.Select(o => o.Value)]).Bind();
            using var session = model.CreateSession();
            using var guarded = new GuardedSession(model);
            data.CopyTo(session.Inputs[0].AsSpan<float>());
            data.CopyTo(guarded.Input<float>(0));
            session.Run();
            session.Run();
            guarded.Run();
            for (int i = 0; i < outputs.Length; i++)
            {
                Assert.Equal(outputs[i].Expected, session.Outputs[i].AsSpan<float>());
                Assert.Equal(outputs[i].Expected, guarded.Output<float>(i));
            }
        }
    }

    [Fact]
    public void The_arena_packs_what_is_not_alive_together_and_never_overlaps_what_is()
    {
        var random = new Random(2);
        for (int round = 0; round < 200; round++)
        {
            var requests = Enumerable.Range(0, 30).Select(id =>
            {
                int first = random.Next(20);
                return new Arena.Request(id, random.Next(0, 5) == 0 ? 0 : random.Next(1, 2000), first, first + random.Next(5));
            }).ToArray();
            var offsets = new long[30];
            long total = Arena.Layout(requests, offsets);
            foreach (var a in requests)
            {
                Assert.True(offsets[a.Id] % 64 == 0 && offsets[a.Id] + a.Bytes <= total);
                foreach (var b in requests)
                    if (a.Id < b.Id && a.First <= b.Last && b.First <= a.Last && a.Bytes > 0 && b.Bytes > 0)
                        Assert.True(offsets[a.Id] + a.Bytes <= offsets[b.Id] || offsets[b.Id] + b.Bytes <= offsets[a.Id]);
            }
            Assert.True(total <= requests.Sum(r => (r.Bytes + 64) / 64 * 64));
        }
        var spread = new long[3];
        Assert.Equal(128, Arena.Layout([new(0, 64, 0, 0), new(1, 128, 1, 1), new(2, 64, 2, 2)], spread));
    }

    sealed class Near : IEqualityComparer<float>
    {
        public bool Equals(float a, float b) => Math.Abs(a - b) < 1e-6;

        public int GetHashCode(float value) => 0;
    }
}
