using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>Runs <c>EdgeQinn.Arm64Count</c> under qemu with a plugin that prints <c>instructions N simd M</c> when a process ends.</summary>
/// <param name="Emulator">qemu's user-mode emulator for Arm64.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Program">The program, published for linux-arm64.</param>
sealed partial record CountingEmulator(string Emulator, string Plugin, string Program)
{
    /// <summary>Children per counted thing; the last runs three times what the one before runs.</summary>
    const int Children = 4;

    /// <summary>Counts models, given as files with the name and format they go by.</summary>
    /// <exception cref="IOException">The emulator fails, or prints no counts.</exception>
    public IReadOnlyList<InstructionCount> Count(string cpu, IReadOnlyList<(string File, string Model, string Format)> models)
    {
        var start = new ProcessStartInfo(Emulator, ["-cpu", cpu, "-plugin", Plugin, "-d", "plugin", Program, .. models.Select(m => m.File)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredCompilation"] = "0"; // everything is compiled once, before it is counted
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // qemu before 8.1 misses code written through a second mapping
        start.Environment.TryAdd("QEMU_LD_PREFIX", "/usr/aarch64-linux-gnu");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd(), log = errors.GetAwaiter().GetResult();
        process.WaitForExit();
        (long All, long Simd)[] counts = [.. Counts().Matches(log).Select(m => (Number(m.Groups[1]), Number(m.Groups[2])))];
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // One child to begin with, and the program itself at the end.
        if (process.ExitCode != 0 || counts.Length != Children * lines.Length + 2)
            throw new IOException($"{Emulator} {cpu} ended with {process.ExitCode} and {counts.Length} counts for {lines.Length} layers: {log[..Math.Min(1000, log.Length)]}");
        var results = new List<InstructionCount>();
        var (_, model, format) = models[0];
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split('\t');
            int times = int.Parse(fields[^1], CultureInfo.InvariantCulture);
            bool whole = fields[0] == "model";
            if (whole) (_, model, format) = models.First(m => m.File == fields[1]);
            var four = counts.AsSpan(1 + Children * i, Children);
            results.Add(new InstructionCount(
                model, format, cpu, whole ? "" : fields[1], whole ? "" : fields[2], whole ? "" : fields[3], whole ? "" : fields[6],
                whole ? 0 : long.Parse(fields[4], CultureInfo.InvariantCulture), whole ? 0 : long.Parse(fields[5], CultureInfo.InvariantCulture),
                (double)(four[3].All - 2 * four[2].All + four[1].All) / times, (double)(four[3].Simd - 2 * four[2].Simd + four[1].Simd) / times,
                // What the parent adds between two children, seen twice: where neither ran anything, and where it is left over.
                Math.Abs((double)(four[1].All - four[0].All - (2 * (four[2].All - four[1].All) - (four[3].All - four[2].All)))) / times));
        }
        return [.. results.Select(r => r.Layer.Length > 0 ? r : Whole(r, results))];
    }

    /// <summary>A whole model's multiply-adds are its layers'.</summary>
    static InstructionCount Whole(InstructionCount whole, List<InstructionCount> all)
    {
        var layers = all.FindAll(l => l.Layer.Length > 0 && l.Model == whole.Model && l.Format == whole.Format);
        return whole with { MultiplyAdds = layers.Sum(l => l.MultiplyAdds), StoredMultiplyAdds = layers.Sum(l => l.StoredMultiplyAdds) };
    }

    static long Number(Group group) => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"instructions (\d+) simd (\d+)")]
    private static partial Regex Counts();
}
