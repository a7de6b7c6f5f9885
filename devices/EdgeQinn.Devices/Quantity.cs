using System.Globalization;

namespace EdgeQinn.Devices;

/// <summary>Durations and sizes as people write them.</summary>
public static class Quantity
{
    static readonly (string Unit, double Seconds)[] Durations = [("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("min", 60), ("m", 60), ("h", 3600), ("d", 86400)];
    static readonly (string Unit, double Bytes)[] Sizes = [("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)];

    /// <summary>Reads a duration such as <c>50ms</c>, <c>2.5s</c>, <c>10min</c>, <c>24h</c>, <c>7d</c>; without a unit it is in seconds.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        bool found = TryParse(text, Durations, out double seconds) && seconds <= 1e9;
        duration = found ? TimeSpan.FromSeconds(seconds) : default;
        return found;
    }

    /// <summary>Reads a size such as <c>10MB</c> or <c>512KiB</c>; without a unit it is in bytes.</summary>
    public static bool TrySize(string text, out long bytes)
    {
        bool found = TryParse(text, Sizes, out double value) && value < long.MaxValue / 2;
        bytes = found ? (long)value : 0;
        return found;
    }

    static bool TryParse(string text, (string Unit, double Factor)[] units, out double value)
    {
        double factor = 1;
        foreach ((string unit, double f) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)) continue;
            (text, factor) = (text[..^unit.Length], f);
            break;
        }
        bool valid = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
        value *= factor;
        return valid;
    }
}
