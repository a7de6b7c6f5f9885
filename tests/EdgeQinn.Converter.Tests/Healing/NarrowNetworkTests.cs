using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Converter.Tests.Healing;

public class NarrowNetworkTests
{
    [Theory]
    [InlineData("ecg-beat-cnn"), InlineData("ecg-beat-gru"), InlineData("bearing-wdcnn"), InlineData("bearing-autoencoder")]
    public void Reference_models_shrink_with_the_square_of_their_width(string name)
    {
        var graph = Conversion.Run(Path.Combine(AppContext.BaseDirectory, "models", name + ".onnx"), new ConvertOptions()).Graph;
        var narrow = NarrowNetwork.Build(graph, 0.25, 1);
        using var model = Model.FromGraph(narrow);
        using var session = model.CreateSession();
        session.Run();
        Assert.Equal(graph.Outputs.Select(o => graph.Values[o].Type), model.Outputs.Select(o => o.Type));
        Assert.InRange(Parameters(narrow) / (double)Parameters(graph), 1.0 / 16, 1.0 / 3);
    }

    [Fact]
    public void It_learns_from_a_wider_one()
    {
        var b = new GraphBuilder(3);
        int hidden = b.Node("Linear", new() { { "clamp", 0f, float.PositiveInfinity } }, b.Input(1, 8), b.Constant(32, 8), b.Constant(32));
        var wide = b.Build(b.Node("Linear", null, hidden, b.Constant(3, 32), b.Constant(3)));
        var random = new Random(1);
        var data = new CalibrationSet(["x0"], [[.. Enumerable.Range(0, 8 * 500).Select(_ => random.NextSingle() * 2 - 1)]], 500, [.. Enumerable.Repeat(-1, 500)], new int[500], []);
        var split = new CalibrationSplit([.. Enumerable.Range(0, 450)], [.. Enumerable.Range(450, 50)], "the first");
        var result = Healer.Run(wide, NarrowNetwork.Build(wide, 0.5, 1), data, split, new HealingOptions { MatchingEpochs = 0, Epochs = 30, BatchSize = 30, LearningRate = 1e-2 });
        Assert.True(result.After < 0.15, $"{result.Before} to {result.After}");
    }

    [Fact]
    public void What_cannot_follow_is_named()
    {
        var b = new GraphBuilder(4);
        var graph = b.Build(b.Node("LayerNormalization", null, b.Input(1, 8), b.Constant(8)));
        Assert.Contains("'LayerNormalization 0'", Assert.Throws<GraphException>(() => NarrowNetwork.Build(graph, 0.5, 1)).Message, StringComparison.Ordinal);
    }

    static long Parameters(ModelGraph graph) => graph.Values.Sum(v => (long)(v.Constant?.Type.Count ?? 0));
}
