using System.Globalization;

namespace EdgeQinn.Devices.Power;

/// <summary>What may slow a processor down, as sysfs tells it; null or NaN where it does not.</summary>
/// <param name="Temperature">The hottest zone, in °C.</param>
/// <param name="Governor">Who chooses the clock frequency.</param>
/// <param name="Megahertz">The first core's clock now.</param>
/// <param name="Throttled">What throttles, or throttled since the start; null where nothing did, or nobody knows.</param>
/// <param name="ThrottlingKnown">Whether the machine tells.</param>
public sealed record MachineState(double Temperature, string? Governor, double Megahertz, string? Throttled, bool ThrottlingKnown)
{
    // Bits of the Raspberry Pi's firmware (raspberrypi.com documentation, get_throttled): now, and 16 bits up since the start.
    static readonly string[] FirmwareBits = ["under-voltage", "frequency capped", "throttled", "soft temperature limit"];

    /// <summary>The state now.</summary>
    public static MachineState Read() => Read("/");

    internal static MachineState Read(string root)
    {
        double hottest = double.NaN;
        foreach (string zone in SysfsFile.Folders(Path.Combine(root, "sys/class/thermal"), "thermal_zone*"))
            hottest = Math.Max(double.IsNaN(hottest) ? double.MinValue : hottest, SysfsFile.Number(Path.Combine(zone, "temp")) / 1000);
        string cpu = Path.Combine(root, "sys/devices/system/cpu/cpu0");
        string? throttled = Firmware(root, out bool known);
        double count = SysfsFile.Number(Path.Combine(cpu, "thermal_throttle/core_throttle_count"));
        if (!double.IsNaN(count)) (known, throttled) = (true, count > 0 ? $"{count:0} times since the start" : throttled);
        return new(hottest, SysfsFile.Line(Path.Combine(cpu, "cpufreq/scaling_governor")), SysfsFile.Number(Path.Combine(cpu, "cpufreq/scaling_cur_freq")) / 1000, throttled, known);
    }

    static string? Firmware(string root, out bool known)
    {
        string? text = SysfsFile.Line(Path.Combine(root, "sys/devices/platform/soc/soc:firmware/get_throttled"));
        known = int.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int bits);
        if (!known || bits == 0) return null;
        var told = new List<string>();
        for (int i = 0; i < FirmwareBits.Length; i++)
        {
            if ((bits >> i & 1) != 0) told.Add($"{FirmwareBits[i]} now");
            else if ((bits >> (16 + i) & 1) != 0) told.Add($"{FirmwareBits[i]} since the start");
        }
        return string.Join(", ", told);
    }
}
