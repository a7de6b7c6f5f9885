using EdgeQinn.Runtime.Execution;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Passes;

/// <summary>Scaled-dot-product attention as exporters write it out becomes one node, with results as they were.</summary>
public class AttentionTests
{
    const int Batch = 2, Steps = 7, Heads = 2, Width = 4, Embedding = Heads * Width;

    static string[] Check(OnnxGraphBuilder builder, float tolerance = 1e-5f)
    {
        var (plain, optimized) = (builder.Convert(optimize: false), builder.Convert());
        Assert.DoesNotContain("Attention", plain.Operators());
        for (int seed = 0; seed < 3; seed++)
        {
            float[] expected = plain.Run(seed), actual = optimized.Run(seed);
            Assert.Contains(expected, y => y != 0);
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
        }
        return optimized.Operators();
    }

    static OnnxGraphBuilder Input(int batch = Batch) => new OnnxGraphBuilder().Input("x", batch, Steps, Embedding).Output("y")
        .Constant<long>("split", [batch, Steps, Heads, Width], 4).Constant<long>("join", [batch, Steps, Embedding], 3)
        .Constant<float>("root", [2], []).Constant<float>("inverse", [0.5f], 1).Constant<float>("half", [0.70710678f], []);

    static OnnxGraphBuilder Project(OnnxGraphBuilder builder, string name, string from = "x") => builder.Weights($"w{name}", name[0], Embedding, Embedding)
        .Weights($"b{name}", name[0] + 1, Embedding).Node("MatMul", $"{from} w{name}", $"{name}1").Node("Add", $"{name}1 b{name}", $"{name}2");

    /// <summary>PyTorch's TorchScript exporter: each head split off, q and k turned, from <c>s</c> = q·kᵀ to the weights <c>p</c> by <paramref name="weights"/>.</summary>
    static OnnxGraphBuilder TorchScript(Func<OnnxGraphBuilder, OnnxGraphBuilder> weights, int batch = Batch)
    {
        var builder = Input(batch);
        foreach (string name in (string[])["q", "k", "v"])
            Project(builder, name).Node("Reshape", $"{name}2 split", $"{name}3").Node("Transpose", $"{name}3", $"{name}4", ("perm", new[] { 0, 2, 1, 3 }));
        builder.Node("Transpose", "k4", "k5", ("perm", new[] { 0, 1, 3, 2 })).Node("MatMul", "q4 k5", "s");
        return Output(weights(builder));
    }

    static OnnxGraphBuilder Output(OnnxGraphBuilder builder) => builder.Node("MatMul", "p v4", "o").Node("Transpose", "o", "o1", ("perm", new[] { 0, 2, 1, 3 }))
        .Node("Reshape", "o1 join", "o2").Weights("wo", 5, Embedding, 3).Node("MatMul", "o2 wo", "y");

    static OnnxGraphBuilder Softmax(OnnxGraphBuilder builder, string from) => builder.Node("Softmax", from, "p", ("axis", -1));

    static readonly string[] Fused = ["Linear", "Linear", "Linear", "Attention", "Reshape", "Linear"];

    [Theory]
    [InlineData("Div", "s root")]
    [InlineData("Mul", "s inverse")]
    [InlineData("Mul", "inverse s")]
    public void Attention_with_scale_and_mask_is_one_step_between_projections(string op, string inputs) =>
        Assert.Equal(Fused, Check(TorchScript(b => Softmax(b.Weights("mask", 9, 1, 1, Steps, Steps).Node(op, inputs, "t").Node("Add", "t mask", "m"), "m"))));

    [Theory]
    [InlineData(1, 1, 1, Steps)]
    [InlineData(Batch, 1, 1, Steps)]
    [InlineData(Batch, Heads, Steps, Steps)]
    [InlineData(1, Heads, Steps, 1)]
    [InlineData(0, 0, Steps, Steps)] // no leading axes
    public void Masks_of_any_shape_broadcast(int batch, int heads, int steps, int keys) => Assert.Equal(Fused, Check(TorchScript(b =>
        Softmax(b.Weights("mask", 9, batch == 0 ? [steps, keys] : [batch, heads, steps, keys]).Node("Add", "mask s", "m"), "m"))));

    [Fact]
    public void Two_masks_are_added_first() => Assert.Equal(["Linear", "Linear", "Linear", "Attention", "Reshape", "Linear"], Check(TorchScript(b =>
        Softmax(b.Weights("causal", 9, Steps, Steps).Weights("padding", 10, Batch, 1, 1, Steps).Node("Add", "s causal", "m").Node("Add", "m padding", "n"), "n"))).Where(o => o != "Add"));

