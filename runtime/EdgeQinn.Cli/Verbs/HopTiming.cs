using System.Diagnostics;
using System.Text.Json;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;

namespace EdgeQinn.Cli.Verbs;

/// <summary>What a hop of a stream takes, beside running the network on the window.</summary>
/// <param name="Rule">How the network runs.</param>
/// <param name="Length">Samples in a window.</param>
/// <param name="Hop">The median of a hop, in ns.</param>
/// <param name="Window">The median of a window, in ns, in the same minute.</param>
/// <param name="HopMultiplyAdds">Multiply-adds per hop.</param>
/// <param name="WindowMultiplyAdds">Multiply-adds per window.</param>
/// <param name="Allocated">Managed bytes per hop.</param>
/// <param name="SessionBytes">A stream's working memory.</param>
sealed record HopTiming(StreamRule Rule, int Length, long Hop, long Window, long HopMultiplyAdds, long WindowMultiplyAdds, long Allocated, long SessionBytes)
{
    const int Rounds = 10;
    const double WarmUpSeconds = 0.2;

    double Ratio => Hop / (double)Math.Max(1, Window);

    /// <summary>How a model runs over a stream: as its file says, with another hop where one is given.</summary>
    /// <returns>Null where neither says that it does.</returns>
    public static StreamRule? RuleOf(Model model, int? hop)
    {
        if (model.File?.Stream is { } rule) return hop is { } other ? rule with { Hop = other } : rule;
        if (hop is not { } given) return null;
        var input = model.File?.Contract?.Inputs.OfType<SamplesFeature>().FirstOrDefault()?.Name is { } name ? model.Inputs.First(v => v.Name == name) : model.Inputs[0];
        var shape = input.Type.Shape;
        return shape.Length == 0 ? null : new StreamRule(StreamMode.Windows, input.Name, shape.IndexOf(shape.Max()), given);
    }

    /// <summary>Hops and windows in turn, about <paramref name="iterations"/> of each.</summary>
    /// <exception cref="GraphException">The rule does not fit the model.</exception>
    public static HopTiming Measure(Model model, StreamRule rule, int iterations)
    {
        using var stream = StreamModel.FromGraph(model.Graph, rule, allowed: IsaChoice.Allowed());
        using var session = stream.CreateSession();
        using var window = model.CreateSession();
        LayerTimer.FillInputs(window);
        float[] samples = new float[rule.Hop * session.Channels];
        var random = new Random(1);
        foreach (ref float x in samples.AsSpan()) x = 2 * random.NextSingle() - 1;

        var (hops, windows) = (new LatencyHistogram(), new LatencyHistogram());
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds;) Push(session, samples, 10, hops);
        Timing.WarmUp(window);
        hops.Clear();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Push(session, samples, 1, hops);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        int perRound = Math.Max(1, iterations / Rounds);
        for (int round = 0; round < Rounds; round++)
        {
            Push(session, samples, perRound, hops);
            StepProfile.MeasureRuns(window, perRound, windows);
        }
        return new(rule, stream.WindowLength, hops.Percentile(50), windows.Percentile(50), stream.Layers.Sum(l => l.HopMultiplyAdds), stream.Layers.Sum(l => l.WindowMultiplyAdds),
            allocated, session.WorkingBytes);
    }

    static void Push(StreamSession session, float[] samples, int count, LatencyHistogram times)
    {
        for (int i = 0; i < count; i++)
        {
            long before = Stopwatch.GetTimestamp();
            ReadOnlySpan<float> next = samples;
            session.Push(ref next);
            times.Record((long)Stopwatch.GetElapsedTime(before).TotalNanoseconds);
        }
    }

    /// <summary>One line.</summary>
    public override string ToString() =>
        $"{Rule.ModeName}, {Rule.Hop} of {Length} samples per hop: {Units.Time(Hop)}, {Ratio:0.00} × the window ({Units.Time(Window)}); "
        + $"{Units.Count(HopMultiplyAdds)} of {Units.Count(WindowMultiplyAdds)} multiply-adds, {Allocated} B allocated, {Units.Bytes(SessionBytes)} per stream";

    /// <summary>The same as a JSON member.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("stream");
        json.WriteString("mode", Rule.ModeName);
        json.WriteNumber("hop", Rule.Hop);
        json.WriteNumber("window", Length);
        json.WriteRounded("hopMicroseconds", Hop / 1e3);
        json.WriteRounded("windowMicroseconds", Window / 1e3);
        json.WriteRounded("ratio", Ratio);
        json.WriteNumber("hopMultiplyAdds", HopMultiplyAdds);
        json.WriteNumber("windowMultiplyAdds", WindowMultiplyAdds);
        json.WriteNumber("allocatedBytesPerHop", Allocated);
        json.WriteNumber("sessionBytes", SessionBytes);
        json.WriteEndObject();
    }
}
