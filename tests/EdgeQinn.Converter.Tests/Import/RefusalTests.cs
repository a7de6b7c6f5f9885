using EdgeQinn.Converter.Import;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Import;

/// <summary>What cannot be converted is refused with the file, the node, the reason and the way out, all of it at once.</summary>
public class RefusalTests
{
    static IReadOnlyList<ConversionProblem> Problems(OnnxGraphBuilder builder, ImportOptions? options = null) =>
        Assert.Throws<ConversionException>(() => builder.Convert(import: options)).Problems;

    static string Reason(OnnxGraphBuilder builder, ImportOptions? options = null) => Assert.Single(Problems(builder, options)).Reason;

    static OnnxGraphBuilder Model() => new OnnxGraphBuilder().Input("x", 1, 4).Output("y");

    [Fact]
    public void All_problems_are_listed_with_node_operator_and_opset()
    {
        var builder = Model().Node("NonMaxSuppression", "x", "a").Node("Relu", "a", "b").Node("RoiAlign", "b x", "c").Node("Relu", "c", "d").Node("Mystery", "x", "e").Node("Add", "d e", "y");
        var error = Assert.Throws<ConversionException>(() => builder.Convert());
        Assert.Equal(["NonMaxSuppression", "RoiAlign", "Mystery"], error.Problems.Select(p => p.Operator));
        Assert.StartsWith("test.onnx: 3 problems:\n  node 'nonmaxsuppression_a' (NonMaxSuppression, opset 17): the operator is not supported; ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_of_other_domains_are_refused_by_domain()
    {
        var node = OnnxGraphBuilder.NodeMessage("FusedConv", "x", "y").Text(7, "com.microsoft");
        Assert.Contains("domain 'com.microsoft'", Reason(Model().Field(1, node)), StringComparison.Ordinal);
    }

    [Fact]
    public void Operator_sets_that_are_too_new_are_refused() =>
        Assert.Contains("opset 99; 1 to 25 are read", Problems(Model().Opset(99).Node("Relu", "x", "y"))[0].Reason, StringComparison.Ordinal);

    [Fact]
    public void An_operator_younger_than_its_first_version_is_refused() =>
        Assert.Contains("supported from opset 20 to", Reason(Model().Node("Gelu", "x", "y")), StringComparison.Ordinal);

    [Fact]
    public void An_attribute_nobody_reads_is_refused() =>
        Assert.Contains("attribute 'twist' is not known", Reason(Model().Node("Relu", "x", "y", ("twist", 1))), StringComparison.Ordinal);

    [Fact]
    public void A_graph_with_a_cycle_is_refused()
    {
        var problems = Problems(Model().Node("Add", "x b", "a").Node("Relu", "a", "b").Node("Relu", "b", "y"));
        Assert.Contains("reads 'b', which nothing before it computes", Assert.Single(problems).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_are_defined_twice_are_refused() =>
        Assert.Contains("already defined", Reason(Model().Node("Relu", "x", "y").Node("Tanh", "x", "y")), StringComparison.Ordinal);

    [Fact]
    public void Two_initializers_of_one_name_are_refused() =>
        Assert.Contains("two initializers", Reason(Model().Weights("w", 1, 4).Weights("w", 2, 4).Node("Add", "x w", "y")), StringComparison.Ordinal);

    [Fact]
    public void An_output_nobody_computes_is_refused() =>
        Assert.Contains("nothing computes it", Reason(Model().Node("Relu", "x", "z")), StringComparison.Ordinal);

    [Fact]
    public void Shapes_computed_from_data_are_refused_with_the_way_out() => Assert.Contains("bind that with --const",
        Reason(Model().Input("shape", ElementType.Int64, 2).Node("Reshape", "x shape", "y")), StringComparison.Ordinal);

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_by_the_operators_own_rule()
    {
        var problem = Assert.Single(Problems(Model().Weights("w", 1, 3, 5).Node("MatMul", "x w", "y")));
        Assert.Equal("matmul_y", problem.Node);
        Assert.DoesNotContain("node 'matmul_y'", problem.Reason, StringComparison.Ordinal); // the rule names the node, too: once is enough
    }

    [Fact]
    public void Element_types_the_runtime_lacks_are_refused_by_name()
    {
        Assert.Contains("float8e4m3fn", Reason(Model().Node("Cast", "x", "y", ("to", 17))), StringComparison.Ordinal);
        Assert.Contains("string", Problems(new OnnxGraphBuilder().Input("x", (ElementType)8, 1).Output("y").Node("Identity", "x", "y"))[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_mode_is_refused() => Assert.Contains("training mode",
        Reason(Model().Constant<float>("ratio", [0.5f], []).Constant<bool>("training", [true], []).Node("Dropout", "x ratio training", "y")), StringComparison.Ordinal);

    [Fact]
    public void Branches_decided_at_run_time_are_refused()
    {
        var branch = new OnnxGraphBuilder().Output("z").Node("Relu", "x", "z").ToGraph();
        Assert.Contains("computed at run time", Reason(Model().Input("c", ElementType.Bool, 1).Node("If", "c", "y", ("then_branch", branch), ("else_branch", branch))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_that_never_ends_is_refused()
    {
        var body = new OnnxGraphBuilder().Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("s", 1, 4).Output("c").Output("t").Node("Relu", "s", "t").ToGraph();
        var builder = Model().Constant<bool>("yes", [true], []).Node("Loop", "_ yes x", "y", ("body", body));
        Assert.Contains("unrolls to more than", Problems(builder)[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_loop_that_never_ends_is_refused()
    {
        var body = new OnnxGraphBuilder().Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("s", 1, 4).Output("c").Output("s").ToGraph();
        var builder = Model().Constant<bool>("yes", [true], []).Node("Loop", "_ yes x", "y", ("body", body));
        Assert.Contains("unrolls to more than", Problems(builder)[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_constant_out_of_all_proportion_is_refused() => Assert.Contains("would make a constant",
        Reason(Model().Constant<long>("shape", [1 << 20, 1 << 20], 2).Node("ConstantOfShape", "shape", "k").Node("Add", "x k", "y")), StringComparison.Ordinal);

    [Fact]
    public void Many_constants_out_of_proportion_together_are_refused()
    {
        var builder = Model().Constant<long>("shape", [4 << 20], 1);
        for (int i = 0; i < 20; i++) builder.Node("ConstantOfShape", "shape", $"c{i}");
        Assert.Contains("to more than 256 MiB", Problems(builder.Node("Relu", "x", "y"))[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_name_nothing_or_do_not_fit_are_refused()
    {
        ImportOptions Shape(string name, params int[] sizes) => new() { Shapes = new Dictionary<string, IReadOnlyList<int>> { [name] = sizes } };
        var builder = Model().Node("Relu", "x", "y");
        Assert.Contains("inputs are 'x' [1,4]", Reason(builder, Shape("z", 1, 4)), StringComparison.Ordinal);
        Assert.Contains("which shape 1,5 does not fit", Reason(builder, Shape("x", 1, 5)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_without_rank_is_refused_with_the_way_out()
    {
        var input = new ProtoWriter().Text(1, "x").Message(2, new ProtoWriter().Message(1, new ProtoWriter().Int(1, 1)));
        Assert.Contains("--shape x=1,", Reason(new OnnxGraphBuilder().Field(11, input).Output("y").Node("Relu", "x", "y")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_contract_for_another_model_is_refused()
    {
        var contract = new SignalContract
        {
            SampleRate = 100, Unit = "mV", Window = new WindowRule(WindowTrigger.Hop, 4, Hop: 4),
            Inputs = [new SamplesFeature("x", false)], Decision = new ClassDecision("y", ["a", "b", "c"], true),
        };
        var model = OnnxReader.Read(Model().Node("Relu", "x", "y").ToArray(), "m.onnx");
        Assert.Contains("3 labels", Assert.Throws<GraphException>(() => Conversion.Run(model, new ConvertOptions { Contract = contract })).Message, StringComparison.Ordinal);
        contract = contract with { Window = new WindowRule(WindowTrigger.Hop, 5, Hop: 4) };
        Assert.Contains("input 'x' 5 numbers", Assert.Throws<GraphException>(() => Conversion.Run(model, new ConvertOptions { Contract = contract })).Message, StringComparison.Ordinal);
    }
}
