using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Converter.Tests.Selection;

/// <summary>The input (<c>.W</c>) and recurrent (<c>.R</c>) weights of GRU, LSTM and RNN in every format.</summary>
public class RecurrentFormatTests
{
    const int Steps = 6, Inputs = 24, Units = 32;

    /// <summary>Formats, and whether a layer of this size runs them as they are rather than as the dense matrix; null where that is a close call.</summary>
    static readonly (string Format, bool? Executed)[] Formats =
    [
        ("int8", true), ("int8:scale=0.02", true), ("bcsr:density=0.1", true), ("bcsr:v=8,density=0.1,type=int8", true), ("sparse:density=0.05", null), ("lowrank:rank=2", true),
        ("mps:bond=1", null), ("entangled:groups=4,rank=2", true), ("hadamard:density=0.02", true), ("lowrank:rank=1+bcsr:density=0.05", true),
        ("lowrank:rank=2+int8", true), ("mps:bond=32", false), ("bcsr:v=4,density=0.9", false), ("dense", true), ("dense+lowrank:rank=1", false),
    ];

    public static TheoryData<string, long> Cells => new() { { "GRU", 1 }, { "GRU", 0 }, { "LSTM", 0 }, { "RNN", 0 } };

    [Theory, MemberData(nameof(Cells))]
    public void Every_format_equals_the_matrix_it_stands_for(string op, long linearBeforeReset)
    {
        var dense = Graph(op, linearBeforeReset);
        foreach (var (format, executed) in Formats)
            foreach (string part in (string[])[".W", ".R", ""])
            {
                var graph = LayerFormats.Apply(dense, [FormatRequest.Parse($"cell{part}={format}")], out var layers);
                Assert.Equal(part.Length > 0 ? [$"cell{part}"] : ["cell.W", "cell.R"], layers.Select(l => l.Layer));
                byte[] file = EqnWriter.ToArray(new EqnContents(graph));
                using var model = Model.Parse(file, "cell.eqn");
                Assert.Equal(file, EqnWriter.ToArray(new EqnContents(model.Graph)));
                double tolerance = format.Contains("int8", StringComparison.Ordinal) ? 0.05 : 2e-5; // activations in steps of 1/255 of their range
                float[] expected = Run(Model.FromGraph(Materialised(graph))), actual = Run(model);
                for (int i = 0; i < expected.Length; i++)
                    Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{op}{part} {format}, element {i}: {actual[i]}, expected {expected[i]}");
                var node = ModelReport.Of(model).Nodes.Single();
                if (executed is { } asItIs) Assert.True(node.RunDense.IsEmpty == asItIs || (asItIs && op == "RNN"), $"{op}{part} {format}: {node.Format}, {string.Join(", ", node.Kernels)}");
            }
    }

    [Fact]
    public void Both_directions_in_one_node_are_refused_by_name()
    {
        var graph = Graph("GRU", 1, directions: 2);
        Assert.Contains("no layer is called 'cell.R'", Assert.Throws<EdgeQinnException>(() => LayerFormats.Apply(graph, [FormatRequest.Parse("cell.R=int8")], out _)).Message, StringComparison.Ordinal);
    }

    static ModelGraph Graph(string op, long linearBeforeReset, int directions = 1)
    {
        int gates = op switch { "GRU" => 3, "LSTM" => 4, _ => 1 } * Units;
        var random = new Random(5);
        float[] Data(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2 - 1) * scale))];
        var w = EncodedTensor.FromSpan<float>(Data(directions * gates * Inputs, 0.4), directions, gates, Inputs);
        var r = EncodedTensor.FromSpan<float>(Data(directions * gates * Units, 0.3), directions, gates, Units);
        var b = EncodedTensor.FromSpan<float>(Data(directions * 2 * gates, 0.2), directions, 2 * gates);
        var attributes = new AttributeMap { { "direction", directions == 2 ? "bidirectional" : "forward" } };
        if (op == "GRU") attributes.Add("linear_before_reset", linearBeforeReset);
        return new ModelGraph
        {
            Values =
            [
                new Value("x", new TensorType(ElementType.Float32, Steps, 1, Inputs)), new Value("w", w.Type, w), new Value("r", r.Type, r), new Value("b", b.Type, b),
                new Value("y", new TensorType(ElementType.Float32, Steps, directions, 1, Units)), new Value("h", new TensorType(ElementType.Float32, directions, 1, Units)),
            ],
            Nodes = [new Node(op, "cell", [0, 1, 2, 3], [4, 5], attributes)],
            Inputs = [0], Outputs = [4, 5],
        };
    }

    static ModelGraph Materialised(ModelGraph graph) => new()
    {
        Values = [.. graph.Values.Select(v => v.Constant is { IsDense: false } c ? v with { Constant = EncodedTensor.FromSpan<float>(WeightEncodings.Read(c).ToArray(), v.Type.Shape.AsSpan()) } : v)],
        Nodes = graph.Nodes, Inputs = graph.Inputs, Outputs = graph.Outputs,
    };

    static float[] Run(Model model)
    {
        using var session = model.CreateSession();
        var random = new Random(6);
        foreach (ref float x in session.Inputs[0].AsSpan<float>()) x = random.NextSingle() * 2 - 1;
        session.Run();
        return [.. session.Outputs.SelectMany(o => o.AsSpan<float>().ToArray())];
    }
}
