using System.Globalization;
using EdgeQinn.Benchmarks.OnnxRuntime;
using EdgeQinn.Converter;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>
/// The reference models with every layer in one format, beside the same model dense and ONNX Runtime at its best, in one run. Speed only:
/// formats here come from plain parameters, and what they cost in accuracy is not looked at.
/// </summary>
static class CompressedModels
{
    static readonly (string Model, string[] Formats)[] Cases =
    [
        ("ecg-beat-cnn", ["*=bcsr:density=0.1", "*features*=sparse:density=0.1;*=bcsr:density=0.1", "*=bcsr:density=0.2", "*=int8"]),
        ("bearing-autoencoder", ["*=bcsr:density=0.1", "*=bcsr:v=8,density=0.1", "*=int8"]),
        ("bearing-wdcnn", ["*=bcsr:density=0.1", "*=int8"]),
    ];

    /// <summary>Prints one Markdown table. Arguments: the models to keep; none for all.</summary>
    public static int Run(string[] args)
    {
        ProcessorAffinity.Pin(Environment.ProcessorCount - 1);
        Console.WriteLine("| model | format | file bytes | p50 µs | dense p50 µs | ONNX Runtime p50 µs | ÷ own dense | ÷ ONNX Runtime at its best |\n|---|---|--:|--:|--:|--:|--:|--:|");
        foreach (var (model, formats) in Cases.Where(c => args.Length == 0 || args.Contains(c.Model)))
            foreach (string format in formats) Measure(model, format);
        return 0;
    }

    static void Measure(string model, string format)
    {
        string onnx = Path.Combine(Repository.Models, model + ".onnx");
        using var files = new TemporaryFolder();
        string dense = files.Path("dense.eqn"), compressed = files.Path("compressed.eqn");
        EqnWriter.Write(dense, Conversion.Run(onnx, new ConvertOptions()).Contents);
        EqnWriter.Write(compressed, Conversion.Run(onnx, new ConvertOptions { Formats = [.. format.Split(';').Select(FormatRequest.Parse)] }).Contents);
        Engine[] engines = [new EdgeQinnEngine(format, compressed), new EdgeQinnEngine("dense", dense), new OrtEngine("ONNX Runtime", OnnxModels.AtItsBest(File.ReadAllBytes(onnx)))];
        var random = new Random(1);
        foreach (var (input, length) in engines[^1].Inputs)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => 2 * random.NextSingle() - 1)];
            foreach (var engine in engines) values.CopyTo(engine.Input(input));
        }
        double[] p50 = [.. Interleaved.Warm(engines, 25).Select(blocks => Latency.Of(blocks.SelectMany(b => b)).P50)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {model} | {format} | {new FileInfo(compressed).Length} | {p50[0]:F2} | {p50[1]:F2} | {p50[2]:F2} | {p50[0] / p50[1]:F3} | {p50[0] / p50[2]:F3} |"));
        foreach (var engine in engines) engine.Dispose();
    }
}
