using System.CommandLine;
using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Kernels;
using Perfolizer.Horology;

namespace EdgeQinn.Benchmarks.Suites;

/// <summary>The verb <c>kernels</c>: every kernel of the table and every layer of the shapes file, by BenchmarkDotNet.</summary>
static class KernelsCommand
{
    public static Command Create()
    {
        var filter = new Argument<string[]>("PART") { Description = "parts of kernels' or layers' names to keep; none for all", Arity = ArgumentArity.ZeroOrMore };
        var isa = new Option<Isa[]>("--isa") { Description = "instruction sets; by default the best this CPU has", DefaultValueFactory = _ => [Cpu.Allowed()[0]] };
        var core = new Option<int>("--core") { Description = "the core to pin to", DefaultValueFactory = _ => Environment.ProcessorCount - 1 };
        var output = new Option<FileInfo?>("--output") { Description = "write the Markdown there too" };
        var command = new Command("kernels", "Measure every kernel and every layer of shapes.json with BenchmarkDotNet.") { filter, isa, core, output };
        command.SetAction(parsed =>
        {
            ProcessorAffinity.Pin(parsed.GetValue(core));
            string[] parts = parsed.GetRequiredValue(filter);
            KernelSuite.Chosen = [.. parsed.GetRequiredValue(isa).SelectMany(KernelCases.For).Where(c => parts.Length == 0 || parts.Any(p => $"{c.Kernel} {c.Title}".Contains(p, StringComparison.OrdinalIgnoreCase)))];
            string markdown = Run(MachinePeaks.Measure(Cpu.Allowed()));
            Console.Write(markdown);
            if (parsed.GetValue(output) is { } file) File.WriteAllText(file.FullName, markdown);
            return 0;
        });
        return command;
    }

    static string Run(MachinePeaks peaks)
    {
        using var files = new TemporaryFolder();
        // In this process: the cases are objects of it (bound models), and a hundred generated projects would take minutes to build, each under
        // this repository's own build settings.
        var job = Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance).WithWarmupCount(2).WithIterationCount(7).WithIterationTime(TimeInterval.FromMilliseconds(20)).WithGcForce(false);
        var config = ManualConfig.CreateEmpty().AddJob(job).WithArtifactsPath(files.Path("artifacts")).AddLogger(new Progress())
            .AddColumnProvider(DefaultColumnProviders.Params).AddColumn(StatisticColumn.Median, StatisticColumn.Min).AddColumn([.. KernelColumn.All(peaks)])
            .WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Declared))
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(120).WithTimeUnit(TimeUnit.Microsecond))
            .WithOptions(ConfigOptions.DisableLogFile | ConfigOptions.DisableOptimizationsValidator);
        var summary = BenchmarkRunner.Run<KernelSuite>(config);
        var table = new AccumulationLogger();
        MarkdownExporter.GitHub.ExportToLog(summary, table);
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Kernels, {DateTime.UtcNow:yyyy-MM-dd}

            {peaks.FloatMultiplyAdds:F1} GMAC/s in float32 and {peaks.Int8MultiplyAdds:F1} in int8 from registers; reads {string.Join(", ", peaks.Reads.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Level} {r.GigabytesPerSecond:F0}")))} GB/s: measured by the suite before it starts.
            "Of peak" is the machine's bound as a share of the least time: stored multiply-adds at that peak, or reading the stored weight, the inputs and the outputs from the level of
            memory that holds them, whichever is longer. Minimal filtering does fewer multiplications than the definition and can exceed 100 %. Load average at the end {LoadAverage()}.

            {table.GetLog().Trim()}

            """);
    }

    static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    /// <summary>One line per case on the error stream instead of BenchmarkDotNet's log.</summary>
    sealed class Progress : ILogger
    {
        public string Id => nameof(Progress);

        public int Priority => 0;

        public void Write(LogKind logKind, string text)
        {
            if (logKind == LogKind.Error) Console.Error.Write(text);
        }

        public void WriteLine() { }

        public void WriteLine(LogKind logKind, string text)
        {
            if (logKind == LogKind.Error || text.StartsWith("// Benchmark: ", StringComparison.Ordinal)) Console.Error.WriteLine(text);
        }

        public void Flush() { }
    }
}
