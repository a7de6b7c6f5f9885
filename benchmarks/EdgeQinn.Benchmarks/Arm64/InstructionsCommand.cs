using System.CommandLine;
using System.ComponentModel;
using System.Globalization;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Converter;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>The verb <c>arm64</c>: instructions that the reference models execute on Arm64, in each format.</summary>
static class InstructionsCommand
{
    static readonly string[] ReferenceModels = ["bearing-autoencoder", "bearing-wdcnn", "ecg-beat-cnn", "ecg-beat-gru"];

    public static Command Create()
    {
        var plugin = new Option<FileInfo>("--plugin") { Description = "qemu plugin that prints «instructions N simd M» when a process ends", Required = true };
        var program = new Option<FileInfo>("--program") { Description = "EdgeQinn.Arm64Count, published for linux-arm64", DefaultValueFactory = _ => new(Path.Combine(Repository.Root, "artifacts", "arm64-count", "EdgeQinn.Arm64Count")) };
        var emulator = new Option<string>("--emulator") { Description = "qemu's user-mode emulator, built with plugins", DefaultValueFactory = _ => "qemu-aarch64" };
        var cpus = new Option<string[]>("--cpu") { Description = "cores to emulate", DefaultValueFactory = _ => ["cortex-a72", "cortex-a76"] };
        var formats = new Option<string[]>("--format") { Description = "formats to count, by the first word of their names, such as dense; by default all", AllowMultipleArgumentsPerToken = true };
        var output = new Option<DirectoryInfo>("--output") { Description = "where the results go", DefaultValueFactory = _ => new(Repository.Results) };
        var json = new Option<bool>("--json") { Description = "print JSON instead of Markdown" };
        var command = new Command("arm64", "Count the instructions of the reference models on Arm64, in each format, under emulation.") { plugin, program, emulator, cpus, formats, output, json };
        command.SetAction(parsed =>
        {
            try
            {
                var counting = new CountingEmulator(parsed.GetValue(emulator)!, parsed.GetRequiredValue(plugin).FullName, parsed.GetValue(program)!.FullName);
                var report = Count(counting, parsed.GetValue(cpus)!, parsed.GetValue(formats) ?? []);
                var folder = parsed.GetValue(output)!;
                folder.Create();
                File.WriteAllText(Path.Combine(folder.FullName, "arm64-instructions.json"), report.ToJson());
                File.WriteAllText(Path.Combine(folder.FullName, "arm64-instructions.md"), report.ToMarkdown());
                Console.Write(parsed.GetValue(json) ? report.ToJson() : report.ToMarkdown());
                return 0;
            }
            catch (Exception e) when ((e is AggregateException { InnerException: { } inner } ? inner : e) is EdgeQinnException or IOException or Win32Exception)
            {
                Console.Error.WriteLine($"error: {e.Message}");
                return 3;
            }
        });
        return command;
    }

    static CountReport Count(CountingEmulator counting, string[] cpus, string[] formats)
    {
        using var files = new TemporaryFolder();
        var wanted = CountedFormats.All.Where(f => formats.Length == 0 || formats.Contains(f.Name.Split(' ')[0].TrimEnd(','))).ToList();
        var models = new List<CountedModel>();
        var graphs = new Dictionary<(string, string), ModelGraph>();
        foreach (string name in ReferenceModels)
        {
            var contents = Conversion.Run(Path.Combine(Repository.Models, name + ".onnx"), new ConvertOptions()).Contents;
            foreach (var (format, weight) in wanted)
            {
                var (graph, layers, of) = CountedFormats.Apply(contents.Graph, format, weight);
                models.Add(new CountedModel(files.Path($"{models.Count}.eqn"), name, format, layers, of, CountReport.ByLayers.Contains(format) ? Counted.Layers : Counted.Whole));
                graphs[(name, format)] = graph;
                EqnWriter.Write(models[^1].File, contents with { Graph = graph });
            }
        }
        var counted = models.FindAll(m => m.Layers > 0);
        // Counts do not depend on what else runs: a process for each core.
        var counts = new IReadOnlyList<InstructionCount>[cpus.Length];
        Parallel.For(0, cpus.Length, i => counts[i] = counting.Count(cpus[i], counted));
        InstructionCount[] all = [.. counts.SelectMany(c => c)];
        var (limits, floors) = InstructionLimits.Of(counting, all, m => graphs[m]);
        return new CountReport(DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), models, all, limits, floors);
    }
}
