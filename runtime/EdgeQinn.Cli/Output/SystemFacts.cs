namespace EdgeQinn.Cli.Output;

/// <summary>What Linux tells about this machine and process; null where it does not.</summary>
static class SystemFacts
{
    /// <summary>The most memory this process ever held, in bytes; 0 where unknown.</summary>
    public static long PeakResidentBytes() => Line("/proc/self/status", "VmHWM")?.Split(' ') is [var kilobytes, "kB"] ? long.Parse(kilobytes) * 1024 : 0;

    /// <summary>The processor's name.</summary>
    public static string? Processor() => ReadLine("/proc/device-tree/model")?.TrimEnd('\0') ?? Line("/proc/cpuinfo", "model name");

    /// <summary>The value of the line «name: value».</summary>
    public static string? Line(string file, string name)
    {
        foreach (string line in Lines(file))
            if (line.StartsWith(name, StringComparison.Ordinal) && line.IndexOf(':') is var colon and > 0) return line[(colon + 1)..].Trim();
        return null;
    }

    /// <summary>A soft limit of this process with its unit.</summary>
    public static string? Limit(string name)
    {
        foreach (string line in Lines("/proc/self/limits"))
            if (line.StartsWith(name, StringComparison.Ordinal) && line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, _, .. var unit])
                return string.Join(' ', [soft, .. unit]);
        return null;
    }

    /// <summary>A file's first line.</summary>
    public static string? ReadLine(string file) => Lines(file).FirstOrDefault();

    static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
