using System.Text;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Diagnostics;

public sealed class LayerTimesTests
{
    static readonly int[] GridSizes = [8, 32, 128];
    static readonly double[] Densities = [0.125, 0.25, 0.5];

    /// <summary>A board on which V×1 layers take a time that is a power law of every size.</summary>
    static double Law(TimedLayer layer) => layer.Sizes.Aggregate(0.01, (t, s) => t * Math.Pow(s.Value, s.Name == "density" ? 0.7 : s.Name == "inputs" ? 0.9 : 0.8));

    static BlockSparseWeight Sparse(int m, int n, double density) => RandomWeights.BlockSparse(new Random(1), 4, 1, density, false, m, n);

    static LayerTimes Table(params IEnumerable<TimedLayer> more) => new(
    [
        .. from m in GridSizes from n in GridSizes from d in Densities let layer = TimedLayer.Linear(Sparse(m, n, d)) select new LayerTime(layer, Law(layer)),
        .. more.Select(layer => new LayerTime(layer, Law(layer))),
    ]);

    [Theory]
    [InlineData(8, 32, 0.25)]
    [InlineData(16, 16, 0.25)]
    [InlineData(64, 100, 0.3)]
    [InlineData(128, 9, 0.5)]
    public void Power_laws_are_met_between_the_sizes_measured(int m, int n, double density)
    {
        var layer = TimedLayer.Linear(Sparse(m, n, density));
        var estimate = Table().Estimate(layer)!.Value;
        Assert.Equal(Law(layer), estimate.Microseconds, 1e-6 * Law(layer));
        Assert.False(estimate.IsExtrapolated);
    }

    [Fact]
    public void Beyond_the_grid_the_rate_stays_and_below_it_the_time()
    {
        var table = Table();
        double edge = table.Estimate(TimedLayer.Linear(Sparse(128, 128, 0.25)))!.Value.Microseconds;
        var large = table.Estimate(TimedLayer.Linear(Sparse(512, 128, 0.25)))!.Value;
        Assert.Equal(4 * edge, large.Microseconds, 1e-6 * edge);
        Assert.True(large.IsExtrapolated);

        double least = table.Estimate(TimedLayer.Linear(Sparse(8, 32, 0.25)))!.Value.Microseconds;
        var small = table.Estimate(TimedLayer.Linear(Sparse(4, 32, 0.25)))!.Value;
        Assert.Equal(least, small.Microseconds, 1e-6 * least);
        Assert.True(small.IsExtrapolated);
    }

    [Fact]
    public void Branches_need_not_have_the_same_sizes()
    {
        // One shape has a density more than the others: only layers near it are told more by it.
        var extra = TimedLayer.Linear(Sparse(32, 32, 0.375));
        var layer = TimedLayer.Linear(Sparse(64, 32, 0.375));
        Assert.Equal(Law(layer), Table(extra).Estimate(layer)!.Value.Microseconds, 1e-6 * Law(layer));
    }

    [Fact]
    public void What_was_not_measured_is_not_guessed_but_sums_and_products_are_their_parts()
    {
        var random = new Random(1);
        var table = Table(from m in GridSizes from n in GridSizes select TimedLayer.Linear(RandomWeights.Dense(random, m, n)));
        Assert.Null(table.Estimate(TimedLayer.Linear(RandomWeights.BlockSparse(random, 16, 1, 0.25, false, 32, 32)))); // V = 16, the table has 4
        Assert.Null(table.Estimate(TimedLayer.Linear(RandomWeights.Int8(random, 32, 32))));

        Weight sparse = Sparse(32, 32, 0.25), low = RandomWeights.LowRank(random, 8, 32, 32);
        double product = Law(TimedLayer.Linear(RandomWeights.Dense(random, 8, 32))) + Law(TimedLayer.Linear(RandomWeights.Dense(random, 32, 8)));
        Assert.Equal(product, table.Estimate(TimedLayer.Linear(low))!.Value.Microseconds, 1e-6 * product);
        double sum = product + Law(TimedLayer.Linear(sparse));
        Assert.Equal(sum, table.Estimate(TimedLayer.Linear(new SumWeight(sparse.Type, 32, sparse, low)))!.Value.Microseconds, 1e-6 * sum);
    }

