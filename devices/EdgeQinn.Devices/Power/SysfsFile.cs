using System.Globalization;

namespace EdgeQinn.Devices.Power;

/// <summary>Small files of sysfs.</summary>
static class SysfsFile
{
    /// <summary>The first line, or null where it cannot be read.</summary>
    public static string? Line(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim('\0', ' ', '\n') : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Its number; NaN where there is none.</summary>
    public static double Number(string path) => double.TryParse(Line(path), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;

    /// <summary>The folders that match, in order; none where the parent is missing.</summary>
    public static string[] Folders(string parent, string pattern)
    {
        string[] found = Directory.Exists(parent) ? Directory.GetDirectories(parent, pattern) : [];
        Array.Sort(found, StringComparer.Ordinal);
        return found;
    }
}
