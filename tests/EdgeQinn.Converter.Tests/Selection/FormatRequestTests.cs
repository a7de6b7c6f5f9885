using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Converter.Tests.Selection;

/// <summary>What <c>--format</c> understands, does and refuses.</summary>
public class FormatRequestTests
{
    [Theory]
    [InlineData("fc1=bcsr:density=0.1,v=8", "fc1", "bcsr")]
    [InlineData("fc?=sparse:density=0.3", "fc1", "bcsr")]
    [InlineData("*=int8", "conv", "int8")]
    [InlineData("*=int8", "fc1", "int8")]
    [InlineData("*c1=lowrank:rank=3", "fc1", "lowrank")]
    [InlineData("fc1=mps:bond=3", "fc1", "mps")]
    [InlineData("fc1=mps:rows=4x5,columns=3x4,tolerance=0.5", "fc1", "mps")]
    [InlineData("fc1=entangled:groups=4,rank=3", "fc1", "entangled")]
    [InlineData("fc1=entangled:kind=rotation,groups=4,rank=2", "fc1", "entangled")]
    [InlineData("fc1=entangled:kind=coupled,groups=4,rank=3,readout=2", "fc1", "entangled")]
    [InlineData("fc1=entangled:kind=schmidt,groups=4,inputs=3,rank=2", "fc1", "entangled")]
    [InlineData("fc1=hadamard:density=0.2,v=4", "fc1", "hadamard")]
    [InlineData("conv=tucker2:rank=2", "conv", "tucker2")]
    [InlineData("conv=cp:rank=3", "conv", "cp")]
    [InlineData("fc1=lowrank:rank=2+bcsr:density=0.1,type=int8", "fc1", "sum")]
    [InlineData("fc1=bcsr:v=4,width=4,density=0.2,type=int8", "fc1", "bcsr")]
    public void A_layer_gets_its_format_and_still_runs(string text, string layer, string encoding)
    {
        var graph = LayerFormats.Apply(Graph(), [FormatRequest.Parse(text)], out var layers);
        Assert.Contains(layers, l => l.Layer == layer);
        var node = graph.Nodes.Single(n => n.Name == layer);
        var constant = graph.Values[node.Inputs[1]].Constant!;
        Assert.Equal(encoding, constant.Encoding);
        Assert.Equal(WeightEncodings.Read(constant).Parameters, layers.Single(l => l.Layer == layer).Parameters);
        using var model = Model.FromGraph(graph);
        using var session = model.CreateSession();
        session.Run();
    }

    [Fact]
    public void The_first_request_that_matches_decides_and_a_shared_weight_is_not_changed_for_others()
    {
        var graph = LayerFormats.Apply(Graph(), [FormatRequest.Parse("fc1=lowrank:rank=2"), FormatRequest.Parse("f*=int8")], out _);
        Assert.Equal(["lowrank", "int8"], new[] { "fc1", "fc2" }.Select(name => graph.Values[graph.Nodes.Single(n => n.Name == name).Inputs[1]].Constant!.Encoding));
        var shared = LayerFormats.Apply(Graph(), [FormatRequest.Parse("fc2=int8")], out _);
        Assert.True(shared.Values[shared.Nodes.Single(n => n.Name == "fc3").Inputs[1]].Constant!.IsDense);
    }

    [Theory]
    [InlineData("fc9=int8", "'conv', 'fc1', 'fc2', 'fc3'")]
    [InlineData("fc1=quantum", "there are dense, int8, bcsr")]
    [InlineData("fc1=bcsr", "needs the parameter 'density'")]
    [InlineData("fc1=bcsr:density=2", "a number from 0 to 1")]
    [InlineData("fc1=bcsr:density=0.1,v=3", "v = 1, 4, 8 or 16")]
    [InlineData("fc1=bcsr:colour=red", "no parameter 'colour'")]
    [InlineData("fc1=bcsr:density=0.1,density=0.2", "twice")]
    [InlineData("fc1=bcsr:density", "no key=value")]
    [InlineData("fc1", "expected LAYERS=FORMAT")]
    [InlineData("*=tucker2:rank=2", "'fc1' (Linear float32[20,12]): 'tucker2' is a format of convolutions")]
    [InlineData("conv=mps:bond=2", "format of linear layers")]
    [InlineData("fc1=mps", "bond or tolerance")]
    [InlineData("fc1=mps:rows=4x5,bond=2", "rows and columns")]
    [InlineData("fc1=entangled:groups=7,rank=2", "do not split into 7 groups")]
    [InlineData("fc1=entangled:kind=spooky,groups=4,rank=2", "one of phase, rotation")]
    public void What_makes_no_sense_is_refused_with_the_reason(string text, string reason)
    {
        var error = Assert.Throws<EdgeQinnException>(() => LayerFormats.Apply(Graph(), [FormatRequest.Parse(text)], out _));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>x [1,3,16] → conv → y; z [1,12] → fc1 → fc2, fc3, which share a weight.</summary>
    public static ModelGraph Graph()
    {
        var random = new Random(5);
        Value Constant(string name, params int[] shape) =>
            new(name, new TensorType(ElementType.Float32, shape), EncodedTensor.FromSpan<float>([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)], shape));
        Value Computed(string name, params int[] shape) => new(name, new TensorType(ElementType.Float32, shape));
        return new ModelGraph
        {
            Values =
            [
                Computed("x", 1, 3, 16), Constant("wc", 6, 3, 5), Computed("c", 1, 6, 12), Computed("z", 1, 12), Constant("w1", 20, 12), Computed("h", 1, 20),
                Constant("w2", 8, 20), Computed("y2", 1, 8), Computed("y3", 1, 8),
            ],
            Nodes =
            [
                new Node("Conv", "conv", [0, 1], [2], []), new Node("Linear", "fc1", [3, 4], [5], []), new Node("Linear", "fc2", [5, 6], [7], []), new Node("Linear", "fc3", [5, 6], [8], []),
            ],
            Inputs = [0, 3], Outputs = [2, 7, 8],
        };
    }
}
