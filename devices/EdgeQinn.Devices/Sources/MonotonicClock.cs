using System.Diagnostics;
using EdgeQinn.Devices.Linux;

namespace EdgeQinn.Devices.Sources;

/// <summary>
/// The machine's clock that never goes back (CLOCK_MONOTONIC, which GPIO edges and IIO samples are stamped with too) and waiting by it.
/// </summary>
public class MonotonicClock
{
    /// <summary>The system's.</summary>
    public static MonotonicClock System { get; } = new();

    /// <summary>Time since some fixed moment, the boot as a rule.</summary>
    public virtual TimeSpan Now => TimeSpan.FromTicks((long)(Stopwatch.GetTimestamp() * ((double)TimeSpan.TicksPerSecond / Stopwatch.Frequency)));

    /// <summary>Returns at that moment, or at once if it has passed. Exact to the scheduler's latency, not to a timer tick.</summary>
    public virtual void WaitUntil(TimeSpan time)
    {
        if (OperatingSystem.IsLinux()) SystemCalls.SleepUntil(time);
        else if (time - Now is { Ticks: > 0 } ahead) Thread.Sleep(ahead);
    }
}
