using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Converter.Tests.Healing;

/// <summary>Healing brings the error down, keeps the format, and gives the same result however it is run.</summary>
public class HealerTests
{
    const int Windows = 400, Weight = 1;

    static readonly HealingOptions Quick = new() { MatchingEpochs = 1, Epochs = 4, BatchSize = 32, LearningRate = 3e-3, Outputs = OutputKind.Logits };

    [Fact]
    public void A_pruned_layer_recovers_within_its_mask()
    {
        var teacher = Teacher();
        var student = With(teacher, BlockSparseBuilder.Build(Layer(teacher), 4, 1, 0.3));
        var result = Healer.Run(teacher, student, Data(teacher, labels: false), Split, Quick with { Epochs = 16 });
        Assert.True(result.After < 0.7 * result.Before, $"{result.Before} to {result.After}");
        Assert.Equal(Mask(student), Mask(result.Graph));
        Assert.Contains(false, Mask(student));
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        var teacher = Teacher();
        var student = With(teacher, LowRankBuilder.Build(Layer(teacher), 2));
        var one = Healer.Run(teacher, student, Data(teacher), Split, Quick with { Threads = 1 });
        var many = Healer.Run(teacher, student, Data(teacher), Split, Quick with { Threads = 3 });
        Assert.Equal(one.Epochs, many.Epochs);
        Assert.Equal(one.Graph.Values[Weight].Constant!.Floats().ToArray(), many.Graph.Values[Weight].Constant!.Floats().ToArray());
    }

    [Fact]
    public void An_interrupted_run_goes_on_as_if_nothing_had_happened()
    {
        var teacher = Teacher();
        var student = With(teacher, BlockSparseBuilder.Build(Layer(teacher), 4, 1, 1));
        var options = Quick with { TargetDensities = new Dictionary<string, double> { [teacher.Values[Weight].Name] = 0.3 } };
        var whole = Healer.Run(teacher, student, Data(teacher), Split, options);
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            for (int stop = 1; stop <= 3; stop += 2)
            {
                using var cancel = new CancellationTokenSource();
                var stopper = new Stopper(stop, cancel);
                Assert.Throws<OperationCanceledException>(() => Healer.Run(teacher, student, Data(teacher), Split, options with { Checkpoint = file }, stopper, cancel.Token));
            }
            var resumed = Healer.Run(teacher, student, Data(teacher), Split, options with { Checkpoint = file });
            Assert.Equal(whole.Epochs, resumed.Epochs);
            Assert.Equal(whole.Graph.Values[Weight].Constant!.Floats().ToArray(), resumed.Graph.Values[Weight].Constant!.Floats().ToArray());
            Assert.Throws<EdgeQinnException>(() => Healer.Run(teacher, student, Data(teacher), Split, options with { Checkpoint = file, Seed = 9 }));
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^5]);
            Assert.Contains("cut off", Assert.Throws<EdgeQinnException>(() => Healer.Run(teacher, student, Data(teacher), Split, options with { Checkpoint = file })).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Gradual_pruning_ends_at_the_density_asked_for()
    {
        var teacher = Teacher();
        var student = With(teacher, BlockSparseBuilder.Build(Layer(teacher), 4, 1, 1));
        var result = Healer.Run(teacher, student, Data(teacher), Split, Quick with { TargetDensities = new Dictionary<string, double> { [teacher.Values[Weight].Name] = 0.25 } });
        var weight = (BlockSparseWeight)WeightEncodings.Read(result.Graph.Values[Weight].Constant!);
        Assert.Equal(0.25, weight.Blocks / (double)(weight.Groups * weight.BlockColumns), 0.01);
        Assert.True(result.Epochs[0].Density > result.Epochs[^1].Density);
    }

    [Fact]
    public void What_is_already_right_is_left_alone()
    {
        var teacher = Teacher();
        var result = Healer.Run(teacher, teacher, Data(teacher), Split, Quick with { Epochs = 1, Outputs = OutputKind.Values });
        Assert.Same(teacher, result.Graph);
        Assert.Equal(0, result.After);
    }

    [Fact]
    public void Data_that_does_not_fit_is_refused_by_name()
    {
        var teacher = Teacher();
        void AssertRefused(string reason, CalibrationSet data, CalibrationSplit split) =>
            Assert.Contains(reason, Assert.Throws<EdgeQinnException>(() => Healer.Run(teacher, teacher, data, split, Quick)).Message, StringComparison.Ordinal);
        AssertRefused("too few", Data(teacher), Split with { Fit = [1, 2] });
        AssertRefused("'x0' has 3 elements, the network's 16", Random("x0", 3), Split);
        AssertRefused("calibration has inputs y", Random("y", 16), Split);
    }

    sealed class Stopper(int after, CancellationTokenSource source) : IProgress<EpochReport>
    {
        public void Report(EpochReport value)
        {
            if (value.Epoch >= after) source.Cancel();
        }
    }

    static ModelGraph Teacher()
    {
        var b = new GraphBuilder(1);
        int x = b.Input(1, 16), w = b.Constant(24, 16);
        int hidden = b.Node("Linear", new() { { "clamp", 0f, float.PositiveInfinity } }, x, w, b.Constant(24));
        return b.Build(b.Node("Linear", null, hidden, b.Constant(4, 24), b.Constant(4)));
    }

    static bool[] Mask(ModelGraph graph) => Array.ConvertAll(graph.Values[Weight].Constant!.Floats().ToArray(), w => w != 0);

    static DenseLayer Layer(ModelGraph graph) => new(graph.Values[Weight].Constant!.Floats().ToArray(), graph.Values[Weight].Type, 24);

    static ModelGraph With(ModelGraph graph, Weight weight) => new()
    {
        Name = graph.Name, Nodes = graph.Nodes, Inputs = graph.Inputs, Outputs = graph.Outputs,
        Values = [.. graph.Values.Select((v, i) => i == Weight ? v with { Constant = weight.Encode() } : v)],
    };

    static CalibrationSplit Split => new([.. Enumerable.Range(0, Windows * 9 / 10)], [.. Enumerable.Range(Windows * 9 / 10, Windows / 10)], "the first");

    static CalibrationSet Data(ModelGraph graph, bool labels = true) => Random(graph.Values[graph.Inputs[0]].Name, 16, labels);

    static CalibrationSet Random(string name, int size, bool labels = true)
    {
        var random = new Random(2);
        return new CalibrationSet([name], [[.. Enumerable.Range(0, Windows * size).Select(_ => random.NextSingle() * 2 - 1)]], Windows,
            [.. Enumerable.Range(0, Windows).Select(_ => labels ? random.Next(4) : -1)], new int[Windows], []);
    }
}
