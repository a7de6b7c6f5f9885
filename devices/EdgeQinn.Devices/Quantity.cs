using System.Globalization;

namespace EdgeQinn.Devices;

/// <summary>Durations and sizes as people write them.</summary>
public static class Quantity
{
    static readonly string[] DurationUnits = ["us", "µs", "ms", "s", "min", "m", "h", "d"], SizeUnits = ["kB", "MB", "GB", "KiB", "MiB", "GiB", "B"];
    static readonly double[] Seconds = [1e-6, 1e-6, 1e-3, 1, 60, 60, 3600, 86400], Bytes = [1e3, 1e6, 1e9, 1 << 10, 1 << 20, 1 << 30, 1];

    /// <summary>Reads a duration such as <c>50ms</c>, <c>2.5s</c>, <c>10min</c>, <c>24h</c>, <c>7d</c>; without a unit it is in seconds.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        bool found = TryParse(text, DurationUnits, Seconds, out double seconds) && seconds <= 1e9;
        duration = found ? TimeSpan.FromSeconds(seconds) : default;
        return found;
    }

    /// <summary>Reads a size such as <c>10MB</c> or <c>512KiB</c>; without a unit it is in bytes.</summary>
    public static bool TrySize(string text, out long bytes)
    {
        bool found = TryParse(text, SizeUnits, Bytes, out double value) && value < long.MaxValue / 2;
        bytes = found ? (long)value : 0;
        return found;
    }

    static bool TryParse(string text, string[] units, double[] factors, out double value)
    {
        double factor = 1;
        for (int i = 0; i < units.Length; i++)
        {
            if (!text.EndsWith(units[i], StringComparison.Ordinal)) continue;
            (text, factor) = (text[..^units[i].Length], factors[i]);
            break;
        }
        bool valid = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
        value *= factor;
        return valid;
    }
}
