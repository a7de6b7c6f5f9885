using System.CommandLine;
using System.Globalization;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>The verb <c>compression</c>: the reference models compressed with several seeds, beside small dense networks of the same bytes, and each technique alone.</summary>
static class CompressionCommand
{
    static readonly string[] Parts = [CompressionRun.Results, CompressionRun.RivalPart, CompressionRun.LatencyPart, CompressionRun.Techniques];

    /// <summary>The model that techniques are compared on.</summary>
    const string TechniqueModel = "ecg-beat-cnn";

    public static Command Create()
    {
        var models = new Option<string[]>("--models") { Description = "reference models; by default all four", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. ReferenceTask.All.Select(t => t.Model)] };
        var seeds = new Option<int>("--seeds") { Description = "how many seeds", DefaultValueFactory = _ => 5 };
        var epochs = new Option<int?>("--epochs") { Description = "epochs of healing; by default each model's own" };
        var only = new Option<string[]>("--only") { Description = $"some of the parts: {string.Join(", ", Parts)}", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => Parts };
        var again = new Option<bool>("--again") { Description = "do finished parts once more" };
        var data = new Option<DirectoryInfo>("--data") { Description = "the folder that holds mitdb and cwru", DefaultValueFactory = _ => new(Path.Combine(Repository.Root, "..", "shared", "data")) };
        var files = new Option<DirectoryInfo>("--files") { Description = "where the networks made are kept", DefaultValueFactory = _ => new(Path.Combine(Repository.Root, "artifacts", "compression")) };
        var output = new Option<DirectoryInfo>("--output") { Description = "where compression.md and compression.json go; the latter also says what is finished", DefaultValueFactory = _ => new(Repository.Results) };
        var json = new Option<bool>("--json") { Description = "print JSON instead of Markdown" };
        var command = new Command("compression", "Compress the reference models with several seeds, test them, and train their rivals.") { models, seeds, epochs, only, again, data, files, output, json };
        command.SetAction(parsed =>
        {
            try
            {
                string[] parts = parsed.GetRequiredValue(only);
                if (parts.FirstOrDefault(p => !Parts.Contains(p)) is { } unknown) throw new EdgeQinnException($"--only {unknown}: expected some of {string.Join(", ", Parts)}");
                if (parsed.GetValue(seeds) < 1) throw new EdgeQinnException($"--seeds {parsed.GetValue(seeds)}: expected at least 1");
                var tasks = parsed.GetRequiredValue(models).Select(ReferenceTask.Of).ToList();
                var (folder, networks) = (parsed.GetRequiredValue(output), parsed.GetRequiredValue(files));
                folder.Create();
                networks.Create();
                var finished = OutcomeFile.Open(Path.Combine(folder.FullName, "compression.json"), Machine.Describe(), DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                var settings = new CompressionSettings(parsed.GetRequiredValue(data).FullName, networks.FullName, parsed.GetValue(epochs), parsed.GetValue(again));
                foreach (var task in tasks)
                {
                    var run = new CompressionRun(task, settings, finished, Console.Error.WriteLine);
                    for (int seed = 1; seed <= parsed.GetValue(seeds); seed++)
                    {
                        if (parts.Contains(CompressionRun.Results)) run.RunResults(seed);
                        if (parts.Contains(CompressionRun.RivalPart)) run.RunRival(seed);
                        if (parts.Contains(CompressionRun.LatencyPart)) run.RunLatency(seed);
                    }
                    if (parts.Contains(CompressionRun.Techniques) && task.Model == TechniqueModel) run.RunTechniques();
                }
                string page = CompressionReport.ToMarkdown(finished);
                File.WriteAllText(Path.Combine(folder.FullName, "compression.md"), page);
                Console.Write(parsed.GetValue(json) ? finished.ToJson() : page);
                return 0;
            }
            catch (Exception e) when (e is EdgeQinnException or IOException)
            {
                Console.Error.WriteLine($"error: {e.Message}");
                return 3;
            }
        });
        return command;
    }
}
