using System.CommandLine;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary><c>edgeqinn-convert convert</c>.</summary>
static class ConvertCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL.onnx") { Description = "The trained network." };
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.eqn", Required = true };
        var contract = new Option<string?>("--contract") { Description = $"Signal contract: a JSON file, or one of {string.Join(", ", Contracts.Ready)}.", HelpName = "FILE.json" };
        var golden = new Option<string?>("--golden") { Description = "Arrays named after inputs and outputs: checked now, and stored so that a board can test itself.", HelpName = "FILE.npz" };
        var cases = new Option<int>("--golden-cases") { Description = "The most golden cases to store.", HelpName = "N", DefaultValueFactory = _ => 8 };
        var tolerance = new Option<float>("--tolerance") { Description = "The absolute error golden vectors may show.", HelpName = "T", DefaultValueFactory = _ => 1e-4f };
        var format = new Option<string[]>("--format")
        {
            Description = FormatHelp.Text, HelpName = "LAYERS=FORMAT[:key=value,…]", AllowMultipleArgumentsPerToken = false, DefaultValueFactory = _ => [],
        };
        var json = new Option<bool>("--json") { Description = "Report as JSON." };
        var import = new ImportArguments();
        var command = new Command("convert", "Writes a network as an .eqn file.") { model, output, contract, golden, cases, tolerance, format, json };
        import.AddTo(command);
        var stream = new StreamArguments();
        stream.AddTo(command);
        command.SetAction(parsed => Cli.Guard(() =>
        {
            string source = parsed.GetRequiredValue(model), target = parsed.GetRequiredValue(output);
            var onnx = OnnxReader.Load(source);
            var options = new ConvertOptions
            {
                Import = import.Read(parsed, onnx),
                Formats = [.. parsed.GetRequiredValue(format).Select(FormatRequest.Parse)],
                Contract = parsed.GetValue(contract) is { } contractFile ? Contracts.Load(contractFile) : null,
                Stream = stream.Read(parsed),
                Golden = parsed.GetValue(golden) is { } goldenFile ? NpzFile.Load(goldenFile) : null,
                GoldenCases = parsed.GetValue(cases),
                Tolerance = parsed.GetValue(tolerance),
            };
            var conversion = Conversion.Run(onnx, options);
            bool passed = conversion.Passed;
            if (passed) EqnWriter.Write(target, conversion.Contents);
            var report = new ConvertReport(source, target, conversion, passed ? new FileInfo(target).Length : 0);
            if (parsed.GetValue(json)) report.WriteJson(Console.Out);
            else report.WriteText(Console.Out);
            if (passed) return Cli.Success;
            var worst = conversion.Golden.MaxBy(g => g.MaxError)!;
            Console.Error.WriteLine($"error: {source}: the network does not reproduce the golden vectors: output '{worst.Output}' of case {worst.WorstCase} differs by {worst.MaxError:g3}, {options.Tolerance:g3} is allowed; no file was written");
            return Cli.FailedCheck;
        }));
        return command;
    }
}
