using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EdgeQinn.Cli.Streams;

/// <summary>Ctrl-C and termination as a request to stop, so that the summary is still printed and the terminal restored.</summary>
sealed class StopSignal : IDisposable
{
    /// <summary>Signals within this time are one request: <c>timeout</c> and others signal both a process and its group.</summary>
    static readonly TimeSpan _oneRequest = TimeSpan.FromSeconds(1);

    readonly PosixSignalRegistration _interrupt, _terminate;
    long _since;
    volatile bool _requested;

    public StopSignal()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    }

    /// <summary>Whether to stop.</summary>
    public bool Requested => _requested;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
    }

    void Stop(PosixSignalContext context)
    {
        if (_requested && Stopwatch.GetElapsedTime(_since) > _oneRequest) return; // a second one ends the process
        context.Cancel = true;
        if (_requested) return;
        _since = Stopwatch.GetTimestamp();
        _requested = true;
    }
}
