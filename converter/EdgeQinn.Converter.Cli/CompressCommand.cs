using System.CommandLine;
using System.Diagnostics;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Converter.Report;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary><c>edgeqinn-convert compress</c>.</summary>
static class CompressCommand
{
    /// <summary>Windows that are kept at most; a set is held in memory.</summary>
    const int MostWindows = 200_000;

    public static Command Create()
    {
        var model = new Argument<string>("MODEL.onnx") { Description = "The trained network." };
        var output = new Option<string>("--output", "-o") { Description = "The file to write.", HelpName = "OUT.eqn", Required = true };
        var calibration = new Option<string[]>("--calibration")
        {
            Description = "Training data, never test data: a .npz file (arrays named after the inputs, 'labels' if known), or recordings cut by the contract, such as wfdb:DIR/RECORD or mat:FILE; hop=N takes windows every N samples.",
            HelpName = "DATA", Required = true, AllowMultipleArgumentsPerToken = true,
        };
        var contract = new Option<string?>("--contract") { Description = $"Signal contract: a JSON file, or one of {string.Join(", ", Contracts.Ready)}.", HelpName = "FILE.json" };
        var golden = new Option<string?>("--golden") { Description = "Arrays named after inputs and outputs: checked on the network as it is, and stored with what the compressed one makes of them, so that a board can test itself.", HelpName = "FILE.npz" };
        var maxLoss = new Option<double>("--max-loss") { Description = "The points of the task's score that may be lost on calibration data held out. The network was trained on that data, so test the file on other recordings (edgeqinn evaluate).", HelpName = "POINTS", DefaultValueFactory = _ => 1 };
        var maxDivergence = new Option<double?>("--max-divergence") { Description = "How far the results may move on windows held out (the report names the measure). Without it, where the score is too near 100 to tell, noise makes the windows harder and --max-loss holds there too.", HelpName = "D" };
        var objective = new Option<Objective>("--objective") { Description = "What to have little of: balanced, size or latency.", DefaultValueFactory = _ => Objective.Balanced };
        var maxBytes = new Option<long?>("--max-bytes") { Description = "The bytes the weights should take; what cannot be had within --max-loss is told.", HelpName = "N" };
        var formats = new Option<string[]>("--formats") { Description = $"The formats to choose from: {string.Join(", ", WeightFormat.All.Select(f => f.Name))}.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var metric = new Option<TaskMetric>("--metric") { Description = "What the score is: auto (what contract and labels allow), macrof1, accuracy, agreement, areaundercurve, anomaly or output.", DefaultValueFactory = _ => TaskMetric.Auto };
        var labels = new Option<string?>("--labels") { Description = "The labels macro-F1 is taken over (default: those with at least ten windows held out).", HelpName = "A,B,…" };
        var table = new Option<string?>("--kernel-table") { Description = "The board's kernel table (edgeqinn bench --kernels); without one, layers are measured on this machine.", HelpName = "FILE" };
        var windows = new Option<int>("--windows") { Description = "The most windows to fit weights on.", HelpName = "N", DefaultValueFactory = _ => 2048 };
        var seed = new Option<int>("--seed") { Description = "For all that is drawn.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var heal = new Option<bool>("--heal") { Description = "Train the compressed network in its formats, by distillation from the dense one and the labels there are, so that cheaper choices keep the score." };
        var epochs = new Option<int>("--heal-epochs") { Description = "Epochs of training end to end.", HelpName = "N", DefaultValueFactory = _ => 10 };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "A folder for the layers' times and the state of each healing after every epoch: after an interruption the same command goes on, and ends with the same file.", HelpName = "DIR" };
        var report = new Option<string?>("--report") { Description = "A folder for report.html and report.json.", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "Report as JSON." };
        var import = new ImportArguments();
        var command = new Command("compress", "Compresses a network within an accuracy budget, and explains every choice.")
            { model, output, calibration, contract, golden, maxLoss, maxDivergence, objective, maxBytes, formats, metric, labels, table, windows, seed, heal, epochs, checkpoint, report, json };
        import.AddTo(command);
        var stream = new StreamArguments();
        stream.AddTo(command);
        command.SetAction(parsed => Cli.Guard(() =>
        {
            var watch = Stopwatch.StartNew();
            string source = parsed.GetRequiredValue(model), target = parsed.GetRequiredValue(output);
            double loss = parsed.GetValue(maxLoss);
            if (!(loss >= 0)) throw new UsageException($"--max-loss {loss}: expected a number of points from 0");
            if (parsed.GetValue(windows) < CalibrationSet.MinWindows) throw new UsageException($"--windows {parsed.GetValue(windows)}: expected at least {CalibrationSet.MinWindows}");
            if (parsed.GetValue(epochs) < 1) throw new UsageException($"--heal-epochs {parsed.GetValue(epochs)}: expected at least 1");
            string[] chosen = [.. parsed.GetRequiredValue(formats).SelectMany(f => f.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            foreach (string format in chosen) WeightFormat.Get(format);
            var onnx = OnnxReader.Load(source);
            var signal = parsed.GetValue(contract) is { } file ? Contracts.Load(file) : null;
            var conversion = Conversion.Run(onnx, new ConvertOptions { Import = import.Read(parsed, onnx), Contract = signal, Golden = parsed.GetValue(golden) is { } goldenFile ? NpzFile.Load(goldenFile) : null, Stream = stream.Read(parsed) });
            if (!conversion.Passed) throw new EdgeQinnException($"{source}: the network does not reproduce the golden vectors, before any compression; edgeqinn-convert verify tells more");
            var set = Calibration(parsed.GetRequiredValue(calibration), conversion, signal);
            foreach (string warning in set.Warnings) Console.Error.WriteLine($"warning: {warning}");
            var options = new CompressOptions
            {
                MaxLoss = loss, MaxDivergence = parsed.GetValue(maxDivergence), Objective = parsed.GetValue(objective), MaxBytes = parsed.GetValue(maxBytes), Formats = chosen,
                Metric = parsed.GetValue(metric), Labels = parsed.GetValue(labels)?.Split(',', StringSplitOptions.TrimEntries) ?? [], FitWindows = parsed.GetValue(windows), Seed = parsed.GetValue(seed),
                Cost = parsed.GetValue(table) is { } path ? new TableLayerCost(LayerTimes.Load(path), Path.GetFileName(path)) : new MeasuredLayerCost(),
                Healing = parsed.GetValue(heal) ? new HealingOptions { Epochs = parsed.GetValue(epochs) } : null,
                Checkpoint = parsed.GetValue(checkpoint),
                Progress = line => Console.Error.WriteLine($"{watch.Elapsed.TotalSeconds,6:0.0} s  {line}"),
            };
            var compression = Compressor.Run(conversion.Graph, signal?.Decision, set, options);
            var vectors = conversion.Contents.Golden is { } given ? Conversion.Recomputed(compression.Graph, given) : null;
            // Once more: other formats share otherwise.
            var streamed = stream.Read(parsed) is { } request ? StreamPlan.Make(compression.Graph, signal, request) : null;
            EqnWriter.Write(target, conversion.Contents with { Graph = compression.Graph, Stream = streamed?.Rule, Golden = vectors, Provenance = CompressionProvenance.Write(conversion.Contents.Provenance, compression, set, options) });
            var told = new CompressionReport(source, target, new FileInfo(source).Length, new FileInfo(target).Length, set, options, compression, watch.Elapsed);
            if (parsed.GetValue(report) is { } folder) told.WriteFolder(folder);
            if (parsed.GetValue(json)) Console.Out.WriteLine(told.ToJson());
            else told.WriteText(Console.Out);
            if (streamed is not null) StreamReport.WriteText(parsed.GetValue(json) ? Console.Error : Console.Out, streamed);
            foreach (string shortfall in compression.Shortfalls) Console.Error.WriteLine($"error: {source}: {shortfall}");
            return compression.Shortfalls.Count == 0 ? Cli.Success : Cli.FailedCheck;
        }));
        return command;
    }

    static CalibrationSet Calibration(string[] data, Conversion conversion, SignalContract? contract)
    {
        if (data.Any(d => d.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)))
        {
            if (data.Length > 1) throw new UsageException("--calibration takes one .npz file, or recordings");
            if (!File.Exists(data[0])) throw new EdgeQinnException($"{data[0]}: the file does not exist");
            try
            {
                return CalibrationArrays.Read(NpzFile.Load(data[0]), conversion.Graph);
            }
            catch (EdgeQinnException e) when (!e.Message.StartsWith(data[0], StringComparison.Ordinal))
            {
                throw new EdgeQinnException($"{data[0]}: {e.Message}", e);
            }
        }
        if (contract is null) throw new UsageException("--calibration: recordings are cut into windows by the signal contract; give --contract");
        return CalibrationRecordings.Read(data, contract, MostWindows, (name, count) => Console.Error.WriteLine($"{name}: {count:N0} windows"));
    }
}
