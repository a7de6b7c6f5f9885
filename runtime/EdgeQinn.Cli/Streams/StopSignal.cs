using System.Runtime.InteropServices;

namespace EdgeQinn.Cli.Streams;

/// <summary>Ctrl-C and termination as a request to stop, so that the summary is still printed and the terminal restored.</summary>
sealed class StopSignal : IDisposable
{
    readonly PosixSignalRegistration _interrupt, _terminate;
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
        context.Cancel = !_requested; // a second one ends the process
        _requested = true;
    }
}
