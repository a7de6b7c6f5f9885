using System.Globalization;
using EdgeQinn.Converter;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>The reference models with B independent inputs per run, all B alternating in one process: microseconds per input.</summary>
static class BatchSpeed
{
    static readonly int[] Batches = [1, 2, 4, 8, 16];

    static readonly (string Model, string? Format)[] Cases =
    [
        ("ecg-beat-cnn", null), ("ecg-beat-cnn", "*=bcsr:density=0.1"), ("ecg-beat-cnn", "*=int8"), ("bearing-wdcnn", null),
        ("bearing-autoencoder", null), ("bearing-autoencoder", "*=bcsr:density=0.1"), ("bearing-autoencoder", "*=int8"), ("ecg-beat-gru", null),
    ];

    /// <summary>Prints one Markdown table. Arguments: the models to keep; none for all.</summary>
    public static int Run(string[] args)
    {
        ProcessorAffinity.Pin(Environment.ProcessorCount - 1);
        Console.WriteLine($"| model | format | {string.Join(" | ", Batches.Select(b => $"B = {b}"))} | B = {Batches[^1]} ÷ B = 1 |");
        Console.WriteLine($"|---|---|{string.Concat(Batches.Select(_ => "--:|"))}--:|");
        foreach (var (model, format) in Cases.Where(c => args.Length == 0 || args.Contains(c.Model))) Measure(model, format);
        return 0;
    }

    static void Measure(string model, string? format)
    {
        using var files = new TemporaryFolder();
        string eqn = files.Path("model.eqn");
        FormatRequest[] formats = format is null ? [] : [FormatRequest.Parse(format)];
        EqnWriter.Write(eqn, Conversion.Run(Path.Combine(Repository.Models, model + ".onnx"), new ConvertOptions { Formats = formats }).Contents);
        Engine[] engines = [.. Batches.Select(b => new EdgeQinnEngine($"B = {b}", eqn, b))];
        var random = new Random(1);
        foreach (var engine in engines)
            foreach (var (input, _) in engine.Inputs)
                foreach (ref float x in engine.Input(input)) x = 2 * random.NextSingle() - 1;
        double[] p50 = [.. Interleaved.Warm(engines, 25).Select((blocks, i) => Latency.Of(blocks.SelectMany(b => b)).P50 / Batches[i])];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {model} | {format ?? "dense"} | {string.Join(" | ", p50.Select(p => p.ToString("F2", CultureInfo.InvariantCulture)))} | {p50[^1] / p50[0]:F2} |"));
        foreach (var engine in engines) engine.Dispose();
    }
}
