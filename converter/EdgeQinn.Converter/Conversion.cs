using System.Security.Cryptography;
using System.Text.Json;
using EdgeQinn.Converter.Emit;
using EdgeQinn.Converter.Import;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Converter.Passes;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter;

/// <summary>A finished conversion: what to write, and what to tell.</summary>
public sealed record Conversion
{
    /// <summary>What the <c>.eqn</c> file holds.</summary>
    public required EqnContents Contents { get; init; }

    /// <summary>What the user should know though it stopped nothing.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>How well the network, run from these contents, reproduces the golden vectors: one result per output; empty where there are none.</summary>
    public IReadOnlyList<GoldenResult> Golden { get; init; } = [];

    /// <summary>How the network will run over a stream; null where nobody asked.</summary>
    public StreamPlan? Stream { get; init; }

    /// <summary>The layers that were given another format.</summary>
    public IReadOnlyList<LayerFormat> Layers { get; init; } = [];

    /// <summary>What the formats cost: how far the network is from the golden vectors as given. The ones stored are then its own.</summary>
    public IReadOnlyList<GoldenResult> Loss { get; init; } = [];

    /// <summary>Whether every golden output is within tolerance.</summary>
    public bool Passed => Golden.All(g => g.Failures == 0);

    /// <summary>The network.</summary>
    public ModelGraph Graph => Contents.Graph;

    /// <summary>The numbers that all constants store.</summary>
    public long Parameters => Graph.Values.Sum(v => v.Constant is not { } constant ? 0 : constant.IsDense ? v.Type.Count : WeightEncodings.Read(constant).Parameters);

    /// <summary>Converts the model at <paramref name="path"/>.</summary>
    /// <exception cref="EdgeQinnException">The file is broken, uses what is not supported, or contract or golden vectors do not fit it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Conversion Run(string path, ConvertOptions options) => Run(OnnxReader.Load(path), options);

    /// <summary>Converts a model that has been read.</summary>
    /// <exception cref="EdgeQinnException">As for <see cref="Run(string, ConvertOptions)"/>.</exception>
    public static Conversion Run(OnnxModel model, ConvertOptions options)
    {
        var imported = Importer.Import(model, options.Import);
        try
        {
            var ir = options.Optimize && imported.MixesPrecisions ? SinglePrecision.Rewrite(imported.Graph) : imported.Graph;
            if (options.Optimize)
            {
                Pass.RunAll(ir);
                KeepSparse.Run(ir); // at last: passes change dense weights alone
            }
            var graph = GraphEmitter.Emit(ir);
            IReadOnlyList<LayerFormat> layers = [];
            if (options.Formats.Count > 0) graph = LayerFormats.Apply(graph, options.Formats, out layers);
            if (options.Contract is { } contract) ContractCheck.Check(contract, graph);
            var golden = options.Golden is { } archive ? GoldenVectors.FromArrays(archive, graph, options.Tolerance, maxCases: options.GoldenCases) : null;
            IReadOnlyList<GoldenResult> loss = [];
            if (golden is not null && layers.Count > 0) (golden, loss) = (Recomputed(graph, golden), Try(graph, golden));
            var stream = options.Stream is { } request ? StreamPlan.Make(graph, options.Contract, request) : null;
            var contents = new EqnContents(graph) { Contract = options.Contract, Stream = stream?.Rule, Golden = golden, Provenance = Provenance(model, imported.Notes) };
            return new Conversion { Contents = contents, Notes = imported.Notes, Stream = stream, Layers = layers, Loss = loss, Golden = Try(graph, golden) };
        }
        catch (GraphException e)
        {
            throw new GraphException($"{model.File}: {e.Message}", e);
        }
    }

    /// <summary>Binds the network, so that no file is written that does not load, and runs the golden vectors.</summary>
    static IReadOnlyList<GoldenResult> Try(ModelGraph graph, GoldenVectors? golden)
    {
        using var model = Model.FromGraph(graph);
        if (golden is null) return [];
        using var session = model.CreateSession();
        return GoldenCheck.Run(session, golden);
    }

    /// <summary>The golden inputs with what this network makes of them, computed by the reference kernels.</summary>
    public static GoldenVectors Recomputed(ModelGraph graph, GoldenVectors golden)
    {
        using var model = Model.FromGraph(graph, [Isa.Scalar]);
        using var session = model.CreateSession();
        return GoldenCheck.Record(session, golden);
    }

    /// <summary>Where the file comes from. No date, path or measurement: the same model gives the same bytes everywhere.</summary>
    static byte[] Provenance(OnnxModel model, IReadOnlyList<string> notes)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("source", Path.GetFileName(model.File));
            json.WriteString("sourceSha256", Convert.ToHexStringLower(SHA256.HashData(model.Bytes.Span)));
            json.WriteString("producer", model.Producer);
            json.WriteNumber("opset", model.Opsets.GetValueOrDefault(""));
            json.WriteString("converter", $"edgeqinn-convert {typeof(Conversion).Assembly.GetName().Version?.ToString(3)}");
            json.WriteStartArray("notes");
            foreach (string note in notes) json.WriteStringValue(note);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
