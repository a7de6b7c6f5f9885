using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Streaming;
using EdgeQinn.Runtime.Tests.Execution;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Streaming;

/// <summary>Sessions of one model: independent, copied, started anew, saved and restored at any sample.</summary>
[Collection(AllocationCollection.Name)]
public class StreamSessionTests
{
    const int Length = 96;

    static float[] Signal(int seed, int samples)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => 2 * random.NextSingle() - 1)];
    }

    /// <summary>Convolutions, a pool, a recurrent layer carried on, one mean over the newest columns.</summary>
    static ModelGraph Network()
    {
        var g = new GraphSketch();
        int x = g.Input(1, 1, Length);
        x = g.Node("Conv", new AttributeMap { { "pads", [2L, 2] } }, x, g.Constant(Signal(1, 4 * 5), 4, 1, 5), g.Constant(Signal(2, 4), 4));
        x = g.Node("MaxPool", new AttributeMap { { "kernel_shape", 2L }, { "strides", 2L } }, g.Node("Tanh", x));
        int sequence = g.Node("Transpose", new AttributeMap { { "perm", [2L, 0, 1] } }, x);
        int states = g.Node("LSTM", sequence, g.Constant(Signal(3, 12 * 4), 1, 12, 4), g.Constant(Signal(4, 12 * 3), 1, 12, 3));
        int last = g.Node("Slice", new AttributeMap { { "starts", [Length / 2 - 1L, 0, 0, 0] }, { "steps", [1L, 1, 1, 1] }, { "shape", [1L, 1, 1, 3] } }, states);
        return g.Output(last, g.Node("GlobalAveragePool", x)).Build();
    }

    static StreamModel Bind(StreamMode mode, int hop = 8, IReadOnlyList<Isa>? allowed = null) => StreamModel.Create(Network(), new StreamRule(mode, "v0", 2, hop), keepWindow: false, allowed, null, shareAlways: true);

    /// <summary>Every result from here on.</summary>
    static List<float[]> Results(StreamSession session, ReadOnlySpan<float> samples)
    {
        var results = new List<float[]>();
        while (session.Push(ref samples)) results.Add([.. session.Outputs.SelectMany(o => o.AsSpan<float>().ToArray())]);
        return results;
    }

    public static TheoryData<StreamMode, int> Cases => new()
    {
        { StreamMode.Windows, 1 }, { StreamMode.Windows, 95 }, { StreamMode.Windows, 96 }, { StreamMode.Windows, 203 },
        { StreamMode.Continuous, 1 }, { StreamMode.Continuous, 95 }, { StreamMode.Continuous, 96 }, { StreamMode.Continuous, 203 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_copy_goes_on_from_where_the_original_was_and_leaves_it_alone(StreamMode mode, int at)
    {
        using var model = Bind(mode);
        using var session = model.CreateSession();
        float[] signal = Signal(5, 500);
        Results(session, signal.AsSpan(0, at));
        using var copy = session.Clone();
        Assert.Equal(session.Outputs[0].AsSpan<float>().ToArray(), copy.Outputs[0].AsSpan<float>().ToArray());
        Results(copy, Signal(6, 77));
        using var second = session.Clone();
        var expected = Results(session, signal.AsSpan(at));
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Results(second, signal.AsSpan(at)));
        Assert.Equal(500, second.Position);
        Assert.Equal(at + 77, copy.Position);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_saved_stream_goes_on_in_another_session_of_an_equal_model(StreamMode mode, int at)
    {
        float[] signal = Signal(7, 500);
        byte[] state;
        List<float[]> expected;
        using (var model = Bind(mode))
        using (var session = model.CreateSession())
        {
            Results(session, signal.AsSpan(0, at));
            state = session.Save();
            expected = Results(session, signal.AsSpan(at));
        }

        // As on another board: the model read from a file, the session in the middle of something else.
        byte[] file = EqnWriter.ToArray(new EqnContents(Network()));
        using var read = EqnFile.Parse(file, "file");
        using var other = StreamModel.Create(read.Graph, new StreamRule(mode, "v0", 2, 8), keepWindow: false, null, null, shareAlways: true);
        using var restored = other.CreateSession();
        Results(restored, Signal(8, 333));
        restored.Restore(state);
        Assert.Equal(at, restored.Position);
        Assert.Equal(expected, Results(restored, signal.AsSpan(at)));
        Assert.Equal(state.Length, restored.Save().Length);
    }

    [Fact]
    public void State_does_not_depend_on_the_instruction_set()
    {
        float[] signal = Signal(9, 400);
        using var best = Bind(StreamMode.Continuous);
        using var plain = Bind(StreamMode.Continuous, allowed: [Isa.Scalar]);
        using var session = best.CreateSession();
        Results(session, signal.AsSpan(0, 150));
        using var restored = plain.CreateSession();
        restored.Restore(session.Save());
        foreach (var (expected, actual) in Results(session, signal.AsSpan(150)).Zip(Results(restored, signal.AsSpan(150)))) StreamChunks.AssertClose(expected, actual, 1e-5f, "restored");
    }

    [Fact]
    public void Starting_anew_forgets_everything()
    {
        foreach (var mode in Enum.GetValues<StreamMode>())
        {
            using var model = Bind(mode);
            using var used = model.CreateSession();
            using var fresh = model.CreateSession();
            Results(used, Signal(10, 321));
            used.Reset();
            Assert.Equal(0, used.Position);
            Assert.Equal(Results(fresh, Signal(11, 300)), Results(used, Signal(11, 300)));
        }
    }

    [Fact]
    public void Many_streams_run_at_once_over_one_model()
    {
        using var model = Bind(StreamMode.Windows);
        using var reference = model.CreateSession();
        List<float[]>[] expected = [.. Enumerable.Range(0, 4).Select(i => { reference.Reset(); return Results(reference, Signal(i, 600)); })];
        Parallel.For(0, 4, i =>
        {
            using var session = model.CreateSession();
            for (int n = 0; n < 20; n++, session.Reset()) Assert.Equal(expected[i], Results(session, Signal(i, 600)));
        });
    }

    [Fact]
    public void A_hop_allocates_nothing()
    {
        foreach (var mode in Enum.GetValues<StreamMode>())
        {
            using var model = Bind(mode);
            using var session = model.CreateSession();
            float[] signal = Signal(12, 4096);
            Push(session, signal);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int results = Push(session, signal);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(512, results);
        }

        static int Push(StreamSession session, ReadOnlySpan<float> samples)
        {
            int results = 0;
            while (session.Push(ref samples)) results++;
            return results;
        }
    }

    /// <summary>Bytes of another model, hop, mode or version, cut short or damaged anywhere: refused, and the session is as it was.</summary>
    [Fact]
    public void Foreign_and_damaged_states_are_refused_and_change_nothing()
    {
        using var model = Bind(StreamMode.Continuous);
        using var session = model.CreateSession();
        Results(session, Signal(13, 200));
        byte[] state = session.Save();
        using var otherHop = Bind(StreamMode.Continuous, hop: 16);
        using var otherMode = Bind(StreamMode.Windows);
        using var hop = otherHop.CreateSession();
        using var windows = otherMode.CreateSession();
        Assert.Contains("another hop", Assert.Throws<SessionStateException>(() => hop.Restore(state)).Message, StringComparison.Ordinal);
        Assert.Contains("another hop", Assert.Throws<SessionStateException>(() => windows.Restore(state)).Message, StringComparison.Ordinal);

        var g = new GraphSketch();
        using var otherModel = StreamModel.FromGraph(g.Output(g.Node("Tanh", g.Input(1, 1, Length))).Build(), new StreamRule(StreamMode.Continuous, "v0", 2, 8));
        using var foreign = otherModel.CreateSession();
        Assert.Contains("another model", Assert.Throws<SessionStateException>(() => foreign.Restore(state)).Message, StringComparison.Ordinal);

        for (int length = 0; length < state.Length; length += 7) Assert.Throws<SessionStateException>(() => session.Restore(state.AsSpan(0, length)));
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = [.. state];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Assert.Throws<SessionStateException>(() => session.Restore(damaged));
        }
        Assert.Equal(state, session.Save());
    }

    /// <summary>Bytes whose checksum is right but whose contents are anything: refused, or numbers like any others; memory is safe.</summary>
    [Fact]
    public void Forged_states_do_no_harm()
    {
        using var model = Bind(StreamMode.Windows, hop: 5);
        using var session = model.CreateSession();
        byte[] state = session.Save();
        var random = new Random(2);
        int accepted = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] forged = [.. state];
            for (int n = random.Next(1, 20); n > 0; n--) forged[random.Next(random.Next(2) == 0 ? 60 : forged.Length)] = (byte)random.Next(256);
            BitConverter.TryWriteBytes(forged.AsSpan(forged.Length - 4), Crc32C.Compute(forged.AsSpan(0, forged.Length - 4)));
            try
            {
                session.Restore(forged);
                accepted++;
            }
            catch (SessionStateException)
            {
                continue;
            }
            Results(session, Signal(i, 50));
        }
        Assert.InRange(accepted, 100, 1990);
    }

    [Fact]
    public void A_sample_that_is_cut_off_is_refused()
    {
        var g = new GraphSketch();
        using var model = StreamModel.FromGraph(g.Output(g.Node("Tanh", g.Input(1, 3, Length))).Build(), new StreamRule(StreamMode.Windows, "v0", 2, 8));
        using var session = model.CreateSession();
        Assert.Equal(3, session.Channels);
        Assert.Throws<ArgumentException>(() =>
        {
            ReadOnlySpan<float> samples = new float[7];
            session.Push(ref samples);
        });
    }

    [Fact]
    public void What_cannot_be_shared_is_named_with_the_reason()
    {
        var g = new GraphSketch();
        int x = g.Input(1, 1, 256);
        int y = g.Node("Conv", new AttributeMap { { "pads", [1L, 1] } }, x, g.Constant(Signal(1, 32 * 3), 32, 1, 3));
        y = g.Node("Conv", new AttributeMap { { "pads", [1L, 1] } }, y, g.Constant(Signal(1, 32 * 32 * 3), 32, 32, 3));
        y = g.Node("InstanceNormalization", y, g.Constant(Signal(2, 32), 32), g.Constant(Signal(3, 32), 32));
        using var model = StreamModel.FromGraph(g.Output(g.Node("Relu", y)).Build(), new StreamRule(StreamMode.Windows, "v0", 2, 16));
        Assert.Equal([true, true, false, false], model.Layers.Select(l => l.IsStreamed));
        Assert.Equal([null, null, "it normalises over the window", null], model.Layers.Select(l => l.Reason));
        Assert.Equal(256 * 32 * 32 * 3, model.Layers[1].WindowMultiplyAdds);
        // 16 new columns, 2 that padding reaches at either end, and 2 between that one run for all has to pay.
        Assert.Equal(22, model.Layers[1].HopColumns);
        Assert.Equal(22 * 32 * 32 * 3, model.Layers[1].HopMultiplyAdds);
    }

    [Fact]
    public void Rules_that_do_not_fit_the_model_are_refused()
    {
        Assert.Contains("'nix', which the model lacks; it has 'v0'", Refusal(new StreamRule(StreamMode.Windows, "nix", 2, 8)), StringComparison.Ordinal);
        Assert.Contains("has no axis 3", Refusal(new StreamRule(StreamMode.Windows, "v0", 3, 8)), StringComparison.Ordinal);
        Assert.Contains("its columns are 2 samples apart, and a continuous stream needs a hop that is a multiple of that, not 7", Refusal(new StreamRule(StreamMode.Continuous, "v0", 2, 7)), StringComparison.Ordinal);

        static string Refusal(StreamRule rule) => Assert.Throws<GraphException>(() => StreamModel.FromGraph(Network(), rule)).Message;
    }

    [Fact]
    public void A_network_that_remembers_is_no_model_by_itself()
    {
        using var model = Bind(StreamMode.Windows);
        byte[] file = EqnWriter.ToArray(new EqnContents(model.HopModel.Graph));
        Assert.Contains("remembers from run to run", Assert.Throws<GraphException>(() => Model.Parse(file, "file")).Message, StringComparison.Ordinal);
        Assert.Contains("remembers from run to run", Assert.Throws<GraphException>(() => StreamModel.FromGraph(model.HopModel.Graph, model.Rule)).Message, StringComparison.Ordinal);
    }

    /// <summary>In a continuous stream a recurrent layer has read everything since the start, and a pool the newest columns, as many as are in a window.</summary>
    [Fact]
    public void A_continuous_stream_carries_states_on_and_pools_the_newest_columns()
    {
        using var model = Bind(StreamMode.Continuous);
        using var session = model.CreateSession();
        float[] signal = Signal(14, 400);
        ReadOnlySpan<float> rest = signal;
        int results = 0;
        while (session.Push(ref rest))
        {
            long seen = session.Position - session.Position % 8;
            // The reference: the same layers over everything so far, in which the column that would read padding at the end does not count.
            var g = new GraphSketch();
            int x = g.Input(1, 1, (int)seen);
            x = g.Node("Conv", new AttributeMap { { "pads", [2L, 0] } }, x, g.Constant(Signal(1, 4 * 5), 4, 1, 5), g.Constant(Signal(2, 4), 4));
            x = g.Node("MaxPool", new AttributeMap { { "kernel_shape", 2L }, { "strides", 2L } }, g.Node("Tanh", x));
            int columns = (int)(seen - 2) / 2;
            int sequence = g.Node("Transpose", new AttributeMap { { "perm", [2L, 0, 1] } }, x);
            int states = g.Node("LSTM", sequence, g.Constant(Signal(3, 12 * 4), 1, 12, 4), g.Constant(Signal(4, 12 * 3), 1, 12, 3));
            // The layer takes whole hops of columns from the stream's first on.
            int read = columns / 4 * 4;
            int last = g.Node("Slice", new AttributeMap { { "starts", [read - 1L, 0, 0, 0] }, { "steps", [1L, 1, 1, 1] }, { "shape", [1L, 1, 1, 3] } }, states);
            int newest = g.Node("Slice", new AttributeMap { { "starts", [0L, 0, columns - Length / 2] }, { "steps", [1L, 1, 1] }, { "shape", [1L, 4, Length / 2] } }, x);
            float[][] expected = g.Output(last, g.Node("GlobalAveragePool", newest)).Run(signal[..(int)seen]);
            StreamChunks.AssertClose(expected[0], session.Outputs[0].AsSpan<float>(), 1e-5f, $"state after {seen} samples");
            StreamChunks.AssertClose(expected[1], session.Outputs[1].AsSpan<float>(), 1e-5f, $"mean after {seen} samples");
            results++;
        }
        Assert.Equal((400 - model.FirstResult) / 8 + 1, results);
        Assert.InRange(model.FirstResult, Length, Length + 8);
    }
}
