using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>A fresh process from its start to the first result: medians over several.</summary>
/// <param name="FirstResult">From before the process is created to its first result, ms.</param>
/// <param name="PeakMemory">Peak resident memory of the process, MB.</param>
sealed record ColdStart(double FirstResult, double PeakMemory)
{
    /// <summary>Starts <c>EdgeQinn.ColdStart</c>; null where it has not been published.</summary>
    /// <param name="engine"><c>edgeqinn</c> or <c>onnxruntime</c>.</param>
    /// <param name="model">The model's file.</param>
    /// <param name="runs">How often; the file is in the page cache after the first.</param>
    public static ColdStart? Measure(string engine, string model, int runs)
    {
        if (Program is not { } program) return null;
        var samples = Enumerable.Range(0, runs).Select(_ => Once(program, engine, model)).ToList();
        return new(Median(samples.Select(s => s.Milliseconds)), Median(samples.Select(s => s.Megabytes)));
    }

    /// <summary>Where the publish profile puts the program, or null.</summary>
    public static string? Program { get; } = Find();

    static (double Milliseconds, double Megabytes) Once(string program, string engine, string model)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        info.ArgumentList.Add(engine);
        info.ArgumentList.Add(model);
        info.ArgumentList.Add(Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture)); // CLOCK_MONOTONIC: the same in the other process
        using var process = Process.Start(info)!;
        string line = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {engine} {model} ended with exit code {process.ExitCode}");
        double[] figures = [.. line.Split(' ').Take(2).Select(f => double.Parse(f, CultureInfo.InvariantCulture))];
        return (figures[0] / 1e3, figures[1] / 1024);
    }

    static double Median(IEnumerable<double> values) => Latency.Quantile([.. values.Order()], 0.5);

    static string? Find()
    {
        string profile = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64-a72" : "linux-x64-v3";
        string path = Path.Combine(Repository.Root, "artifacts", "EdgeQinn.ColdStart", profile, "EdgeQinn.ColdStart");
        return File.Exists(path) ? path : null;
    }
}