    [Fact]
    public void A_mask_chosen_by_where_is_added()
    {
        bool[] causal = [.. Enumerable.Range(0, Steps * Steps).Select(i => i % Steps > i / Steps)];
        Assert.Equal(Fused, Check(TorchScript(b => Softmax(b.Constant<bool>("later", causal, Steps, Steps).Constant<float>("never", [float.MinValue], []).Node("Where", "later never s", "m"), "m"))));
        bool[] kept = Array.ConvertAll(causal, c => !c);
        Assert.Equal(Fused, Check(TorchScript(b => Softmax(b.Constant<bool>("kept", kept, Steps, Steps).Constant<float>("never", [float.NegativeInfinity], []).Node("Where", "kept s never", "m"), "m"))));
    }

    [Fact]
    public void A_small_value_chosen_by_where_is_no_mask() => Assert.DoesNotContain("Attention", Check(TorchScript(b =>
        Softmax(b.Constant<bool>("kept", [true, false, true, true, false, true, true], Steps).Constant<float>("low", [-3], []).Node("Where", "kept s low", "m"), "m"))));

    /// <summary>torch.onnx dynamo, <c>scaled_dot_product_attention</c> with a boolean mask: roots of the scale on q and kᵀ, kᵀ over three axes, NaN replaced.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_dynamo_exporters_form_is_one_step(int batch)
    {
        bool[] mask = new bool[Steps * Steps]; // row 0 is masked as a whole
        for (int i = Steps; i < mask.Length; i++) mask[i] = i % 3 != 0;
        var builder = Input(batch).Constant<long>("three", [-1, Steps, Width], 3).Constant<long>("four", [batch, Heads, Width, Steps], 4).Constant<float>("zero", [0], [])
            .Constant<float>("minus", [float.NegativeInfinity], []).Constant<bool>("mask", mask, Steps, Steps);
        foreach (string name in (string[])["q", "k", "v"])
            Project(builder, name).Node("Reshape", $"{name}2 split", $"{name}3").Node("Transpose", $"{name}3", $"{name}4", ("perm", new[] { 0, 2, 1, 3 }));
        builder.Node("Reshape", "k4 three", "k5").Node("Transpose", "k5", "k6", ("perm", new[] { 0, 2, 1 })).Node("Reshape", "k6 four", "k7").Node("Mul", "q4 half", "q5").Node("Mul", "k7 half", "k8")
            .Node("MatMul", "q5 k8", "s").Node("Where", "mask zero minus", "m").Node("Add", "s m", "t").Node("Softmax", "t", "u", ("axis", -1)).Node("IsNaN", "u", "n").Node("Where", "n zero u", "p");
        string[] operators = Check(Output(builder));
        Assert.Contains("Attention", operators);
        Assert.DoesNotContain("Softmax", operators);
        Assert.DoesNotContain("IsNaN", operators);
    }

    /// <summary>nn.MultiheadAttention: one projection for all, heads joined with the batch, steps first.</summary>
    [Fact]
    public void One_projection_for_queries_keys_and_values_is_read_in_place()
    {
        var builder = new OnnxGraphBuilder().Input("x", Steps, 1, Embedding).Output("y").Weights("w", 1, 3 * Embedding, Embedding).Weights("b", 2, 3 * Embedding)
            .Constant<long>("flat", [Steps, Embedding], 2).Constant<long>("parts", [Steps, 1, 3, Embedding], 4).Constant<long>("heads", [Steps, Heads, Width], 3).Constant<float>("half", [0.5f], [])
            .Node("Reshape", "x flat", "f").Node("Gemm", "f w b", "g", ("transB", 1)).Node("Reshape", "g parts", "h").Node("Transpose", "h", "i", ("perm", new[] { 2, 0, 1, 3 }));
        foreach (var (name, index) in (IEnumerable<(string, long)>)[("q", 0), ("k", 1), ("v", 2)])
            builder.Constant<long>($"at{name}", [index], []).Node("Gather", $"i at{name}", $"{name}1", ("axis", 0)).Node("Reshape", $"{name}1 heads", $"{name}2").Node("Transpose", $"{name}2", $"{name}3", ("perm", new[] { 1, 0, 2 }));
        builder.Node("Mul", "q3 half", "q4").Node("Transpose", "k3", "k4", ("perm", new[] { 0, 2, 1 })).Node("MatMul", "q4 k4", "s").Node("Softmax", "s", "p", ("axis", -1)).Node("MatMul", "p v3", "o")
            .Node("Transpose", "o", "o1", ("perm", new[] { 1, 0, 2 })).Node("Reshape", "o1 flat", "o2").Weights("wo", 5, Embedding, 3).Node("MatMul", "o2 wo", "y");
        Assert.Equal(["Reshape", "Linear", "Attention", "Reshape", "Linear"], Check(builder));
    }

