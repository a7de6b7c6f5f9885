using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Streaming;

/// <summary>A continuous stream has the columns that the network has over the whole recording, in order, without gap or repetition.</summary>
public class ContinuousStreamTests
{
    const float Tolerance = 1e-5f;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Columns_are_those_of_one_run_over_the_whole_stream(int seed)
    {
        var random = new Random(seed);
        bool recurrent = seed % 3 == 0;
        int length = random.Next(40, 120), total = random.Next(length, 900);
        var network = RandomNetwork.OverStreams(seed, length, recurrent);
        var whole = RandomNetwork.OverStreams(seed, total, recurrent);
        Assert.Equal(network.Description.Split(' ')[0], whole.Description.Split(' ')[0]);
        if (network.Description != whole.Description) return; // a layer did not fit the shorter window
        using var batch = Model.FromGraph(whole.Graph);
        using var run = batch.CreateSession();

        var output = batch.Outputs[0].Type.Shape;
        int stride = Stride(network);
        int hop = stride * random.Next(1, 1 + Math.Max(1, 64 / stride));
        string what = $"seed {seed}, {total} samples, hop {hop}: {network.Description}";
        using var model = StreamModel.FromGraph(network.Graph, new StreamRule(StreamMode.Continuous, "v0", 2, hop));
        Assert.All(model.Layers, layer => Assert.True(layer.Reason is null, $"{layer.Name}: {layer.Reason}, {what}"));
        using var session = model.CreateSession();
        int channels = network.Channels, time = recurrent ? 0 : 2;
        for (int streams = 0; streams < 2; streams++)
        {
            float[] signal = [.. Enumerable.Range(0, total * channels).Select(_ => 2 * random.NextSingle() - 1)];
            var input = run.Inputs[0].AsSpan<float>();
            for (int c = 0; c < channels; c++)
                for (int t = 0; t < total; t++) input[c * total + t] = signal[t * channels + c];
            run.Run();
            float[] expected = run.Outputs[0].AsSpan<float>().ToArray();

            int columns = output[time], at = 0, perHop = hop / stride, results = 0;
            foreach (var chunk in StreamChunks.Of(signal, channels, random))
            {
                ReadOnlySpan<float> rest = chunk.Span;
                for (; session.Push(ref rest); results++, at += perHop)
                {
                    var actual = session.Outputs[0];
                    Assert.Equal(perHop, actual.Type.Shape[time]);
                    int rows = actual.Type.Count / perHop;
                    for (int c = 0; c < perHop; c++)
                        for (int r = 0; r < rows; r++)
                        {
                            float e = recurrent ? expected[(at + c) * rows + r] : expected[r * columns + at + c], a = recurrent ? actual.AsSpan<float>()[c * rows + r] : actual.AsSpan<float>()[r * perHop + c];
                            Assert.True(MathF.Abs(e - a) <= Tolerance * (1 + MathF.Abs(e)), $"column {at + c}, row {r} is {a}, expected {e}: {what}");
                        }
                }
            }
            // What the stream has not given yet are columns of the last hop, and those still waiting for samples.
            long runs = total / hop, first = model.FirstResult / hop;
            Assert.Equal(Math.Max(0, runs - first + 1), results);
            session.Reset();
        }
    }

    /// <summary>The samples from one output column to the next: the smallest hop that is not refused.</summary>
    static int Stride(RandomNetwork network)
    {
        for (int hop = 1; ; hop++)
        {
            try
            {
                _ = StreamGraphBuilder.Build(network.Graph, new StreamRule(StreamMode.Continuous, "v0", 2, hop), keepWindow: false);
                return hop;
            }
            catch (GraphException e) when (e.Message.Contains("a multiple of that", StringComparison.Ordinal))
            {
            }
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 300)];
}
