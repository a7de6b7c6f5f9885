using EdgeQinn.Devices.Power;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Devices.Linux;

/// <summary>How a check went.</summary>
public enum CheckState
{
    /// <summary>All is well.</summary>
    Good,
    /// <summary>It works, but not as well as it could, or is not there.</summary>
    Notice,
    /// <summary>It does not work.</summary>
    Bad,
}

/// <summary>What a check found.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="State">How it went.</param>
/// <param name="Text">What was found.</param>
/// <param name="Mend">What to do about it; null where there is nothing to do.</param>
public sealed record CheckResult(string Name, CheckState State, string Text, string? Mend = null);

/// <summary>Checks whether this machine can read sensors in time, and says what to mend.</summary>
public static class BoardCheck
{
    const int WakeUps = 300;

    /// <summary>All checks; takes about a third of a second.</summary>
    public static IEnumerable<CheckResult> Run() => [.. Run("/", TryOpen), WakeUp(MonotonicClock.System)];

    /// <param name="root">Where the file system starts.</param>
    /// <param name="open">Opens a device file for reading and writing: 0, or the error number.</param>
    internal static IEnumerable<CheckResult> Run(string root, Func<string, int> open)
    {
        yield return Kernel(SysfsFile.Line(Path.Combine(root, "proc/sys/kernel/osrelease")));
        yield return Files(root, "I²C", DeviceKind.I2c, "i2c-*", open);
        yield return Files(root, "SPI", DeviceKind.Spi, "spidev*", open);
        yield return Files(root, "GPIO", DeviceKind.Gpio, "gpiochip*", open);
        string[] iio = SysfsFile.Folders(Path.Combine(root, "sys/bus/iio/devices"), "iio:device*");
        if (iio.Length > 0) yield return Files(root, "IIO", DeviceKind.Iio, "iio:device*", open);
        yield return ClockSource(SysfsFile.Line(Path.Combine(root, "sys/devices/system/clocksource/clocksource0/current_clocksource")));
        yield return Governor(MachineState.Read(root));
        yield return Throttling(MachineState.Read(root));
    }

    static CheckResult Kernel(string? release)
    {
        string[] parts = (release ?? "").Split('.', '-');
        if (parts.Length < 2 || !int.TryParse(parts[0], out int major) || !int.TryParse(parts[1], out int minor))
            return new("kernel", CheckState.Bad, release ?? "no Linux", "sensors need Linux; recordings and synthetic signals work everywhere");
        return major > 5 || major == 5 && minor >= 10 ? new("kernel", CheckState.Good, release!)
            : new("kernel", CheckState.Bad, release!, "GPIO lines (data-ready, lead-off, alarms) need Linux 5.10 or newer: update the system");
    }

    static CheckResult Files(string root, string name, DeviceKind kind, string pattern, Func<string, int> open)
    {
        string folder = Path.Combine(root, "dev");
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
        Array.Sort(files, StringComparer.Ordinal);
        if (files.Length == 0) return new(name, CheckState.Notice, "none here", $"if a sensor is wired to it: {kind.Enable}");
        foreach (string file in files)
        {
            int error = open(file);
            if (error == 0) continue;
            string message = kind.Exception(error, file, "open").Message;
            int cut = message.IndexOf(';');
            return new(name, CheckState.Bad, cut < 0 ? message : message[..cut], cut < 0 ? null : message[(cut + 2)..]);
        }
        return new(name, CheckState.Good, string.Join(", ", files.Select(Path.GetFileName)));
    }

    static int TryOpen(string file)
    {
        int opened = SystemCalls.Kernel.Open(file, SystemCalls.ReadWrite | SystemCalls.NonBlocking);
        if (opened < 0) return -opened;
        SystemCalls.Kernel.Close(opened);
        return 0;
    }

    static CheckResult ClockSource(string? source) => source switch
    {
        null => new("clock", CheckState.Notice, "the kernel does not say which clock it goes by"),
        "hpet" or "acpi_pm" or "jiffies" => new("clock", CheckState.Notice, source, "this clock is slow to read or coarse: look for 'clocksource' in dmesg, the better one was found to be unsteady"),
        _ => new("clock", CheckState.Good, source),
    };

    static CheckResult Governor(MachineState state) => state.Governor switch
    {
        null => new("governor", CheckState.Notice, "not exposed"),
        "performance" or "schedutil" => new("governor", CheckState.Good, state.Governor),
        var other => new("governor", CheckState.Notice, other,
            "the first results after a pause are computed at a low clock; 'echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor' for steady latency"),
    };

    static CheckResult Throttling(MachineState state)
    {
        if (state.Throttled is null) return new("throttling", state.ThrottlingKnown ? CheckState.Good : CheckState.Notice, state.ThrottlingKnown ? "none" : "not exposed");
        bool power = state.Throttled.Contains("under-voltage", StringComparison.Ordinal);
        return new("throttling", state.Throttled.Contains("now", StringComparison.Ordinal) ? CheckState.Bad : CheckState.Notice, state.Throttled,
            power ? "the supply is too weak: use the board's own, with a short cable" : "the processor gets too hot: add a heat sink or air");
    }

    /// <summary>How late the machine wakes a sleeper: what a sensor that is read by the host's clock has to live with.</summary>
    static CheckResult WakeUp(MonotonicClock clock)
    {
        var late = new LatencyHistogram();
        TimeSpan due = clock.Now;
        for (int i = 0; i < WakeUps; i++)
        {
            due = clock.Now + TimeSpan.FromMilliseconds(1);
            clock.WaitUntil(due);
            late.Record((long)(clock.Now - due).TotalNanoseconds);
        }
        string text = $"late by {late.Percentile(50) / 1e3:0} µs as a rule, {late.Percentile(99) / 1e3:0} µs at p99, {late.Max / 1e3:0} µs at most";
        return late.Percentile(99) < 1_000_000 ? new("wake-up", CheckState.Good, text)
            : new("wake-up", CheckState.Notice, text, "sensors read by the host's clock will lose samples: run under 'chrt -f 10', or CPUSchedulingPolicy=fifo in the unit; chips with FIFO or ready line do not mind");
    }
}
