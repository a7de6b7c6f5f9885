using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Power;

/// <summary>What a piece of work costs.</summary>
/// <param name="IdleWatts">Power before and after; NaN without a meter.</param>
/// <param name="BusyWatts">Power meanwhile; NaN without a meter.</param>
/// <param name="Runs">How often it was done.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="CpuSeconds">CPU time of this process meanwhile.</param>
/// <param name="Before">The machine before.</param>
/// <param name="After">The machine at the end of the work.</param>
public sealed record PowerProfile(double IdleWatts, double BusyWatts, long Runs, double Seconds, double CpuSeconds, MachineState Before, MachineState After)
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Energy per run above idle, in J; NaN without a meter.</summary>
    public double JoulesPerRun => (BusyWatts - IdleWatts) * Seconds / Runs;

    /// <summary>CPU time per run, in s.</summary>
    public double CpuSecondsPerRun => CpuSeconds / Runs;

    /// <summary>Measures: idle, busy, idle again, so that a slow drift of the baseline falls out.</summary>
    /// <param name="meter">The meter, or null for CPU time only.</param>
    /// <param name="work">Done again and again.</param>
    /// <param name="duration">Of the work, and of both idle times together.</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    public static PowerProfile Measure(PowerMeter? meter, Action work, TimeSpan duration, MonotonicClock? clock = null)
    {
        clock ??= MonotonicClock.System;
        MachineState before = MachineState.Read();
        double idleBefore = Idle(meter, duration / 2, clock);
        meter?.Read(); // counters begin here
        TimeSpan start = clock.Now, cpu = Environment.CpuUsage.TotalTime;
        double sum = 0;
        long samples = 0, runs = 0;
        for (TimeSpan next = start + Interval, end = start + duration; clock.Now < end; next += Interval)
        {
            do
            {
                work();
                runs++;
            }
            while (clock.Now < next);
            Sample(meter, ref sum, ref samples);
        }
        double seconds = (clock.Now - start).TotalSeconds, cpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        MachineState after = MachineState.Read();
        double idleAfter = Idle(meter, duration / 2, clock);
        return new((idleBefore + idleAfter) / 2, samples == 0 ? double.NaN : sum / samples, runs, seconds, cpuSeconds, before, after);
    }

    static double Idle(PowerMeter? meter, TimeSpan duration, MonotonicClock clock)
    {
        if (meter is null) return double.NaN;
        meter.Read();
        double sum = 0;
        long samples = 0;
        for (TimeSpan next = clock.Now + Interval, end = clock.Now + duration; next <= end; next += Interval)
        {
            clock.WaitUntil(next);
            Sample(meter, ref sum, ref samples);
        }
        return sum / samples;
    }

    static void Sample(PowerMeter? meter, ref double sum, ref long samples)
    {
        double watts = meter?.Read() ?? double.NaN;
        if (double.IsNaN(watts)) return;
        sum += watts;
        samples++;
    }
}
