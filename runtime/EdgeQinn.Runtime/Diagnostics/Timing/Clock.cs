using System.Diagnostics;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>Short times: <see cref="Stopwatch.GetElapsedTime(long)"/> counts in units of 100 ns.</summary>
static class Clock
{
    static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    /// <summary>The time since <paramref name="start"/>, a reading of <see cref="Stopwatch.GetTimestamp"/>; above 0.</summary>
    public static double Nanoseconds(long start) => Math.Max(1, Stopwatch.GetTimestamp() - start) * NanosecondsPerTick;
}
