using System.Globalization;
using System.Runtime.InteropServices;
using EdgeQinn.OnnxRuntime;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>What the figures were measured on. Linux.</summary>
sealed record Machine(string Cpu, int Cores, string Caches, string MemoryGiB, string System, string DotNet, string OnnxRuntime, string Kernels, string LoadAtStart)
{
    const string CacheFolder = "/sys/devices/system/cpu/cpu0/cache";

    public static Machine Describe() => new(
        CpuModel(),
        Environment.ProcessorCount,
        string.Join(", ", CacheLevels().Select(c => $"L{c.Level}{c.Kind} {c.Bytes / 1024} KiB")),
        (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30)).ToString("F1", CultureInfo.InvariantCulture),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        OrtLibrary.IsAvailable ? OrtSession.LibraryVersion : "absent",
        Runtime.Kernels.Cpu.Allowed()[0].ToString(),
        File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown");

    /// <summary>The size of the largest cache; 32 MiB where the system does not tell.</summary>
    public static long LastLevelCacheBytes => CacheLevels().Select(c => c.Bytes).DefaultIfEmpty(32L << 20).Max();

    static string CpuModel()
    {
        foreach (string line in File.ReadLines("/proc/cpuinfo"))
            if (line.StartsWith("model name", StringComparison.Ordinal)) return line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..];
        return RuntimeInformation.ProcessArchitecture.ToString();
    }

    static IEnumerable<(string Level, string Kind, long Bytes)> CacheLevels()
    {
        if (!Directory.Exists(CacheFolder)) yield break;
        foreach (string index in Directory.GetDirectories(CacheFolder, "index*").Order())
        {
            string size = Read("size");
            if (size.EndsWith('K'))
                yield return (Read("level"), Read("type") switch { "Data" => "d", "Instruction" => "i", _ => "" }, long.Parse(size[..^1], CultureInfo.InvariantCulture) * 1024);

            string Read(string name) => File.ReadAllText(Path.Combine(index, name)).Trim();
        }
    }
}
