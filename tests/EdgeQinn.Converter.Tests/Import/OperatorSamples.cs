using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;

namespace EdgeQinn.Converter.Tests.Import;

/// <summary>
/// A node of every ONNX operator that is read, to find out for which element types it converts and what it runs on. Operands: <c>T[2,3]</c> is an
/// input of the type tried, <c>i64[2]</c>, <c>i32</c>, <c>f</c>, <c>u8</c>, <c>b</c> one of that type, <c>=1,2</c> a vector of int64, <c>=#3</c>
/// a scalar, <c>~0.5</c> float32 numbers, <c>_</c> nothing.
/// </summary>
static class OperatorSamples
{
    const string X = "T[1,4,6,6]";

    static readonly Dictionary<string, (string Operands, (string, object)[] Attributes, int Outputs)> Samples = new(StringComparer.Ordinal);

    static OperatorSamples()
    {
        foreach (string op in "Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Cos Cosh Elu Erf Exp Flatten Floor Gelu GlobalAveragePool GlobalLpPool GlobalMaxPool HardSigmoid HardSwish Hardmax Identity IsInf IsNaN LeakyRelu Log LogSoftmax LpNormalization MeanVarianceNormalization Mish Neg Not ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Reciprocal Relu Round Selu Shape Shrink Sigmoid Sign Sin Sinh Size Softmax Softplus Softsign Sqrt Squeeze Swish Tan Tanh ThresholdedRelu Transpose ArgMax ArgMin Clip Dropout".Split(' ')) Add(op, X);
        foreach (string op in "Add And BitwiseAnd BitwiseOr BitwiseXor CastLike Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow PRelu Sub Sum Xor".Split(' ')) Add(op, $"{X} {X}");
        Add("BitShift", $"{X} {X}", ("direction", "LEFT"));
        Add("AveragePool", X, ("kernel_shape", new[] { 2, 2 }));
        Add("MaxPool", X, ("kernel_shape", new[] { 2, 2 }));
        Add("LpPool", X, ("kernel_shape", new[] { 2, 2 }));
        Add("BatchNormalization", $"{X} T[4] T[4] T[4] T[4]");
        Add("InstanceNormalization", $"{X} T[4] T[4]");
        Add("GroupNormalization", $"{X} T[4] T[4]", ("num_groups", 2));
        Add("LayerNormalization", $"{X} T[6] T[6]");
        Add("RMSNormalization", $"{X} T[6]");
        Add("LRN", X, ("size", 3));
        Add("Cast", X, ("to", 1));
        Add("CenterCropPad", $"{X} =1,4,5,8");
        Add("Concat", $"{X} {X}", ("axis", 1));
        Add("Constant", "", ("value", OnnxGraphBuilder.Tensor<float>("", [1], 1)));
        Add("ConstantOfShape", "=2,3");
        Add("Conv", $"{X} T[3,4,3,3] T[3]");
        Add("ConvTranspose", $"{X} T[4,3,3,3] T[3]");
        Add("ConvInteger", $"{X} T[3,4,3,3]");
        Add("QLinearConv", $"{X} f[] T[] T[3,4,3,3] f[] T[] f[] T[]");
        Add("CumSum", $"{X} =#1");
        Add("DepthToSpace", X, ("blocksize", 2));
        Add("SpaceToDepth", X, ("blocksize", 2));
        Add("DequantizeLinear", $"{X} f[] T[]");
        Add("QuantizeLinear", $"{X} T[] u8[]");
        AddOutputs("DynamicQuantizeLinear", 3, X);
        Add("Einsum", "T[2,3] T[3,4]", ("equation", "ij,jk->ik"));
        Add("Expand", $"{X} =2,4,6,6");
        Add("EyeLike", "T[3,3]");
        Add("Gather", $"{X} i64[2]");
        Add("GatherElements", $"{X} i64[1,2,6,6]", ("axis", 1));
        Add("GatherND", $"{X} i64[2,2]");
        Add("Gemm", "T[2,3] T[3,4] T[4]");
        Add("MatMul", "T[2,3] T[3,4]");
        Add("MatMulInteger", "T[2,3] T[3,4]");
        Add("QLinearMatMul", "T[2,3] f[] T[] T[3,4] f[] T[] f[] T[]");
        Add("GRU", "T[5,1,3] T[1,12,3] T[1,12,4]", ("hidden_size", 4));
        Add("LSTM", "T[5,1,3] T[1,16,3] T[1,16,4]", ("hidden_size", 4));
        Add("RNN", "T[5,1,3] T[1,4,3] T[1,4,4]", ("hidden_size", 4));
        Add("If", "=#1", ("then_branch", Branch("Relu")), ("else_branch", Branch("Neg")));
        Add("Loop", "=#2 _ T[2]", ("body", new OnnxGraphBuilder().Input("i", ElementType.Int64).Input("c", ElementType.Bool).Input("v", 2).Output("c").Output("u").Node("Add", "v v", "u").ToGraph()));
        Add("NonZero", "=1,0,2");
        Add("OneHot", "T[3] =#4 T[2]");
        Add("Pad", $"{X} =0,0,1,1,0,0,1,1");
        Add("Range", "=#0 =#5 =#1");
        Add("Reshape", $"{X} =4,36");
        Add("Resize", $"{X} _ ~1,1,2,2");
        Add("Upsample", $"{X} ~1,1,2,2");
        Add("ReverseSequence", "T[4,2,3] i64[2]");
        Add("Scatter", $"{X} i64[1,2,6,6] T[1,2,6,6]", ("axis", 1));
        Add("ScatterElements", $"{X} i64[1,2,6,6] T[1,2,6,6]", ("axis", 1));
        Add("ScatterND", $"{X} i64[1,1] T[1,4,6,6]");
        Add("Slice", $"{X} =1,1 =3,4 =2,3");
        AddOutputs("Split", 2, X, ("axis", 1));
        Add("Tile", $"{X} =1,2,1,1");
        AddOutputs("TopK", 2, $"{X} =2");
        Add("Trilu", X);
        Add("Unsqueeze", $"{X} =0");
        Add("Where", $"b[1,4,6,6] {X} {X}");
    }

