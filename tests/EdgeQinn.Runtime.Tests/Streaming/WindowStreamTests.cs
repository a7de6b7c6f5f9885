using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Streaming;

/// <summary>A network over a stream of windows gives on each window what the network gives on that window alone.</summary>
public class WindowStreamTests
{
    const float Tolerance = 1e-5f;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_window_has_the_result_of_the_batch(int seed)
    {
        var random = new Random(seed);
        int length = random.Next(8, 300), hop = random.Next(3) == 0 ? random.Next(1, length + 10) : 1 << random.Next(0, 6);
        var network = RandomNetwork.OverWindows(seed, length);
        string what = $"seed {seed}, length {length}, hop {hop}: {network.Description}";
        using var batch = Model.FromGraph(network.Graph);
        using var window = batch.CreateSession();
        using var model = StreamModel.Create(network.Graph, new StreamRule(StreamMode.Windows, "v0", 2, hop), keepWindow: true, null, null, shareAlways: seed % 8 > 0);
        using var session = model.CreateSession();
        Assert.Equal(length, model.FirstResult);

        for (int streams = 0; streams < 2; streams++)
        {
            int windows = Math.Min(40, 3 * length / hop + 5), channels = network.Channels;
            float[] signal = [.. Enumerable.Range(0, (length + windows * hop) * channels).Select(_ => 2 * random.NextSingle() - 1)];
            int results = 0;
            foreach (var chunk in StreamChunks.Of(signal, channels, random))
            {
                ReadOnlySpan<float> rest = chunk.Span;
                while (session.Push(ref rest)) AssertIsBatch(results++ * hop);
            }
            Assert.Equal(windows + 1, results);
            Assert.Equal(length + windows * hop, session.Position);
            session.Reset();

            void AssertIsBatch(int start)
            {
                var input = window.Inputs[0].AsSpan<float>();
                for (int c = 0; c < channels; c++)
                    for (int t = 0; t < length; t++) input[c * length + t] = signal[(start + t) * channels + c];
                window.Run();
                Assert.Equal(input.ToArray(), session.Window!.AsSpan<float>().ToArray());
                StreamChunks.AssertClose(window.Outputs[0].AsSpan<float>(), session.Outputs[0].AsSpan<float>(), Tolerance, $"window at {start}, {what}");
            }
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 300)];
}
