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
            foreach (string format in formats) Print(model, format);
        return 0;
    }

    static void Print(string model, string format)
    {
        var r = Measure(model, format, 25);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {model} | {format} | {r.FileBytes} | {r.Compressed:F2} | {r.Dense:F2} | {r.OnnxRuntime:F2} | {r.OverDense:F3} | {r.OverOnnxRuntime:F3} |"));
    }

    /// <summary>Medians in µs, and their ratios, round by round.</summary>
    public sealed record Outcome(long FileBytes, double Compressed, double Dense, double OnnxRuntime, double OverDense, double OverOnnxRuntime);

    /// <summary>A model with layers in formats (requests joined by ';'), beside itself dense and ONNX Runtime at its best, in turns.</summary>
    public static Outcome Measure(string model, string format, int rounds)
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
        var blocks = Interleaved.Warm(engines, rounds);
        double[] p50 = [.. blocks.Select(b => Latency.Of(b.SelectMany(x => x)).P50)];
        foreach (var engine in engines) engine.Dispose();
        return new Outcome(new FileInfo(compressed).Length, p50[0], p50[1], p50[2], Ratio.Of(blocks[0], blocks[1]).Median, Ratio.Of(blocks[0], blocks[2]).Median);
    }
}
