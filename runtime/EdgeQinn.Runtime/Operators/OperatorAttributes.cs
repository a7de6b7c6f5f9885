namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// The attributes each operator has, as OPERATORS.md lists them. A node with any other is refused: what it asks for would silently not be done.
/// </summary>
static class OperatorAttributes
{
    static readonly string[] Window = ["kernel_shape", "strides", "pads", "dilations", "ceil_mode", "storage_order"];
    static readonly string[] Convolution = ["group", "strides", "pads", "dilations", "auto_pad", "kernel_shape"];
    static readonly string[] Recurrent = ["direction", "hidden_size", "layout", "activations", "activation_alpha", "activation_beta", "clip"];

    static readonly Dictionary<string, string[]> ByOperator = Build(
    [
        (["Reshape", "Expand"], ["shape"]), (["Transpose"], ["perm"]), (["Slice"], ["starts", "steps", "shape"]), (["Concat", "Gather", "GatherElements"], ["axis"]),
        (["Split"], ["axis", "split"]), (["Tile"], ["repeats"]), (["Pad"], ["pads", "mode"]), (["GatherND"], ["batch_dims"]), (["ScatterElements"], ["axis", "reduction"]),
        (["ScatterND"], ["reduction"]), (["DepthToSpace"], ["blocksize", "mode"]), (["SpaceToDepth"], ["blocksize"]), (["OneHot"], ["depth", "axis"]), (["Trilu"], ["k", "upper"]),
        (["ReverseSequence"], ["batch_axis", "time_axis"]),
        (["History"], ["axis", "length", "first", "new", "lag", "tail", "phases", "skip", "fill", "head_first", "head_columns"]),
        (["Running"], ["axis", "length", "kind", "first", "new", "tail", "phases", "scale", "head_first", "head_columns"]),
        (["Resize"], ["scales", "sizes", "axes", "roi", "mode", "coordinate_transformation_mode", "nearest_mode", "cubic_coeff_a", "exclude_outside", "extrapolation_value", "antialias", "keep_aspect_ratio_policy"]),
        (["LeakyRelu", "Elu", "Celu", "ThresholdedRelu"], ["alpha"]), (["Selu"], ["alpha", "gamma"]), (["HardSigmoid"], ["alpha", "beta"]), (["Gelu"], ["approximate"]),
        (["Shrink"], ["lambd", "bias"]), (["IsInf"], ["detect_negative", "detect_positive"]), (["Cast"], ["to"]), (["Mod"], ["fmod"]), (["BitShift"], ["direction"]),
        (["Linear"], ["clamp", ConvSteps.AlgorithmAttribute]), (["Gemm"], ["alpha", "beta", "transA", "transB"]), (["Attention"], ["sizes", "query", "key", "value", "scale", "steps_first", "masked_is_zero"]),
        (["RNN"], Recurrent), (["GRU"], [.. Recurrent, "linear_before_reset"]), (["LSTM"], [.. Recurrent, "input_forget"]),
        (["MaxPool"], Window), (["AveragePool"], [.. Window, "count_include_pad"]), (["LpPool"], [.. Window, "p"]), (["GlobalLpPool"], ["p"]),
        (["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"], ["axes", "keepdims"]),
        (["ArgMax", "ArgMin"], ["axis", "keepdims", "select_last_index"]), (["CumSum"], ["axis", "exclusive", "reverse"]), (["Softmax", "LogSoftmax", "Hardmax"], ["axis"]),
        (["TopK"], ["k", "axis", "largest", "sorted"]), (["LayerNormalization", "RMSNormalization"], ["axis", "epsilon"]), (["InstanceNormalization", "BatchNormalization"], ["epsilon"]),
        (["GroupNormalization"], ["num_groups", "epsilon"]), (["LpNormalization"], ["axis", "p"]), (["LRN"], ["size", "alpha", "beta", "bias"]), (["MeanVarianceNormalization"], ["axes"]),
        (["Conv"], [.. Convolution, "clamp", "max_pool", ConvSteps.AlgorithmAttribute]), (["ConvTranspose"], [.. Convolution, "clamp", "output_padding", "output_shape", ConvSteps.AlgorithmAttribute]), (["QLinearConv", "ConvInteger"], Convolution),
        (["QuantizeLinear"], ["axis", "block_size", "output_dtype"]), (["DequantizeLinear"], ["axis", "block_size"]),
    ]);

    /// <summary>The attributes of operator <paramref name="name"/>; none where it has none.</summary>
    public static IReadOnlyList<string> Of(string name) => ByOperator.GetValueOrDefault(name) ?? [];

    /// <summary>Fails where the node has an attribute that its operator has not.</summary>
    /// <exception cref="Format.GraphException">It has; the message says where in the file, if it comes from one.</exception>
    public static void Check(OperatorCall call)
    {
        var known = Of(call.Node.Operator);
        foreach (var (name, _) in call.Attributes)
        {
            if (known.Contains(name)) continue;
            string where = call.Attributes.Position >= 0 ? $" at byte {call.Attributes.Position}" : "";
            throw call.Fail($"attribute '{name}'{where} is not known; the operator has {(known.Count == 0 ? "none" : string.Join(", ", known))}");
        }
    }

    static Dictionary<string, string[]> Build(ReadOnlySpan<(string[] Operators, string[] Attributes)> rows)
    {
        var table = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (operators, attributes) in rows)
            foreach (string op in operators) table.Add(op, attributes);
        return table;
    }
}
