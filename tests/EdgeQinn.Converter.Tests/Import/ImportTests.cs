using EdgeQinn.Converter.Import;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Import;

/// <summary>What importing decides by itself: static shapes, folded shape arithmetic, old operator sets, subgraphs, functions.</summary>
public class ImportTests
{
    static OnnxGraphBuilder Model() => new OnnxGraphBuilder().Input("x", 1, 4).Output("y");

    [Fact]
    public void Open_dimensions_become_1_or_what_the_user_says()
    {
        var builder = new OnnxGraphBuilder().Input("x", -1, 3, -2).Output("y").Node("Relu", "x", "y");
        int[] Shape(ImportOptions? options) => [.. builder.Convert(import: options).Graph.Values[0].Type.Shape];
        Assert.Equal([1, 3, 1], Shape(null));
        Assert.Equal([5, 3, 1], Shape(new() { Shapes = new Dictionary<string, IReadOnlyList<int>> { ["d"] = [5] } }));
        Assert.Equal([2, 3, 7], Shape(new() { Shapes = new Dictionary<string, IReadOnlyList<int>> { ["x"] = [2, 3, 7] } }));
    }

    [Fact]
    public void Shape_arithmetic_leaves_no_trace()
    {
        var conversion = new OnnxGraphBuilder().Input("x", -1, 3, 4).Output("y").Constant<long>("zero", [0], 1).Constant<long>("rest", [-1], 1)
            .Node("Shape", "x", "s").Node("Gather", "s zero", "b").Node("Concat", "b rest", "t", ("axis", 0)).Node("Reshape", "x t", "y").Convert();
        Assert.Equal(["Reshape"], conversion.Operators());
        Assert.Equal([1, 12], conversion.Graph.Values[conversion.Graph.Outputs[0]].Type.Shape.ToArray());
        Assert.Equal(0, conversion.Parameters);
    }

    [Fact]
    public void Inputs_bound_to_contents_are_inputs_no_longer()
    {
        var builder = Model().Input("axes", ElementType.Int64, 1).Opset(13).Node("ReduceSum", "x axes", "y", ("keepdims", 0));
        var options = new ImportOptions { Constants = new Dictionary<string, EncodedTensor> { ["axes"] = EncodedTensor.FromSpan<long>([1], 1) } };
        var conversion = builder.Convert(import: options);
        Assert.Single(conversion.Graph.Inputs);
        Assert.Equal([10], conversion.Run<float>(1, 2, 3, 4));
    }

    [Fact]
    public void Outputs_keep_their_names_whatever_they_are()
    {
        var conversion = new OnnxGraphBuilder().Input("x", 2).Output("same").Output("relu").Output("again").Output("fixed").Constant<float>("k", [7], 1)
            .Node("Identity", "x", "same").Node("Relu", "x", "relu").Node("Identity", "relu", "again").Node("Identity", "k", "fixed").Convert();
        Assert.Equal(["same", "relu", "again", "fixed"], conversion.Graph.Outputs.Select(o => conversion.Graph.Values[o].Name));
        using var model = EdgeQinn.Runtime.Execution.Model.FromGraph(conversion.Graph);
        using var session = model.CreateSession();
        new[] { -1f, 2f }.CopyTo(session.Inputs[0].AsSpan<float>());
        session.Run();
        Assert.Equal([[-1f, 2f], [0f, 2f], [0f, 2f], [7f]], session.Outputs.Select(o => o.AsSpan<float>().ToArray()));
    }

