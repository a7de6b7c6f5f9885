using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>A model to count.</summary>
/// <param name="File">The <c>.eqn</c> file.</param>
/// <param name="Model">The reference model it was made of.</param>
/// <param name="Format">The format its layers have.</param>
/// <param name="Layers">How many have it.</param>
/// <param name="LayersInAll">Of how many.</param>
/// <param name="What">What to count of it.</param>
sealed record CountedModel(string File, string Model, string Format, int Layers, int LayersInAll, Counted What);

/// <summary>What to count of a model.</summary>
enum Counted
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>Its layers, too, and their steps behind those that pad and quantise.</summary>
    Layers,

    /// <summary>Of its one layer the steps behind these alone.</summary>
    Prepared,
}

/// <summary>Runs <c>EdgeQinn.Arm64Count</c> under qemu with a plugin that prints <c>instructions N simd M</c> when a process ends.</summary>
/// <param name="Emulator">qemu's user-mode emulator for Arm64.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Program">The program, published for linux-arm64.</param>
sealed partial record CountingEmulator(string Emulator, string Plugin, string Program)
{
    /// <summary>Children per counted thing, of which the first runs nothing and the last three times what the second runs.</summary>
    const int Children = 3;

    /// <summary>Counts models in one process: starting and compiling take longer under emulation than counting.</summary>
    /// <exception cref="IOException">The emulator fails, or prints no counts.</exception>
    public IReadOnlyList<InstructionCount> Count(string cpu, IReadOnlyList<CountedModel> models)
    {
        IEnumerable<string> Files(Counted what) => models.Where(m => m.What == what).Select(m => m.File);
        var start = new ProcessStartInfo(Emulator, ["-cpu", cpu, "-plugin", Plugin, "-d", "plugin", Program, "--whole", .. Files(Counted.Whole), "--layers", .. Files(Counted.Layers), "--prepared", .. Files(Counted.Prepared)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredCompilation"] = "0"; // everything is compiled once, before it is counted
        start.Environment["DOTNET_EnableDiagnostics"] = start.Environment["DOTNET_gcConcurrent"] = "0"; // fewer other threads
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // qemu before 8.1 misses code written through a second mapping
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x20000000"; // without a limit the runtime reserves 256 GB, whose page tables every child process would copy
        start.Environment.TryAdd("QEMU_LD_PREFIX", "/usr/aarch64-linux-gnu");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        using var watch = new HungChildren(process.Id);
        string output = process.StandardOutput.ReadToEnd(), log = errors.GetAwaiter().GetResult();
        process.WaitForExit();
        (long All, long Simd)[] counts = [.. Counts().Matches(log).Select(m => (Number(m.Groups[1]), Number(m.Groups[2])))];
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // One child to begin with, and the program itself at the end.
        if (process.ExitCode != 0 || counts.Length != Children * lines.Length + 2)
            throw new IOException($"{Emulator} {cpu} ended with {process.ExitCode} and {counts.Length} counts for {lines.Length} layers: {log[Math.Max(0, log.Length - 1000)..]}");
        long parent = Parent([.. counts[1..^1].Select(c => c.All)]), parentSimd = Parent([.. counts[1..^1].Select(c => c.Simd)]);
        var byFile = models.ToDictionary(m => m.File);
        var results = new List<InstructionCount>();
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split('\t');
            int times = int.Parse(fields[^1], CultureInfo.InvariantCulture);
            var model = byFile[fields[1]];
            var three = counts.AsSpan(1 + Children * i, Children);
            var (all, spread) = Least(three[0].All, three[1].All, three[2].All, parent, times);
            var (simd, _) = Least(three[0].Simd, three[1].Simd, three[2].Simd, parentSimd, times);
            switch (fields[0])
            {
                case "prepared":
                    results[^1] = results[^1] with { Preparing = results[^1].Instructions - all };
                    break;
                case "model":
                    results.Add(new InstructionCount(model.Model, model.Format, model.Layers, model.LayersInAll, cpu, "", "", "", "", Whole(fields[2]), Whole(fields[3]), all, simd, 0, spread));
                    break;
                default:
                    results.Add(new InstructionCount(
                        model.Model, model.Format, model.Layers, model.LayersInAll, cpu, fields[2], fields[3], fields[4], fields[7], Whole(fields[5]), Whole(fields[6]), all, simd, 0, spread));
                    break;
            }
        }
        return results;
    }

    /// <summary>What the parent adds from child to child: the median, for now and then one of its other threads runs in between.</summary>
    static long Parent(long[] counts) => counts.Chunk(Children).Select(c => 2 * (c[1] - c[0]) - (c[2] - c[1])).Order().ElementAt(counts.Length / Children / 2);

    /// <summary>One turn's count, by the first n turns and by the next 2n: the lesser, for other threads only add; and how far apart they are.</summary>
    static (double Count, double Spread) Least(long none, long some, long thrice, long parent, int times)
    {
        double first = (double)(some - none - parent) / times, second = (double)(thrice - some - parent) / (2 * times);
        return (Math.Min(first, second), Math.Abs(first - second));
    }

    static long Whole(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    static long Number(Group group) => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"instructions (\d+) simd (\d+)")]
    private static partial Regex Counts();
}