    static ProtoWriter Branch(string op) => new OnnxGraphBuilder().Constant<float>("k", [1], 1).Output("t").Node(op, "k", "t").ToGraph();

    static void Add(string op, string operands, params (string, object)[] attributes) => Samples.Add(op, (operands, attributes, 1));

    static void AddOutputs(string op, int outputs, string operands, params (string, object)[] attributes) => Samples.Add(op, (operands, attributes, outputs));

    /// <summary>Whether there is a sample of the operator.</summary>
    public static bool Has(string op) => Samples.ContainsKey(op);

    /// <summary>Whether the sample has an operand of the type tried.</summary>
    public static bool HasType(string op) => Samples[op].Operands.Contains('T', StringComparison.Ordinal);

    /// <summary>A model of the one node.</summary>
    public static OnnxGraphBuilder Model(string op, int opset, ElementType type)
    {
        var (operands, attributes, outputs) = Samples[op];
        var builder = new OnnxGraphBuilder().Opset(opset);
        var names = new List<string>();
        foreach (string operand in operands.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = $"x{names.Count}";
            names.Add(operand == "_" ? "_" : name);
            if (operand == "_") continue;
            if (operand[0] == '=') Integers(builder, name, operand[1..]);
            else if (operand[0] == '~') builder.Constant<float>(name, [.. operand[1..].Split(',').Select(float.Parse)], operand.Count(c => c == ',') + 1);
            else
            {
                int bracket = operand.IndexOf('[', StringComparison.Ordinal);
                string shape = operand[(bracket + 1)..^1];
                var element = operand[..bracket] switch { "T" => type, "i64" => ElementType.Int64, "i32" => ElementType.Int32, "u8" => ElementType.UInt8, "b" => ElementType.Bool, _ => ElementType.Float32 };
                builder.Input(name, element, shape.Length == 0 ? [] : [.. shape.Split(',').Select(int.Parse)]);
            }
        }
        string[] results = [.. Enumerable.Range(0, outputs).Select(o => $"y{o}")];
        foreach (string result in results) builder.Output(result);
        return builder.Node(op, string.Join(' ', names), string.Join(' ', results), attributes);
    }

    static void Integers(OnnxGraphBuilder builder, string name, string text)
    {
        if (text[0] == '#') builder.Constant<long>(name, [long.Parse(text[1..])], []);
        else builder.Constant<long>(name, [.. text.Split(',').Select(long.Parse)], text.Count(c => c == ',') + 1);
    }
}
