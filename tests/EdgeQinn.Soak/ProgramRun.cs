using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace EdgeQinn.Soak;

/// <summary>One result line.</summary>
readonly record struct Result(long Sample, string Label, long Number, long First, long Last, long LostBefore, int Filled);

/// <summary>What a run of the program gave.</summary>
sealed record Outcome(List<Result> Results, JsonElement Summary, double Seconds, double CpuSeconds, List<(double Seconds, long Bytes)> Resident);

/// <summary>Runs the published program as a process of its own, reads its results and watches its memory.</summary>
static class ProgramRun
{
    static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    public static Outcome Run(string binary, params string[] arguments)
    {
        var info = new ProcessStartInfo(binary) { RedirectStandardOutput = true };
        foreach (string argument in arguments) info.ArgumentList.Add(argument);
        using var process = Process.Start(info)!;
        var started = Stopwatch.StartNew();
        var resident = new List<(double, long)>();
        double cpu = 0;
        using var ended = new ManualResetEventSlim();
        var watcher = new Thread(() =>
        {
            do
            {
                if (Status(process.Id) is { } bytes) resident.Add((started.Elapsed.TotalSeconds, bytes));
                cpu = Math.Max(cpu, CpuSeconds(process.Id));
            }
            while (!ended.Wait(LookInterval));
        });
        watcher.Start();

        var results = new List<Result>();
        JsonElement summary = default;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.TryGetProperty("number", out var number))
            {
                results.Add(new(root.GetProperty("sample").GetInt64(), string.Intern(root.GetProperty("label").GetString()!), number.GetInt64(),
                    root.GetProperty("first").GetInt64(), root.GetProperty("last").GetInt64(), root.GetProperty("lostBefore").GetInt64(), root.GetProperty("filled").GetInt32()));
            }
            else if (root.TryGetProperty("summary", out var last)) summary = last.Clone();
        }
        ended.Set();
        watcher.Join();
        process.WaitForExit();
        if (process.ExitCode != 0 || summary.ValueKind != JsonValueKind.Object) throw new InvalidOperationException($"{binary} ended with exit code {process.ExitCode}");
        return new(results, summary, started.Elapsed.TotalSeconds, cpu, resident);
    }

    static long? Status(int process)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.AsSpan(6, line.Length - 9), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return null; // it has just ended
        }
    }

    static double CpuSeconds(int process)
    {
        try
        {
            string[] fields = File.ReadAllText($"/proc/{process}/stat").Split(' ');
            return (long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / 100.0; // ticks of 10 ms
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
