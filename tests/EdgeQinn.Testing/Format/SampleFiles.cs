using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Testing.Format;

/// <summary>Small contents that use every record of the format.</summary>
public static class SampleFiles
{
    /// <summary>A contract with every kind of filter and feature.</summary>
    public static readonly SignalContract Contract = new()
    {
        SampleRate = 360,
        Unit = "mV",
        Channels = ["MLII", "II"],
        Filters = [new(FilterKind.BandPass, 2, 0.5, 40), new(FilterKind.Notch, 2, 50, 0, 30), new(FilterKind.LowPass, 4, 0, 100), new(FilterKind.HighPass, 1, 0.05, 0)],
        Window = new WindowRule(WindowTrigger.Beat, 256, Before: 96),
        Inputs = [new SamplesFeature("waveform", true, 1e-6), new RrFeature("rr", 10, 4), new LogSpectrumFeature("spectrum", 1, 100, 1e-3)],
        Decision = new ClassDecision("logits", ["N", "S", "V"], true),
        AnnotationLabels = new Dictionary<string, string> { ["N"] = "N", ["A"] = "S", ["V"] = "V" },
        SourceLabels = new Dictionary<string, string> { ["100"] = "N" },
    };

    /// <summary>One node, one weight: the example of FORMAT.md.</summary>
    public static EqnContents Tiny() => new(new ModelGraph
    {
        Name = "tiny",
        Values = [new("x", new(ElementType.Float32, 2)), new("w", new(ElementType.Float32, 2), EncodedTensor.FromSpan<float>([0.5f, -2f], 2)), new("y", new(ElementType.Float32, 2))],
        Nodes = [new("Mul", "scale", [0, 1], [2], AttributeMap.Empty)],
        Inputs = [0],
        Outputs = [2],
    });

    /// <summary>Every attribute kind, nested encodings, absent inputs, odd names, contract, golden vectors and provenance.</summary>
    public static EqnContents Rich()
    {
        var graph = RichGraph();
        var archive = Archive(("x", NpyArray.Create<float>([1, 2, 3, 4, 5, 6], 3, 2)), ("y", NpyArray.Create<float>([2, 4, 6, 8, 10, 12], 3, 2)));
        return new EqnContents(graph)
        {
            Contract = Contract,
            Stream = new StreamRule(StreamMode.Windows, "x", 0, 1),
            Golden = GoldenVectors.FromArrays(archive, graph, 1e-3f, 1e-4f),
            Provenance = """{"producer":"test"}"""u8.ToArray(),
        };
    }

    /// <summary>An archive in memory.</summary>
    public static NpzFile Archive(params (string Name, NpyArray Array)[] arrays)
    {
        using var stream = new MemoryStream();
        NpzFile.Write(stream, arrays.Select(a => KeyValuePair.Create(a.Name, a.Array)));
        stream.Position = 0;
        return NpzFile.Read(stream, "arrays.npz");
    }

    static ModelGraph RichGraph()
    {
        var matrix = new TensorType(ElementType.Float32, 2, 2);
        var sum = new EncodedTensor("sum", matrix, new AttributeMap { { "terms", 2 } }, [],
        [
            EncodedTensor.FromSpan<float>([1, 2, 3, 4], 2, 2),
            new EncodedTensor("csr", matrix, new AttributeMap { { "scale", 0.5f } },
            [
                new TensorPart("values", new(ElementType.Int8, 3), new byte[] { 1, 2, 3 }),
                new TensorPart("columns", new(ElementType.UInt16, 3), new byte[] { 0, 0, 1, 0, 0, 0 }),
                new TensorPart("empty", new(ElementType.Float32, 0), ReadOnlyMemory<byte>.Empty),
            ], []),
        ]);
        return new ModelGraph
        {
            Name = "Modell für Ähnliches 心",
            Values = [new("x", new(ElementType.Float32, 1, 2)), new("", matrix, sum), new("scalar", new(ElementType.Int64), EncodedTensor.FromSpan<long>([-1])), new("y", new(ElementType.Float32, 1, 2))],
            Nodes =
            [
                new("MatMul", "layer/0", [0, 1, Node.Absent], [3, Node.Absent], new AttributeMap
                {
                    { "floats", 1.5f, float.NaN, -0f }, { "ints", [long.MinValue, long.MaxValue] }, { "none", Array.Empty<long>() }, { "text", "größer" },
                }),
            ],
            Inputs = [0],
            Outputs = [3, 2],
        };
    }
}
