using System.Globalization;
using System.Text;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Linux;

/// <summary>
/// Tells systemd how the service is (sd_notify(3)): ready, reloading, stopping, one line of status, and that it is alive (watchdog). Silent where there is
/// no service manager.
/// </summary>
public sealed class ServiceManager : IDisposable
{
    readonly LinuxSocket? _socket;
    readonly MonotonicClock _clock;
    readonly TimeSpan _watchdogInterval = TimeSpan.MaxValue;
    TimeSpan _nextSign;

    /// <param name="socket">The manager's socket, a leading @ for an abstract one; null for that of the environment (NOTIFY_SOCKET).</param>
    /// <param name="watchdog">The manager's patience; null for that of the environment (WATCHDOG_USEC).</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    public ServiceManager(string? socket = null, TimeSpan? watchdog = null, MonotonicClock? clock = null)
    {
        _clock = clock ?? MonotonicClock.System;
        socket ??= Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        if (string.IsNullOrEmpty(socket) || !OperatingSystem.IsLinux()) return;
        _socket = LinuxSocket.ConnectUnix(socket, datagram: true, out _);
        watchdog ??= FromEnvironment();
        if (watchdog is { } patience && patience > TimeSpan.Zero) _watchdogInterval = patience / 3; // systemd asks for half of it at the latest
    }

    /// <summary>Whether somebody listens.</summary>
    public bool IsPresent => _socket is not null;

    /// <summary>The service works from now on.</summary>
    public void Ready() => Send("READY=1");

    /// <summary>The service reads its files again; <see cref="Ready"/> ends that.</summary>
    public void Reloading() => Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={_clock.Now.Ticks / 10}"));

    /// <summary>The service ends.</summary>
    public void Stopping() => Send("STOPPING=1");

    /// <summary>One line for «systemctl status».</summary>
    public void Status(string text) => Send($"STATUS={text.ReplaceLineEndings(" ")}");

    /// <summary>The service is alive; sent as often as the watchdog needs it. Call it where progress is made, and nowhere else.</summary>
    public void SignOfLife()
    {
        if (_watchdogInterval == TimeSpan.MaxValue || _clock.Now < _nextSign) return;
        _nextSign = _clock.Now + _watchdogInterval;
        Send("WATCHDOG=1");
    }

    static TimeSpan? FromEnvironment()
    {
        string? forProcess = Environment.GetEnvironmentVariable("WATCHDOG_PID");
        if (!string.IsNullOrEmpty(forProcess) && forProcess != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)) return null;
        return long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            ? TimeSpan.FromMicroseconds(microseconds) : null;
    }

    void Send(string message) => _socket?.Send(Encoding.UTF8.GetBytes(message)); // a manager that does not listen is no reason to stop

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();
}
