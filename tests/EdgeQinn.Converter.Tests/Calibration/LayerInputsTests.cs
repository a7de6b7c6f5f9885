using EdgeQinn.Converter.Calibration;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Calibration;

/// <summary>The vectors calibration takes are those the layers multiply with.</summary>
public class LayerInputsTests
{
    [Theory]
    [InlineData(new[] { 1, 3, 20 }, new[] { 4, 3, 5 }, new[] { 2 }, new[] { 1 }, new[] { 2, 1 })]
    [InlineData(new[] { 1, 2, 17 }, new[] { 3, 2, 3 }, new[] { 1 }, new[] { 3 }, new[] { 0, 4 })]
    [InlineData(new[] { 1, 2, 9, 7 }, new[] { 5, 2, 3, 2 }, new[] { 2, 1 }, new[] { 1, 2 }, new[] { 1, 0, 2, 1 })]
    public void Patches_times_weights_are_the_convolution(int[] x, int[] w, int[] strides, int[] dilations, int[] pads)
    {
        var graph = new OnnxGraphBuilder().Input("x", x).Weights("w", 1, w).Output("y")
            .Node("Conv", "x w", "y", ("strides", strides), ("dilations", dilations), ("pads", pads)).Convert().Graph;
        AssertProducts(graph, graph.Outputs[0], (rows, row, m) => m * rows + row);
    }

    [Fact]
    public void Rows_of_a_matrix_are_a_linear_layers_inputs()
    {
        var graph = new OnnxGraphBuilder().Input("x", 6, 8).Weights("w", 1, 8, 5).Output("y").Node("MatMul", "x w", "y").Convert().Graph;
        AssertProducts(graph, graph.Outputs[0], (_, row, m) => row * 5 + m);
    }

    [Theory, InlineData("forward"), InlineData("reverse")]
    public void States_of_a_recurrent_layer_are_those_before_each_step(string direction)
    {
        var graph = new OnnxGraphBuilder().Input("x", 7, 1, 3).Weights("w", 1, 1, 12, 3).Weights("r", 2, 1, 12, 4).Output("y").Output("h")
            .Node("GRU", "x w r", "y h", ("hidden_size", 4), ("linear_before_reset", 1), ("direction", direction)).Convert().Graph;
        var sites = WeightSite.Find(graph);
        Assert.Equal(["gru_y.W", "gru_y.R"], sites.Select(s => s.Name));
        Assert.Equal((12, 4), (sites[1].Weight.Rows, sites[1].Weight.Columns));
        var rows = InputRows.Of(graph, sites[1])!;
        Assert.Equal(6, rows.Count);
        float[] y = [.. Enumerable.Range(0, 28).Select(i => (float)i)], state = new float[4];
        rows.Read(y, 2, state);
        Assert.Equal(direction == "forward" ? y[8..12] : y[12..16], state);
    }

    [Fact]
    public void The_final_state_alone_is_enough_to_calibrate()
    {
        var graph = new OnnxGraphBuilder().Input("x", 7, 1, 3).Weights("w", 1, 1, 12, 3).Weights("r", 2, 1, 12, 4).Output("h")
            .Node("GRU", "x w r", " h", ("hidden_size", 4), ("linear_before_reset", 1)).Convert().Graph;
        var set = Drawn("x", 21, 64);
        var inputs = LayerInputsCollector.Collect(graph, WeightSite.Find(graph), set, [.. Enumerable.Range(0, 48)], [.. Enumerable.Range(48, 16)], 1);
        Assert.Equal([48 * 7, 48 * 6], inputs.Select(i => i!.Moments.Count));
        Assert.All(inputs, i => Assert.True(i!.HeldOut.Length > 0 && i.Moments.Undamped.Diagonal().Minimum() > 0));
    }

    [Fact]
    public void Grouped_convolutions_have_no_common_input()
    {
        var graph = new OnnxGraphBuilder().Input("x", 1, 4, 9).Weights("w", 1, 6, 2, 3).Output("y").Node("Conv", "x w", "y", ("group", 2)).Convert().Graph;
        Assert.Null(LayerInputsCollector.Collect(graph, WeightSite.Find(graph), Drawn("x", 36, 40), [0, 1], [2], 1)[0]);
    }

    static CalibrationSet Drawn(string name, int size, int count)
    {
        var random = new Random(3);
        return new CalibrationSet([name], [[.. Enumerable.Range(0, size * count).Select(_ => random.NextSingle() - 0.5f)]], count, new int[count], new int[count], []);
    }

    static void AssertProducts(ModelGraph graph, int output, Func<int, int, int, int> place)
    {
        using var model = Model.FromGraph(graph);
        using var session = model.CreateSession();
        var random = new Random(2);
        foreach (ref float v in session.Inputs[0].AsSpan<float>()) v = random.NextSingle() - 0.5f;
        session.Run();
        var site = Assert.Single(WeightSite.Find(graph));
        var rows = InputRows.Of(graph, site)!;
        float[] y = session.Output(graph.Values[output].Name).AsSpan<float>().ToArray(), x = new float[site.Weight.Columns];
        Assert.Equal(y.Length, rows.Count * site.Weight.Rows);
        for (int r = 0; r < rows.Count; r++)
        {
            rows.Read(session.Inputs[0].AsSpan<float>(), r, x);
            for (int m = 0; m < site.Weight.Rows; m++)
                Assert.Equal(y[place(rows.Count, r, m)], x.Select((v, i) => v * site.Weight.Data[m * x.Length + i]).Sum(), 1e-4f);
        }
    }
}
