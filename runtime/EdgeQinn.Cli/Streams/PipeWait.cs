using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Cli.Streams;

/// <summary>
/// Waits for a pipe's first line, which says what channels there are, as a service does: it is ready, shows signs of life, says after the stall's time that the source is down,
/// and stops when asked to. Whoever writes to the pipe may be started after it.
/// </summary>
sealed class PipeWait(ServiceManager manager, StopSignal stop, StreamOutputs outputs, StatusFile? statusFile, TimeSpan stall)
{
    /// <summary>A file is open within this time.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The stream, once it is open; null where the program was asked to stop before.</summary>
    /// <param name="source">The source's name, for messages.</param>
    /// <param name="open">Opens it; on a thread of its own, which a pipe may hold for ever.</param>
    public StreamService? Await(string source, Func<StreamService> open)
    {
        var opening = Task.Run(open);
        var clock = MonotonicClock.System;
        TimeSpan start = clock.Now;
        bool isReady = false, isDown = false;
        while (Task.WaitAny([opening], TickInterval) < 0)
        {
            if (stop.Requested) return null;
            outputs.Tick();
            TimeSpan waited = clock.Now - start;
            if (!isReady && waited >= Patience)
            {
                manager.Ready();
                manager.Status($"waiting for the first line of {source}");
                isReady = true;
            }
            if (!isReady) continue;
            manager.SignOfLife();
            statusFile?.Tick(null, "waiting");
            if (isDown || waited < stall) continue;
            outputs.Write(new StreamEvent("down", clock.Now, 0, $"nothing has come from {source} yet: see whether what writes to it runs"));
            outputs.Watch(SampleStatus.Down, clock.Now, 0);
            isDown = true;
        }
        if (isDown && opening.IsCompletedSuccessfully)
        {
            outputs.Write(new StreamEvent("up", clock.Now, 0, $"the source delivers after {(clock.Now - start).TotalSeconds:0.0} s"));
            outputs.Watch(SampleStatus.None, clock.Now, 0);
        }
        return opening.GetAwaiter().GetResult();
    }
}
