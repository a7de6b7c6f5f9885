using System.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>Times small graphs the way models run: checked, planned, and run by a session.</summary>
static class LayerTimer
{
    const double SampleMicroseconds = 150;
    const int LeastSamples = 3, MostRuns = 10_000;

    /// <summary>
    /// The microseconds of one run: the least of many samples, each the mean of enough runs for the clock not to matter, because what other
    /// programs do only ever adds. The caches hold what they can of the graph.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="allowed">Instruction sets to choose from, best first.</param>
    /// <param name="milliseconds">How long to go on.</param>
    public static double Microseconds(ModelGraph graph, IReadOnlyList<Isa> allowed, double milliseconds)
    {
        using var model = Model.FromGraph(graph, allowed);
        using var session = model.CreateSession();
        FillInputs(session);
        session.Run(); // compiles what is not compiled yet
        session.Run();
        int runs = (int)Math.Clamp(SampleMicroseconds / Sample(session, 1), 1, MostRuns);
        double best = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        for (int sample = 0; sample < LeastSamples || Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds; sample++) best = Math.Min(best, Sample(session, runs));
        return best;
    }

    /// <summary>Fills float inputs with standard normal numbers (the same every time): zeros and denormals would time something else.</summary>
    public static void FillInputs(Session session)
    {
        var random = new Random(1);
        foreach (var input in session.Inputs)
            if (input.Type.Element == ElementType.Float32)
                foreach (ref float x in input.AsSpan<float>())
                    x = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }

    static double Sample(Session session, int runs)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < runs; i++) session.Run();
        return Clock.Nanoseconds(start) / 1e3 / runs;
    }
}
