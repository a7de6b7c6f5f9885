using System.Runtime.InteropServices;

namespace EdgeQinn.Cli.Streams;

/// <summary>A signal that asks for something once: SIGHUP to read the files again, SIGUSR1 to reset alarms.</summary>
sealed class RequestSignal : IDisposable
{
    /// <summary>Its number on Linux.</summary>
    public const PosixSignal User1 = (PosixSignal)10;

    readonly PosixSignalRegistration? _registration;
    volatile bool _requested;

    public RequestSignal(PosixSignal signal)
    {
        if (!OperatingSystem.IsWindows()) _registration = PosixSignalRegistration.Create(signal, Request);
    }

    /// <summary>Whether it came since the last call.</summary>
    public bool Take()
    {
        bool requested = _requested;
        _requested = false;
        return requested;
    }

    public void Dispose() => _registration?.Dispose();

    void Request(PosixSignalContext context) => _requested = context.Cancel = true;
}
