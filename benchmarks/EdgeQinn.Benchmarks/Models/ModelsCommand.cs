using System.CommandLine;
using System.ComponentModel;
using System.Globalization;
using EdgeQinn.OnnxRuntime;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>The verb <c>models</c>: whole models on EdgeQinn and ONNX Runtime side by side.</summary>
static class ModelsCommand
{
    public static Command Create()
    {
        var models = new Argument<FileInfo[]>("MODEL") { Description = "ONNX files; by default those in benchmarks/models", Arity = ArgumentArity.ZeroOrMore };
        var rounds = new Option<int>("--rounds") { Description = "alternating rounds of about 40 ms per engine", DefaultValueFactory = _ => 25 };
        var coldRounds = new Option<int>("--cold-rounds") { Description = "rounds of 8 inferences with flushed caches", DefaultValueFactory = _ => 15 };
        var starts = new Option<int>("--cold-starts") { Description = "fresh processes per engine", DefaultValueFactory = _ => 21 };
        var core = new Option<int>("--core") { Description = "the core to pin to", DefaultValueFactory = _ => Environment.ProcessorCount - 1 };
        var output = new Option<DirectoryInfo>("--output") { Description = "where the results go", DefaultValueFactory = _ => new(Repository.Results) };
        var json = new Option<bool>("--json") { Description = "print JSON instead of Markdown" };
        var command = new Command("models", "Measure whole models beside ONNX Runtime.") { models, rounds, coldRounds, starts, core, output, json };
        command.SetAction(parsed => Guard(() =>
        {
            if (!OrtLibrary.IsAvailable) throw new OrtException(OrtLibrary.HowToGet);
            if (ColdStart.Program is null)
                Console.Error.WriteLine("cold start and peak memory are not measured: publish benchmarks/EdgeQinn.ColdStart first (benchmarks/README.md)");

            ProcessorAffinity.Pin(parsed.GetValue(core));
            var machine = Machine.Describe();
            var benchmark = new ModelBenchmark(parsed.GetValue(rounds), parsed.GetValue(coldRounds), parsed.GetValue(starts));
            var files = parsed.GetValue(models) is { Length: > 0 } given ? given.Select(f => f.FullName) : Directory.GetFiles(Repository.Models, "*.onnx").Order();
            var report = new Report(machine, DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), parsed.GetValue(core), [.. files.Select(Measure)]);

            var folder = parsed.GetValue(output)!;
            folder.Create();
            File.WriteAllText(Path.Combine(folder.FullName, "models.json"), report.ToJson());
            File.WriteAllText(Path.Combine(folder.FullName, "models.md"), report.ToMarkdown());
            Console.Write(parsed.GetValue(json) ? report.ToJson() : report.ToMarkdown());
            return 0;

            ModelResult Measure(string file)
            {
                Console.Error.WriteLine(file);
                return benchmark.Measure(file);
            }
        }));
        return command;
    }

    /// <summary>The product's exit codes: 1 a failed check, 3 bad input.</summary>
    static int Guard(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception e) when (e is WrongResultException or EdgeQinnException or OrtException or IOException or Win32Exception)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return e is WrongResultException ? 1 : 3;
        }
    }
}
