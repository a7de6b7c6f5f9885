using System.Globalization;

namespace EdgeQinn.Runtime.Diagnostics;

/// <summary>Times as text, without the library's own formatting, which brings time zones and their rules along: 1 % of the board's binary.</summary>
public static class UtcTime
{
    /// <summary>As <c>2026-05-31T14:05:09Z</c>, or <c>20260531T140509Z</c> for names of files.</summary>
    public static string Text(DateTime time, bool compact = false)
    {
        string dash = compact ? "" : "-", colon = compact ? "" : ":";
        return string.Create(CultureInfo.InvariantCulture, $"{time.Year:0000}{dash}{time.Month:00}{dash}{time.Day:00}T{time.Hour:00}{colon}{time.Minute:00}{colon}{time.Second:00}Z");
    }
}
