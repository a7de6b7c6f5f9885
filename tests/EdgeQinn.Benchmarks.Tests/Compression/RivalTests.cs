using EdgeQinn.Benchmarks.Compression;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests.Compression;

/// <summary>The rival has the bytes it should have, and learns.</summary>
public class RivalTests
{
    const int Inputs = 8, Hidden = 96, Classes = 3, Windows = 600;

    readonly Random _random = new(1);

    [Theory]
    [InlineData(0.3), InlineData(0.1)]
    public void It_has_the_bytes_asked_for(double share)
    {
        var wide = Network();
        long wanted = (long)(share * Size(wide));

        var narrow = Rival.Narrow(wide, wanted, 1, Size);

        var int8 = Converter.Selection.LayerFormats.Apply(narrow, [Converter.Selection.FormatRequest.Parse("*=int8")], out _);
        Assert.InRange(Size(int8) / (double)wanted, 0.95, 1.05);
    }

    [Fact]
    public void It_learns_what_the_wide_one_knows()
    {
        var wide = Network();
        float[] data = [.. Enumerable.Range(0, Windows * Inputs).Select(_ => _random.NextSingle() * 2 - 1)];
        int[] truth = Decide(wide, data);
        var set = new CalibrationSet(["x"], [data], Windows, truth, new int[Windows], []);
        var split = CalibrationSplit.Of(set, 0.25, 1);

        var (graph, before, after) = Rival.Train(wide, Rival.Narrow(wide, Size(wide) / 8, 1, Size), set, split, new HealingOptions { Epochs = 8, BatchSize = 32, Outputs = OutputKind.Logits });

        int[] decided = Decide(graph, data);
        Assert.True(after < before / 3, $"{before} to {after}");
        Assert.All(Converter.Calibration.WeightSite.Find(wide), site => Assert.False(graph.Values[graph.Nodes[site.Node].Inputs[1]].Constant!.IsDense));
        double share = split.HeldOut.Average(w => decided[w] == truth[w] ? 1.0 : 0), chance = truth.GroupBy(t => t).Max(g => g.Count()) / (double)Windows;
        Assert.True(share > (1 + chance) / 2, $"{share:0.00} right on windows it has not seen, the largest class alone {chance:0.00}");
    }

    static long Size(ModelGraph graph)
    {
        string file = Path.GetTempFileName();
        EqnWriter.Write(file, new EqnContents(graph));
        long size = new FileInfo(file).Length;
        File.Delete(file);
        return size;
    }

    static int[] Decide(ModelGraph graph, float[] data)
    {
        using var model = Model.FromGraph(graph);
        using var session = model.CreateSession();
        return [.. Enumerable.Range(0, Windows).Select(w =>
        {
            data.AsSpan(w * Inputs, Inputs).CopyTo(session.Input("x").AsSpan<float>());
            session.Run();
            float[] y = session.Output("y").AsSpan<float>().ToArray();
            return Array.IndexOf(y, y.Max());
        })];
    }

    /// <summary>Two hidden layers with ReLU, random weights.</summary>
    ModelGraph Network()
    {
        var relu = new AttributeMap { { "clamp", 0f, float.PositiveInfinity } };
        return new ModelGraph
        {
            Name = "wide", Inputs = [0], Outputs = [3],
            Values = [Value("x", 1, Inputs), Value("h", 1, Hidden), Value("g", 1, Hidden), Value("y", 1, Classes), Weight("w1", Hidden, Inputs), Weight("w2", Hidden, Hidden), Weight("w3", Classes, Hidden), Bias("b1", Hidden), Bias("b2", Hidden), Bias("b3", Classes)],
            Nodes = [new Node("Linear", "first", [0, 4, 7], [1], relu), new Node("Linear", "second", [1, 5, 8], [2], relu), new Node("Linear", "third", [2, 6, 9], [3], [])],
        };

        static Value Value(string name, params int[] shape) => new(name, new TensorType(ElementType.Float32, shape));

        Value Bias(string name, int n) => Constant(name, new float[n], n);

        Value Weight(string name, int rows, int columns) => Constant(name, [.. Enumerable.Range(0, rows * columns).Select(_ => MathF.Sqrt(6f / columns) * (2 * _random.NextSingle() - 1))], rows, columns);

        static Value Constant(string name, float[] data, params int[] shape)
        {
            var tensor = EncodedTensor.FromSpan<float>(data, shape);
            return new Value(name, tensor.Type, tensor);
        }
    }
}
