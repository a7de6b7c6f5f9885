using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Testing.Onnx;

/// <summary>Small models that together reach most of the importer: seeds for mutation.</summary>
public static class OnnxSeeds
{
    /// <summary>The seeds' names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["convolution", "recurrent", "shapes", "control"];

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
        _ => new OnnxGraphBuilder().Input("x", 2).Output("y").Constant<long>("n", [3], []).Constant<bool>("yes", [true], [])
            .Node("Loop", "n yes x", "l", ("body", new OnnxGraphBuilder().Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("v", 2).Output("c").Output("u").Node("Tanh", "v", "u").ToGraph()))
            .Node("If", "yes", "y", ("then_branch", new OnnxGraphBuilder().Output("t").Node("Relu", "l", "t").ToGraph()), ("else_branch", new OnnxGraphBuilder().Output("e").Node("Neg", "l", "e").ToGraph())).ToArray(),
    };
}