    [Fact]
    public void A_table_read_back_estimates_the_same()
    {
        var table = new LayerTimes(Table().Entries)
        {
            Processor = "a «CPU»", Isa = "neon", Date = "2026-01-01T00:00:00Z", RuntimeVersion = "1.2.3",
            Peaks = new MachinePeaks(10, 20, [new ReadSpeed("L1", 16384, 30), new ReadSpeed("DRAM", 1 << 24, 5)]),
            Checks = [new LayerTime(TimedLayer.Linear(Sparse(16, 16, 0.25)), 1.5)],
        };
        using var stream = new MemoryStream();
        table.Write(stream);
        var read = LayerTimes.Parse(stream.ToArray(), "table.json");
        Assert.Equal((table.Processor, table.Isa, table.Date, table.RuntimeVersion), (read.Processor, read.Isa, read.Date, read.RuntimeVersion));
        Assert.Equal(table.Peaks.Reads, read.Peaks.Reads);
        Assert.Equal(table.Entries.Count, read.Entries.Count);
        Assert.Equal(1.5, Assert.Single(read.Checks).Microseconds);
        var layer = TimedLayer.Linear(Sparse(64, 100, 0.3));
        Assert.Equal(table.Estimate(layer)!.Value.Microseconds, read.Estimate(layer)!.Value.Microseconds, 1e-3 * Law(layer));
    }

    [Theory]
    [InlineData("{}", "'table.format' is missing")]
    [InlineData("[", "no kernel table")]
    [InlineData("""{"format":"edgeqinn-kernel-table","version":2}""", "this program reads 1")]
    [InlineData("""{"format":"edgeqinn-kernel-table","version":1,"entries":[{"operator":"Linear","format":"dense","parameters":{},"shape":{"inputs":0}}]}""", "'table.entries[0].shape.inputs' must be a number above 0")]
    [InlineData("""{"format":"edgeqinn-kernel-table","version":1,"entries":[{"operator":"Linear","format":"dense","parameters":{},"shape":{"inputs":1},"multiplyAdds":1,"bytes":1,"microseconds":0}]}""", "'table.entries[0].microseconds' is 0")]
    public void A_bad_table_is_refused_by_file_and_field(string json, string message)
    {
        string refused = Assert.Throws<EdgeQinnException>(() => LayerTimes.Parse(Encoding.UTF8.GetBytes(json), "board.json")).Message;
        Assert.StartsWith("board.json: ", refused);
        Assert.Contains(message, refused);
    }

    [Fact]
    public void Every_layer_of_the_grid_runs_and_is_described_as_its_graph_is()
    {
        foreach (var (layer, graph) in LayerGrid.Layers(LayerGrid.Fineness.Quick).Concat(LayerGrid.Checks(LayerGrid.Fineness.Quick)))
        {
            var described = TimedLayer.Of(graph, graph.Nodes[0])!;
            Assert.Equal(layer.Key, described.Key);
            Assert.Equal(layer.Sizes.AsSpan(), described.Sizes.AsSpan());
            Assert.Equal((layer.MultiplyAdds, layer.Bytes), (described.MultiplyAdds, described.Bytes));
            using var model = Model.FromGraph(graph);
            using var session = model.CreateSession();
            LayerTimer.FillInputs(session);
            session.Run();
            Assert.DoesNotContain(session.Outputs[0].AsSpan<float>().ToArray(), v => !float.IsFinite(v));
        }
    }

    [Fact]
    public void A_node_by_itself_computes_what_it_computes_in_its_graph()
    {
        // y = clamp(x Wᵀ + b) with W dense, and the same weight given in another form.
        var random = new Random(1);
        var sparse = Sparse(8, 12, 0.25);
        var graph = SingleNode.Graph("Linear", [], 1, (null, RandomWeights.Matrix(1, 12)), (EncodedTensor.FromSpan<float>(sparse.ToArray(), 8, 12), sparse.Type),
            (RandomWeights.Floats(random, 8), new TensorType(ElementType.Float32, 8)));
        float[] Result(ModelGraph one)
        {
            using var model = Model.FromGraph(one, [Isa.Scalar]);
            using var session = model.CreateSession();
            LayerTimer.FillInputs(session);
            session.Run();
            return session.Outputs[0].AsSpan<float>().ToArray();
        }
        var expected = Result(graph);
        Assert.Equal(expected, Result(SingleNode.Of(graph, graph.Nodes[0])));
        var replaced = Result(SingleNode.Of(graph, graph.Nodes[0], sparse.Encode()));
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], replaced[i], 1e-5f);
    }

    [Fact]
    public void Random_sparse_weights_have_exactly_the_blocks_asked_for_in_unequal_rows()
    {
        var weight = RandomWeights.BlockSparse(new Random(1), 4, 1, 0.3, false, 64, 100);
        Assert.Equal(480, weight.Blocks);
        var pointers = weight.Pointers.ToArray();
        Assert.True(Enumerable.Range(0, weight.Groups).Select(g => pointers[g + 1] - pointers[g]).Distinct().Count() > 3);
    }
}