    [Theory]
    [InlineData(true, new[] { 0f, 2f })]
    [InlineData(false, new[] { 1f, -2f })]
    public void A_branch_decided_at_conversion_is_inlined(bool condition, float[] expected)
    {
        var then = new OnnxGraphBuilder().Output("a").Node("Relu", "x", "a").ToGraph();
        var otherwise = new OnnxGraphBuilder().Output("a").Node("Neg", "x", "a").ToGraph();
        var conversion = new OnnxGraphBuilder().Input("x", 2).Output("y").Constant<bool>("c", [condition], [])
            .Node("If", "c", "y", ("then_branch", then), ("else_branch", otherwise)).Convert();
        Assert.Equal([condition ? "Relu" : "Neg"], conversion.Operators());
        Assert.Equal(expected, conversion.Run<float>(-1, 2));
    }

    [Fact]
    public void A_loop_of_known_length_is_unrolled()
    {
        // s ← s + x, and every s·i stacked
        var body = new OnnxGraphBuilder().Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("s", 2).Output("d").Output("t").Output("p")
            .Node("Identity", "c", "d").Node("Add", "s x", "t").Node("Cast", "i", "f", ("to", 1)).Node("Mul", "t f", "p").ToGraph();
        var conversion = new OnnxGraphBuilder().Input("x", 2).Output("z").Constant<long>("n", [3], []).Constant<bool>("yes", [true], []).Constant<float>("zero", [0, 0], 2)
            .Node("Loop", "n yes zero", "last stack", ("body", body)).Constant<long>("axes", [0], 1).Node("Unsqueeze", "last axes", "l").Node("Concat", "stack l", "z", ("axis", 0)).Convert();
        Assert.Equal([0, 0, 2, 4, 6, 12, 3, 6], conversion.Run<float>(1, 2));
    }

    [Fact]
    public void Functions_of_the_model_are_inlined_with_their_attributes()
    {
        // Scaled(a; alpha = 3) = LeakyRelu(a, alpha) + a
        var reference = new ProtoWriter().Text(1, "alpha").Text(21, "slope").Int(20, 1);
        var leaky = OnnxGraphBuilder.NodeMessage("LeakyRelu", "a", "l").Message(5, reference);
        var function = new ProtoWriter().Text(1, "Scaled").Text(10, "local").Text(4, "a").Text(5, "r").Message(7, leaky)
            .Message(7, OnnxGraphBuilder.NodeMessage("Add", "l a", "r")).Message(9, new ProtoWriter().Int(2, 17))
            .Message(11, new ProtoWriter().Text(1, "slope").Float(2, 3).Int(20, 1));
        OnnxGraphBuilder Call(params (string, object)[] attributes) =>
            new OnnxGraphBuilder().Input("x", 2).Output("y").Field(1, OnnxGraphBuilder.NodeMessage("Scaled", "x", "y", attributes).Text(7, "local"));
        float[] Run(OnnxGraphBuilder builder)
        {
            byte[] bytes = builder.ToModel().Message(8, new ProtoWriter().Text(1, "local").Int(2, 1)).Message(25, function).ToArray();
            return Conversion.Run(Converter.Onnx.OnnxReader.Read(bytes, "f.onnx"), new ConvertOptions()).Run<float>(-1, 2);
        }
        Assert.Equal([-4, 4], Run(Call()));
        Assert.Equal([-1.5f, 4], Run(Call(("slope", 0.5f))));
    }

