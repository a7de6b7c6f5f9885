using System.Globalization;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>What a simulated chip or its bus suffers from.</summary>
public enum ChipFault
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>It does not acknowledge.</summary>
    Nack,
    /// <summary>The bus hangs: transfers time out.</summary>
    Hang,
    /// <summary>It is off; when it comes back its registers are at their reset values.</summary>
    Gone,
    /// <summary>Another chip sits at the address.</summary>
    Identity,
    /// <summary>It repeats its last value.</summary>
    Stuck,
    /// <summary>Its input is beyond the range.</summary>
    Saturated,
    /// <summary>An electrode is off.</summary>
    LeadOff,
    /// <summary>It answers, but samples no more.</summary>
    Silent,
    /// <summary>Its device file may not be opened.</summary>
    Denied,
    /// <summary>Its device file does not exist.</summary>
    Missing,
}

/// <summary>The faults of a simulated chip: set by hand, or by a plan.</summary>
public sealed class ChipFaults
{
    readonly MonotonicClock _clock;
    readonly List<(ChipFault Fault, TimeSpan From, TimeSpan To)> _plan = [];
    ChipFault _set;

    /// <param name="clock">The clock plans go by; the system's when null.</param>
    public ChipFaults(MonotonicClock? clock = null) => _clock = clock ?? MonotonicClock.System;

    /// <summary>What is wrong now.</summary>
    public ChipFault Current
    {
        get
        {
            if (_plan.Count == 0) return _set;
            TimeSpan now = _clock.Now;
            foreach ((ChipFault fault, TimeSpan from, TimeSpan to) in _plan)
            {
                if (now >= from && now < to) return fault;
            }
            return _set;
        }
        set => _set = value;
    }

    /// <summary>Reads a plan <c>nack@10,gone@30+5</c>: fault, seconds from now, and for how many seconds (one where it is not said).</summary>
    /// <exception cref="SourceAddressException">It is no plan.</exception>
    public static ChipFaults Parse(string plan, MonotonicClock? clock = null)
    {
        var faults = new ChipFaults(clock);
        TimeSpan start = faults._clock.Now;
        foreach (string entry in plan.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = entry.Split('@', '+');
            if (parts.Length is < 2 or > 3 || !TryName(parts[0], out ChipFault fault) || !TrySeconds(parts[1], out double from)
                || !TrySeconds(parts.Length == 3 ? parts[2] : "1", out double length))
                throw new SourceAddressException($"'{entry}' is no fault: write KIND@SECONDS or KIND@SECONDS+LENGTH, KIND one of {Names}");
            faults._plan.Add((fault, start + TimeSpan.FromSeconds(from), start + TimeSpan.FromSeconds(from + length)));
        }
        return faults;
    }

    static string Names => string.Join(", ", Enum.GetNames<ChipFault>().Skip(1).Select(n => n.ToLowerInvariant()));

    static bool TryName(string text, out ChipFault fault) =>
        Enum.TryParse(text, ignoreCase: true, out fault) && Enum.IsDefined(fault) && !char.IsDigit(text[0]);

    static bool TrySeconds(string text, out double seconds) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds) && seconds is >= 0 and < 1e9;

    /// <summary>Throws where the device file could not be opened now.</summary>
    /// <exception cref="DeviceException">Its file is missing or closed to us.</exception>
    internal void CheckOpen(Linux.DeviceKind kind, string name)
    {
        const int NoEntry = 2, Denied = 13;
        if (Current == ChipFault.Missing) throw kind.Exception(NoEntry, name, "open");
        if (Current == ChipFault.Denied) throw kind.Exception(Denied, name, "open");
    }

    /// <summary>Throws what the kernel would report for a transfer now.</summary>
    /// <exception cref="DeviceException">The transfer fails.</exception>
    internal void CheckTransfer(Linux.DeviceKind kind, string name)
    {
        const int RemoteIo = 121, TimedOut = 110, NoDevice = 19;
        switch (Current)
        {
            case ChipFault.Nack or ChipFault.Gone when kind == Linux.DeviceKind.I2c: throw kind.Exception(RemoteIo, name, "transfer on");
            case ChipFault.Hang: throw kind.Exception(TimedOut, name, "transfer on");
            case ChipFault.Missing or ChipFault.Denied: throw kind.Exception(NoDevice, name, "transfer on");
            default: break;
        }
    }
}
