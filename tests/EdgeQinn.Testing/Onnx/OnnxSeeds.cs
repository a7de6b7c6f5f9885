using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Testing.Onnx;

/// <summary>Small models that together reach most of the importer: seeds for mutation.</summary>
public static class OnnxSeeds
{
    /// <summary>The seeds' names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["convolution", "recurrent", "shapes", "control", "attention", "steps", "channels-last"];

    /// <summary>The seed called <paramref name="name"/>.</summary>
    public static byte[] Get(string name) => name switch
    {
        "convolution" => new OnnxGraphBuilder().Input("x", -1, 2, 8).Weights("w", 1, 3, 2, 3).Weights("s", 2, 3).Constant<long>("shape", [1, -1], 2).Weights("g", 3, 24, 5).Output("y")
            .Node("Conv", "x w", "c", ("pads", new[] { 1, 1 }), ("auto_pad", "NOTSET")).Node("BatchNormalization", "c s s s s", "n").Node("Relu", "n", "r")
            .Node("MaxPool", "r", "p", ("kernel_shape", new[] { 2 }), ("strides", new[] { 1 }), ("pads", new[] { 0, 1 })).Node("Reshape", "p shape", "f").Node("Gemm", "f g", "y", ("alpha", 0.5f)).ToArray(),
        "recurrent" => new OnnxGraphBuilder().Input("x", 1, 5, 7).Weights("w", 1, 1, 12, 5).Weights("r", 2, 1, 12, 4).Output("y").Constant<long>("axis", [1], 1).Constant<long>("index", [-1], [])
            .Node("Transpose", "x", "t", ("perm", new[] { 2, 0, 1 })).Node("GRU", "t w r", "s", ("hidden_size", 4), ("direction", "forward"))
            .Node("Squeeze", "s axis", "q").Node("Gather", "q index", "y", ("axis", 0)).ToArray(),
        "shapes" => new OnnxGraphBuilder().Input("x", 2, 6).Output("y").Constant<long>("a", [0], 1).Constant<long>("b", [3], 1).Constant<long>("c", [1], 1).Constant<float>("k", [2], [])
            .Node("Shape", "x", "s").Node("Gather", "s c", "d").Node("ConstantOfShape", "d", "z").Node("Slice", "x a b c", "l").Node("Concat", "l l", "m", ("axis", 1))
            .Node("Add", "m z", "n").Node("Pad", "n", "p", ("pads", new[] { 0, 1, 0, 1 })).Node("Tile", "n s", "t").Node("ReduceMean", "t", "y", ("axes", new[] { 1 })).Opset(17).ToArray(),
        "attention" => new OnnxGraphBuilder().Input("x", 1, 3, 4).Weights("w", 1, 4, 12).Weights("m", 2, 3, 3).Constant<long>("heads", [1, 3, 3, 2, 2], 5).Constant<long>("joined", [1, 3, 4], 3).Constant<float>("c", [0.5f], [])
            .Constant<long>("i0", [0], []).Constant<long>("i1", [1], []).Constant<long>("i2", [2], []).Output("y").Node("MatMul", "x w", "p").Node("Reshape", "p heads", "h").Node("Transpose", "h", "t", ("perm", new[] { 2, 0, 3, 1, 4 }))
            .Node("Gather", "t i0", "q").Node("Gather", "t i1", "k").Node("Gather", "t i2", "v").Node("Transpose", "k", "kt", ("perm", new[] { 0, 1, 3, 2 })).Node("MatMul", "q kt", "s").Node("Mul", "s c", "sc").Node("Add", "sc m", "sm")
            .Node("Softmax", "sm", "a", ("axis", -1)).Node("MatMul", "a v", "o").Node("Transpose", "o", "ot", ("perm", new[] { 0, 2, 1, 3 })).Node("Reshape", "ot joined", "y").ToArray(),
        "steps" => Steps(new OnnxGraphBuilder().Input("x", 2, 1, 3).Weights("w", 1, 8, 3).Weights("r", 2, 8, 2).Weights("b", 3, 8).Weights("h0", 4, 1, 2).Weights("c0", 5, 1, 2).Output("h2").Constant<long>("at0", [0], []).Constant<long>("at1", [1], [])),
        "channels-last" => new OnnxGraphBuilder().Opset(12).Input("x", 1, 6, 2).Weights("w", 1, 3, 2, 1, 3).Weights("s", 2, 3).Weights("d", 3, 18, 2).Constant<long>("flat", [1, 18], 2).Output("y").Output("z")
            .Node("Unsqueeze", "x", "a", ("axes", new[] { 1 })).Node("Transpose", "a", "b", ("perm", new[] { 0, 3, 1, 2 })).Node("Conv", "b w", "c", ("pads", new[] { 0, 1, 0, 1 })).Node("Transpose", "c", "e", ("perm", new[] { 0, 2, 3, 1 }))
            .Node("Squeeze", "e", "f", ("axes", new[] { 1 })).Node("Mul", "f s", "g").Node("Relu", "g", "h").Node("Reshape", "h flat", "i").Node("MatMul", "i d", "y").Node("ReduceMean", "h", "j", ("axes", new[] { 1 }))
            .Node("Einsum", "j s", "z", ("equation", "abc,c->ab")).ToArray(),
        _ => new OnnxGraphBuilder().Input("x", 2).Output("y").Constant<long>("n", [3], []).Constant<bool>("yes", [true], [])
            .Node("Loop", "n yes x", "l", ("body", new OnnxGraphBuilder().Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("v", 2).Output("c").Output("u").Node("Tanh", "v", "u").ToGraph()))
            .Node("If", "yes", "y", ("then_branch", new OnnxGraphBuilder().Output("t").Node("Relu", "l", "t").ToGraph()), ("else_branch", new OnnxGraphBuilder().Output("e").Node("Neg", "l", "e").ToGraph())).ToArray(),
    };

    /// <summary>Two steps of an LSTM written out.</summary>
    static byte[] Steps(OnnxGraphBuilder builder)
    {
        for (int t = 0; t < 2; t++)
            builder.Node("Gather", $"x at{t}", $"x{t}").Node("Gemm", $"x{t} w b", $"u{t}", ("transB", 1)).Node("Gemm", $"h{t} r", $"v{t}", ("transB", 1)).Node("Add", $"u{t} v{t}", $"g{t}")
                .Node("Split", $"g{t}", $"gi{t} gf{t} gg{t} go{t}", ("axis", 1)).Node("Sigmoid", $"gi{t}", $"i{t}").Node("Sigmoid", $"gf{t}", $"f{t}").Node("Tanh", $"gg{t}", $"n{t}").Node("Sigmoid", $"go{t}", $"o{t}")
                .Node("Mul", $"f{t} c{t}", $"fc{t}").Node("Mul", $"i{t} n{t}", $"in{t}").Node("Add", $"fc{t} in{t}", $"c{t + 1}").Node("Tanh", $"c{t + 1}", $"tc{t}").Node("Mul", $"o{t} tc{t}", $"h{t + 1}");
        return builder.ToArray();
    }
}
