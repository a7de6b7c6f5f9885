using System.Diagnostics;
using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Runtime.Diagnostics;

/// <summary>Times of a session's runs, whole and step by step.</summary>
public sealed class StepProfile
{
    StepProfile(LatencyHistogram run, LatencyHistogram[] steps, double timerCost) => (Run, Steps, TimerCost) = (run, steps, timerCost);

    /// <summary>Whole runs.</summary>
    public LatencyHistogram Run { get; }

    /// <summary>One histogram per step; each time includes one reading of the clock (<see cref="TimerCost"/>).</summary>
    public IReadOnlyList<LatencyHistogram> Steps { get; }

    /// <summary>What reading the clock takes, in ns.</summary>
    public double TimerCost { get; }

    /// <summary>
    /// Runs the session <paramref name="iterations"/> times whole, then as many times step by step. The inputs stay what they are.
    /// </summary>
    public static StepProfile Measure(Session session, int iterations)
    {
        var run = MeasureRuns(session, iterations);
        var steps = new LatencyHistogram[session.Plan.Steps.Count];
        for (int s = 0; s < steps.Length; s++) steps[s] = new LatencyHistogram();
        for (int i = 0; i < iterations; i++)
        {
            long before = Stopwatch.GetTimestamp();
            for (int s = 0; s < steps.Length; s++)
            {
                session.RunStep(s);
                long after = Stopwatch.GetTimestamp();
                steps[s].Record(Nanoseconds(after - before));
                before = Stopwatch.GetTimestamp();
            }
        }
        return new StepProfile(run, steps, MeasureTimer());
    }

    /// <summary>Runs the session <paramref name="iterations"/> times, timing each run.</summary>
    public static LatencyHistogram MeasureRuns(Session session, int iterations)
    {
        var run = new LatencyHistogram();
        MeasureRuns(session, iterations, run);
        return run;
    }

    /// <summary>Runs the session <paramref name="iterations"/> times, adding the time of each run to <paramref name="times"/>.</summary>
    public static void MeasureRuns(Session session, int iterations, LatencyHistogram times)
    {
        for (int i = 0; i < iterations; i++)
        {
            long before = Stopwatch.GetTimestamp();
            session.Run();
            times.Record(Nanoseconds(Stopwatch.GetTimestamp() - before));
        }
    }

    static long Nanoseconds(long ticks) => Stopwatch.Frequency == 1_000_000_000 ? ticks : (long)((Int128)ticks * 1_000_000_000 / Stopwatch.Frequency);

    static double MeasureTimer()
    {
        const int Readings = 1000;
        long best = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long start = Stopwatch.GetTimestamp(), last = start;
            for (int i = 0; i < Readings; i++) last = Stopwatch.GetTimestamp();
            best = Math.Min(best, last - start);
        }
        return (double)Nanoseconds(best) / Readings;
    }
}
