using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Passes;

/// <summary>Scaled-dot-product attention as exporters write it out: what is left of it, with results as they were.</summary>
public class AttentionTests
{
    const int Steps = 7, Heads = 2, Width = 4;

    /// <summary>Multi-head self-attention as PyTorch exports it; the node that scales is added by <paramref name="scale"/> from <c>s</c> to <c>t</c>.</summary>
    static OnnxGraphBuilder Attention(Func<OnnxGraphBuilder, OnnxGraphBuilder> scale)
    {
        var builder = new OnnxGraphBuilder().Input("x", 1, Steps, Heads * Width).Output("y").Weights("mask", 9, 1, 1, Steps, Steps)
            .Constant<long>("split", [1, Steps, Heads, Width], 4).Constant<long>("join", [1, Steps, Heads * Width], 3)
            .Constant<float>("root", [2], []).Constant<float>("inverse", [0.5f], 1);
        foreach (string name in (string[])["q", "k", "v"])
            builder.Weights($"w{name}", name[0], 8, 8).Weights($"b{name}", name[0] + 1, 8).Node("MatMul", $"x w{name}", $"{name}1").Node("Add", $"{name}1 b{name}", $"{name}2")
                .Node("Reshape", $"{name}2 split", $"{name}3").Node("Transpose", $"{name}3", $"{name}4", ("perm", new[] { 0, 2, 1, 3 }));
        builder.Node("Transpose", "k4", "k5", ("perm", new[] { 0, 1, 3, 2 })).Node("MatMul", "q4 k5", "s");
        return scale(builder).Node("Add", "t mask", "m").Node("Softmax", "m", "p", ("axis", -1)).Node("MatMul", "p v4", "o")
            .Node("Transpose", "o", "o1", ("perm", new[] { 0, 2, 1, 3 })).Node("Reshape", "o1 join", "o2").Weights("wo", 5, 8, 3).Node("MatMul", "o2 wo", "y");
    }

    static string[] Check(OnnxGraphBuilder builder)
    {
        var (plain, optimized) = (builder.Convert(optimize: false), builder.Convert());
        for (int seed = 0; seed < 3; seed++)
        {
            float[] expected = plain.Run(seed), actual = optimized.Run(seed);
            Assert.Contains(expected, y => y != 0);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-5f);
        }
        return optimized.Operators();
    }

    [Theory]
    [InlineData("Div", "s root")]
    [InlineData("Mul", "s inverse")]
    [InlineData("Mul", "inverse s")]
    public void The_scale_folds_into_a_projection_and_transposes_merge(string op, string inputs)
    {
        string[] operators = Check(Attention(b => b.Node(op, inputs, "t")));
        Assert.Equal(["Linear", "Reshape", "Transpose", "Linear", "Reshape", "Linear", "Reshape", "Transpose", "Transpose", "MatMul", "Add", "Softmax", "MatMul", "Transpose", "Reshape", "Linear"],
            operators);
    }

    [Fact]
    public void Scores_that_are_read_before_the_scale_too_keep_it() =>
        Assert.Contains("Mul", Check(Attention(b => b.Node("Mul", "s inverse", "u").Node("Sub", "u s", "t"))));

    [Fact]
    public void A_scale_behind_a_clamp_stays() => Assert.Equal(["Linear", "Reshape", "Mul"], Check(new OnnxGraphBuilder().Input("x", 2, 6).Output("y").Weights("w", 1, 6, 4)
        .Constant<long>("shape", [4, 2], 2).Constant<float>("c", [-3], []).Node("MatMul", "x w", "h").Node("Relu", "h", "r").Node("Reshape", "r shape", "v").Node("Mul", "v c", "y")));

    [Fact]
    public void A_scale_that_widens_its_input_stays() => Assert.Contains("Mul", Check(new OnnxGraphBuilder().Input("x", 2, 6).Output("y").Weights("w", 1, 6, 4)
        .Constant<float>("c", [3, 3], 2, 1, 1).Node("MatMul", "x w", "h").Node("Mul", "h c", "y")));
}
