using System.Globalization;
using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Alarms;

/// <summary>
/// A shell command that is run when the alarm goes on and when it goes off, as <c>sh -c COMMAND edgeqinn on|off LABEL LEVEL TIME</c>: <c>$1</c> to <c>$4</c> say
/// what happened. What it prints goes to standard error. One runs at a time: where the alarm changes meanwhile, it is run again afterwards for the latest state.
/// </summary>
public sealed class CommandAlarm : AlarmAction
{
    /// <summary>How long a command may take before it is killed with all it started.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>How long it may still take once the stream has ended.</summary>
    public static readonly TimeSpan LongestAtEnd = TimeSpan.FromSeconds(2);

    readonly string _command;
    readonly MonotonicClock _clock;
    ChildProcess? _running;
    TimeSpan _started;
    AlarmChange? _next;
    TimeSpan _longest = Longest;
    string? _killed; // why the command that runs was told to end

    /// <param name="command">The command, for <c>/bin/sh</c>.</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    public CommandAlarm(string command, MonotonicClock? clock = null)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("commands as alarms need Linux");
        (_command, _clock) = (command, clock ?? MonotonicClock.System);
    }

    /// <inheritdoc/>
    public override void Set(in AlarmChange change)
    {
        _next = change;
        Tick();
    }

    /// <inheritdoc/>
    public override void Tick()
    {
        if (_running is { } child && !HasEnded(child)) return;
        if (_next is not { } change) return;
        _next = null;
        (_started, _killed) = (_clock.Now, null);
        _running = ChildProcess.Start(
            ["/bin/sh", "-c", _command, "edgeqinn", change.IsOn ? "on" : "off", change.Label, Text(change.Level), Text(change.Time.TotalSeconds)], out int error);
        if (_running is null) Fault = $"exec:{_command}: cannot be started (error {error})";
    }

    bool HasEnded(ChildProcess child)
    {
        if (child.TryWait(out int code))
        {
            Fault = code == 0 ? null : $"{_killed ?? $"exec:{_command}"}: exit code {code}";
            _running = null;
            return true;
        }
        if (_clock.Now - _started < _longest) return false;
        child.Kill();
        Fault = _killed = $"exec:{_command}: took longer than {_longest.TotalSeconds:0} s{(_longest == LongestAtEnd ? " at the end" : "")} and was killed";
        return false; // gone at the next look
    }

    static string Text(double value) => value.ToString("G9", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The last change is still told, and given its time, but nobody waits long for a service to stop.
        (_longest, _started) = (LongestAtEnd, _clock.Now);
        while (_running is not null || _next is not null)
        {
            Tick();
            if (_running is not null) _clock.WaitUntil(_clock.Now + TimeSpan.FromMilliseconds(5));
        }
    }
}