    [Fact]
    public void A_function_that_calls_itself_is_refused()
    {
        var function = new ProtoWriter().Text(1, "F").Text(10, "local").Text(4, "a").Text(5, "r").Message(7, OnnxGraphBuilder.NodeMessage("F", "a", "r").Text(7, "local"));
        byte[] bytes = new OnnxGraphBuilder().Input("x", 2).Output("y").Field(1, OnnxGraphBuilder.NodeMessage("F", "x", "y").Text(7, "local")).ToModel().Message(25, function).ToArray();
        var error = Assert.Throws<ConversionException>(() => Conversion.Run(Converter.Onnx.OnnxReader.Read(bytes, "f.onnx"), new ConvertOptions()));
        Assert.Contains("nest deeper", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Softmax_before_opset_13_runs_over_all_trailing_axes()
    {
        float[] y = new OnnxGraphBuilder().Opset(12).Input("x", 1, 2, 2).Output("y").Node("Softmax", "x", "y").Convert().Run<float>(0, 0, 0, 0);
        Assert.Equal([0.25f, 0.25f, 0.25f, 0.25f], y);
    }

    [Fact]
    public void Broadcasting_before_opset_7_starts_at_the_axis_that_is_named()
    {
        var conversion = new OnnxGraphBuilder().Opset(6).Input("x", 2, 3).Output("y").Constant<float>("b", [10, 20], 2)
            .Node("Add", "x b", "y", ("broadcast", 1), ("axis", 0)).Convert();
        Assert.Equal([10, 11, 12, 23, 24, 25], conversion.Run<float>(0, 1, 2, 3, 4, 5));
    }

    [Theory]
    [InlineData("SAME_UPPER", 3f, 3f)]
    [InlineData("SAME_LOWER", 1f, 5f)]
    public void Automatic_padding_puts_the_odd_element_where_it_says(string mode, float first, float last)
    {
        var conversion = new OnnxGraphBuilder().Input("x", 1, 1, 3).Output("y").Constant<float>("w", [1, 1], 1, 1, 2)
            .Node("Conv", "x w", "y", ("auto_pad", mode)).Convert();
        float[] y = conversion.Run<float>(1, 2, 3);
        Assert.Equal((first, last), (y[0], y[2]));
    }

    [Theory]
    [InlineData(new long[] { 1 }, new long[] { long.MaxValue }, 1L, new float[] { 1, 2, 3 })]
    [InlineData(new long[] { -1 }, new long[] { long.MinValue }, -1L, new float[] { 3, 2, 1, 0 })]
    [InlineData(new long[] { 10 }, new long[] { 0 }, -2L, new float[] { 3, 1 })]
    [InlineData(new long[] { 0 }, new long[] { 4 }, long.MaxValue, new float[] { 0 })]
    [InlineData(new long[] { -3 }, new long[] { -1 }, 1L, new float[] { 1, 2 })]
    public void Slices_follow_the_standards_clamping(long[] starts, long[] ends, long step, float[] expected)
    {
        var conversion = new OnnxGraphBuilder().Input("x", 4).Output("y").Constant<long>("s", starts, 1).Constant<long>("e", ends, 1).Constant<long>("a", [-1], 1).Constant<long>("p", [step], 1)
            .Node("Slice", "x s e a p", "y").Convert();
        Assert.Equal(expected, conversion.Run<float>(0, 1, 2, 3));
    }

    [Fact]
    public void Half_and_double_networks_are_computed_in_float32_throughout_and_the_user_is_told()
    {
        foreach (var element in (ElementType[])[ElementType.Float16, ElementType.Float64])
        {
            var conversion = new OnnxGraphBuilder().Input("x", element, 1, 2).Output("y", element).Weights("w32", 1, 2, 3).Weights("v32", 2, 3, 2)
                .Node("Cast", "w32", "w", ("to", (int)element)).Node("Cast", "v32", "v", ("to", (int)element))
                .Node("MatMul", "x w", "h").Node("Relu", "h", "r").Node("MatMul", "r v", "y").Convert();
            Assert.Equal(["Cast", "Linear", "Linear", "Cast"], conversion.Operators());
            Assert.Contains("computed in float32", Assert.Single(conversion.Notes), StringComparison.Ordinal);
            Assert.Equal(element, conversion.Graph.Values[conversion.Graph.Inputs[0]].Type.Element);
            Assert.Equal(element, conversion.Graph.Values[conversion.Graph.Outputs[0]].Type.Element);
        }
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes()
    {
        byte[] Bytes() => EqnWriter.ToArray(Model().Weights("w", 1, 4, 3).Node("MatMul", "x w", "h").Node("Relu", "h", "y").Convert().Contents);
        Assert.Equal(Bytes(), Bytes());
    }
}
