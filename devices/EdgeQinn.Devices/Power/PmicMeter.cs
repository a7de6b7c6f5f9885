using System.Globalization;
using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Power;

/// <summary>The power-management chip of the Raspberry Pi 5, asked through its firmware (<c>vcgencmd pmic_read_adc</c>): the sum of current times voltage over its rails.</summary>
sealed class PmicMeter : PowerMeter
{
    readonly Func<string?> _query;

    PmicMeter(Func<string?> query) => _query = query;

    public override string Name => "PMIC of the Raspberry Pi (vcgencmd pmic_read_adc)";

    public override string Bias => "the PMIC sees its own rails, not what USB and the 5 V pins draw, nor its losses; asking it starts a program each time";

    public static PmicMeter? Find(Func<string?> query) => query() is { } text && !double.IsNaN(Sum(text)) ? new(query) : null;

    public override double Read() => _query() is { } text ? Sum(text) : double.NaN;

    /// <summary>Σ A·V over lines such as <c>VDD_CORE_A current(7)=1.49A</c> and <c>VDD_CORE_V volt(15)=0.87V</c>; NaN where no rail has both.</summary>
    internal static double Sum(string text)
    {
        double watts = double.NaN;
        string[] lines = text.Split('\n');
        foreach (string line in lines)
        {
            if (!TryParse(line, 'V', out string rail, out double volts)) continue;
            foreach (string other in lines)
                if (TryParse(other, 'A', out string same, out double amperes) && same == rail) watts = (double.IsNaN(watts) ? 0 : watts) + amperes * volts;
        }
        return watts;
    }

    /// <summary>A line's rail and value, if it is in that unit.</summary>
    static bool TryParse(string line, char unit, out string rail, out double value)
    {
        string[] parts = line.Split((char[])[' ', '='], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        (rail, value) = ("", 0);
        if (parts.Length != 3 || parts[0].Length < 3 || parts[0][^2] != '_' || parts[0][^1] != unit || parts[2][^1] != unit) return false;
        rail = parts[0][..^2];
        return double.TryParse(parts[2].AsSpan(0, parts[2].Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Asks the firmware; null where there is none to ask.</summary>
    public static string? Query()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/vcgencmd")) return null;
        string file = Path.GetTempFileName();
        try
        {
            ChildProcess? child = ChildProcess.Start(["/bin/sh", "-c", "/usr/bin/vcgencmd pmic_read_adc > \"$1\"", "sh", file], out _);
            if (child is null) return null;
            TimeSpan end = MonotonicClock.System.Now + TimeSpan.FromSeconds(2);
            int code;
            while (!child.TryWait(out code))
            {
                if (MonotonicClock.System.Now > end)
                {
                    child.Kill();
                    return null;
                }
                Thread.Sleep(1);
            }
            return code == 0 ? File.ReadAllText(file) : null;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
