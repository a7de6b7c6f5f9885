using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>How fast one core reads a working set, again and again.</summary>
/// <param name="Level"><c>L1</c>, <c>L2</c>, <c>L3</c> or <c>DRAM</c>.</param>
/// <param name="Bytes">The working set.</param>
/// <param name="GigabytesPerSecond">Bytes per nanosecond.</param>
public sealed record ReadSpeed(string Level, long Bytes, double GigabytesPerSecond);

/// <summary>What one core of the machine at hand does at most; kernels are compared with it.</summary>
/// <param name="FloatMultiplyAdds">Float32 multiply-adds per nanosecond (GMAC/s), from registers.</param>
/// <param name="Int8MultiplyAdds">The same of int8 by the instructions .NET has for it.</param>
/// <param name="Reads">From each level of memory, nearest first.</param>
public sealed record MachinePeaks(double FloatMultiplyAdds, double Int8MultiplyAdds, IReadOnlyList<ReadSpeed> Reads)
{
    const int Samples = 40;

    /// <summary>Measures: the best of many short samples each, a fraction of a second in all.</summary>
    public static MachinePeaks Measure(IReadOnlyList<Isa> allowed)
    {
        double floats = 0, int8 = 0;
        for (int i = 0; i < 5 * Samples; i++)
        {
            floats = Math.Max(floats, ArithmeticPeak.Float(allowed));
            int8 = Math.Max(int8, ArithmeticPeak.Int8(allowed));
        }
        var reads = new List<ReadSpeed>();
        foreach (var (level, bytes) in WorkingSets())
        {
            using var set = new ReadRate(bytes, allowed);
            double best = 0;
            for (int i = 0; i < (bytes > 1 << 24 ? 4 : Samples); i++) best = Math.Max(best, set.Sample());
            reads.Add(new ReadSpeed(level, bytes, best));
        }
        return new MachinePeaks(floats, int8, reads);
    }

    /// <summary>The read rate of a working set of <paramref name="bytes"/>: that of the first level it fits twice over, or of memory.</summary>
    public double ReadRateOf(long bytes)
    {
        foreach (var read in Reads)
            if (bytes <= read.Bytes * 3 / 2) return read.GigabytesPerSecond;
        return Reads[^1].GigabytesPerSecond;
    }

    /// <summary>Half of each cache, and far more than the last.</summary>
    static IEnumerable<(string Level, long Bytes)> WorkingSets()
    {
        long last = 0;
        foreach (var (level, bytes) in Caches())
        {
            yield return ($"L{level}", bytes / 2);
            last = bytes;
        }
        yield return ("DRAM", Math.Clamp(3 * last, 16L << 20, 256L << 20));
    }

    /// <summary>The data caches that Linux tells of; elsewhere, and where it does not know, the sizes of a small board.</summary>
    static List<(int Level, long Bytes)> Caches()
    {
        var caches = new List<(int, long)>();
        for (int i = 0; i < 8; i++)
        {
            string folder = $"/sys/devices/system/cpu/cpu0/cache/index{i}";
            try
            {
                if (File.ReadAllText($"{folder}/type").Trim() == "Instruction") continue;
                string size = File.ReadAllText($"{folder}/size").Trim();
                long unit = size[^1] switch { 'K' => 1 << 10, 'M' => 1 << 20, _ => 1 };
                caches.Add((int.Parse(File.ReadAllText($"{folder}/level")), long.Parse(unit == 1 ? size : size[..^1]) * unit));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
            {
                break;
            }
        }
        return caches.Count > 0 ? caches : [(1, 32 << 10), (2, 512 << 10)];
    }
}