    /// <summary>Keras' MultiHeadAttention: projections and products as Einstein sums.</summary>
    [Fact]
    public void Einstein_sums_are_one_step()
    {
        var builder = new OnnxGraphBuilder().Input("x", Batch, Steps, 6).Output("y").Constant<float>("scale", [0.5f], []);
        foreach (string name in (string[])["q", "k", "v"])
            builder.Weights($"w{name}", name[0], 6, Heads, Width).Weights($"b{name}", name[0] + 1, Heads, Width).Node("Einsum", $"x w{name}", $"{name}1", ("equation", "abc,cde->abde")).Node("Add", $"{name}1 b{name}", $"{name}2");
        builder.Node("Mul", "q2 scale", "q3").Node("Einsum", "k2 q3", "s", ("equation", "aecd,abcd->acbe")).Node("Softmax", "s", "p", ("axis", -1)).Node("Einsum", "p v2", "o", ("equation", "acbe,aecd->abcd"))
            .Weights("wo", 5, Heads, Width, 6).Node("Einsum", "o wo", "y", ("equation", "abcd,cde->abe"));
        Assert.Equal(["Reshape", "Linear", "Linear", "Linear", "Attention", "Reshape", "Linear", "Reshape"], Check(builder));
    }

    [Fact]
    public void Keys_that_all_heads_share_are_read_again() => Assert.Contains("Attention", Check(new OnnxGraphBuilder().Input("q", Batch, Heads, Steps, Width).Input("k", Batch, 1, 5, Width)
        .Input("v", 1, Heads, 5, 3).Output("y").Node("Transpose", "k", "t", ("perm", new[] { 0, 1, 3, 2 })).Node("MatMul", "q t", "s").Node("Softmax", "s", "p", ("axis", -1)).Node("MatMul", "p v", "y")));

    [Fact]
    public void Keys_that_lie_the_other_way_are_turned() => Assert.Equal(["Transpose", "Attention", "Reshape"], Check(new OnnxGraphBuilder().Input("q", Heads, Steps, Width).Input("t", Heads, Width, 5)
        .Input("v", Heads, 5, 3).Output("y").Node("MatMul", "q t", "s").Node("Softmax", "s", "p", ("axis", -1)).Node("MatMul", "p v", "y")));

    [Fact]
    public void Weights_that_something_else_reads_stay() => Assert.DoesNotContain("Attention", Check(new OnnxGraphBuilder().Input("q", Heads, Steps, Width).Input("t", Heads, Width, 5)
        .Input("v", Heads, 5, 3).Output("y").Output("p").Node("MatMul", "q t", "s").Node("Softmax", "s", "p", ("axis", -1)).Node("MatMul", "p v", "y")));

    [Fact]
    public void A_softmax_over_queries_is_something_else() => Assert.DoesNotContain("Attention", Check(new OnnxGraphBuilder().Input("q", Heads, 5, Width).Input("t", Heads, Width, 5)
        .Input("v", Heads, 5, 3).Output("y").Node("MatMul", "q t", "s").Node("Softmax", "s", "p", ("axis", 1)).Node("MatMul", "p v", "y")));

    [Fact]
    public void A_long_sequence_keeps_few_scores()
    {
        const int Long = 500;
        var builder = new OnnxGraphBuilder().Input("q", 1, Heads, Long, Width).Input("k", 1, Heads, Long, Width).Input("v", 1, Heads, Long, Width).Output("y")
            .Node("Transpose", "k", "t", ("perm", new[] { 0, 1, 3, 2 })).Node("MatMul", "q t", "s").Node("Softmax", "s", "p", ("axis", -1)).Node("MatMul", "p v", "y");
        Assert.Equal(["Attention"], Check(builder, 1e-4f));
        using var model = Model.FromGraph(builder.Convert().Graph);
        using var session = model.CreateSession();
        Assert.InRange(session.WorkingBytes, 0, 4L * Long * Long / 2);
    }

    [Fact]
    public void A_scale_behind_a_clamp_stays() => Assert.Equal(["Linear", "Mul", "Reshape"], Check(new OnnxGraphBuilder().Input("x", 2, 6).Output("y").Weights("w", 1, 6, 4)
        .Constant<long>("shape", [4, 2], 2).Constant<float>("c", [-3], []).Node("MatMul", "x w", "h").Node("Relu", "h", "r").Node("Reshape", "r shape", "v").Node("Mul", "v c", "y")));

    [Fact]
    public void A_scale_that_widens_its_input_stays() => Assert.Contains("Mul", Check(new OnnxGraphBuilder().Input("x", 2, 6).Output("y").Weights("w", 1, 6, 4)
        .Constant<float>("c", [3, 3], 2, 1, 1).Node("MatMul", "x w", "h").Node("Mul", "h c", "y")));

    [Fact]
    public void A_scale_of_a_product_folds_into_the_projection() => Assert.Equal(["Linear", "Reshape", "Transpose", "MatMul"], Check(new OnnxGraphBuilder().Input("x", 3, 6).Input("z", 2, 4, 5).Output("y")
        .Weights("w", 1, 6, 8).Constant<long>("shape", [3, 2, 4], 3).Constant<float>("c", [3], []).Node("MatMul", "x w", "h").Node("Reshape", "h shape", "r")
        .Node("Transpose", "r", "t", ("perm", new[] { 1, 0, 2 })).Node("MatMul", "t z", "p").Node("Mul", "p c", "y")));
}
