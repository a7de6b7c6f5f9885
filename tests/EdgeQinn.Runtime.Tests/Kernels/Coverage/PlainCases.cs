using EdgeQinn.Runtime.Diagnostics.SelfTest;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Tests.Kernels.Coverage;

/// <summary>Cases that reach the kernels without vectors, which the self-test leaves out: of every element type, and those that only move elements.</summary>
static class PlainCases
{
    static readonly ElementType[] Widths = [ElementType.UInt8, ElementType.UInt16, ElementType.Int32, ElementType.Int64];

    static readonly ElementType[] Levels = [ElementType.Int8, ElementType.UInt8, ElementType.Int16, ElementType.UInt16];

    static readonly ElementType[] Bytes = [ElementType.Int8, ElementType.UInt8];

    static readonly string[] FloatUnary =
    [
        "Reciprocal", "Sqrt", "Floor", "Ceil", "Round", "Exp", "Log", "Erf", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Sigmoid", "Tanh",
        "Softplus", "Softsign", "Mish", "HardSwish", "HardSigmoid", "LeakyRelu", "Elu", "Celu", "Selu", "ThresholdedRelu", "Gelu", "Shrink", "IsNaN", "IsInf",
    ];

    static readonly string[] NumberUnary = ["Relu", "Abs", "Neg", "Sign"];

    static readonly string[] NumberBinary = ["Add", "Sub", "Mul", "Div", "Min", "Max", "Pow", "Mod", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"];

    static readonly string[] Logical = ["And", "Or", "Xor", "Equal"];

    static readonly string[] Bitwise = ["BitwiseAnd", "BitwiseOr", "BitwiseXor"];

    static readonly string[] Reductions =
        ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"];

    static readonly string[] AlongLast = ["Softmax", "LogSoftmax", "Hardmax", "MeanVarianceNormalization", "LpNormalization"];

    static readonly string[] Joins = ["add", "mul", "min", "max"];

    /// <summary>All cases.</summary>
    public static IReadOnlyList<SelfTestCase> All { get; } =
    [
        .. from op in FloatUnary from type in NumberTypes.Floats select new SelfTestCase(op, r => new([], Fed(Numbers(r, type, Shape(r))))),
        .. NumberTypes.Floats.Select(type => new SelfTestCase("Gelu", r => new(new AttributeMap { { "approximate", "tanh" } }, Fed(Numbers(r, type, Shape(r)))))),
        .. from op in NumberUnary from type in NumberTypes.All select new SelfTestCase(op, r => new([], Fed(Numbers(r, type, Shape(r))))),
        .. NumberTypes.Integers.Select(type => new SelfTestCase("BitwiseNot", r => new([], Fed(Numbers(r, type, Shape(r)))))),
        new("Not", r => new([], Fed(Numbers(r, ElementType.Bool, Shape(r))))),
        .. from op in NumberBinary from type in NumberTypes.All select new SelfTestCase(op, r => Broadcast(r, type)),
        .. NumberTypes.All.Select(type => new SelfTestCase("Mod", r => Broadcast(r, type, new AttributeMap { { "fmod", 1 } }))),
        .. from op in (string[])["PRelu", "Mean"] from type in NumberTypes.Floats select new SelfTestCase(op, r => Broadcast(r, type)),
        .. Logical.Select(op => new SelfTestCase(op, r => Broadcast(r, ElementType.Bool))),
        .. from op in Bitwise from type in NumberTypes.Integers select new SelfTestCase(op, r => Broadcast(r, type)),
        .. ((string[])["LEFT", "RIGHT"]).Select(way => new SelfTestCase("BitShift", r => Broadcast(r, ElementType.UInt64, new AttributeMap { { "direction", way } }))),
        .. NumberTypes.All.Select(type => new SelfTestCase("Clip", r => new([], Fed(Numbers(r, type, Shape(r))), Constant(Of(type, [2])), Constant(Of(type, [9]))))),
        .. Widths.Select(type => new SelfTestCase("Where", r => Where(r, type))),
        .. from a in Enum.GetValues<ElementType>() from b in Enum.GetValues<ElementType>()
           select new SelfTestCase("Cast", r => new(new AttributeMap { { "to", (int)b } }, Fed(Numbers(r, a, r.Size(0, 40))))),
        .. from op in Reductions from type in NumberTypes.All select new SelfTestCase(op, r => new(new AttributeMap { { "axes", r.Next(2) } }, Fed(op == "ReduceProd" ? Small(r, type, r.Size(1, 9), r.Size(1, 20)) : Numbers(r, type, r.Size(1, 9), r.Size(1, 20))))),
        .. from op in (string[])["ArgMax", "ArgMin", "CumSum"] from type in NumberTypes.All
           select new SelfTestCase(op, r => new(new AttributeMap { { "axis", r.Next(2) } }, Fed(Numbers(r, type, r.Size(1, 9), r.Size(1, 20))))),
        .. NumberTypes.All.Select(type => new SelfTestCase("TopK", r => TopK(r, type))),
        .. from op in AlongLast from type in NumberTypes.Floats select new SelfTestCase(op, r => AlongAxis(r, op, type)),
        .. NumberTypes.Floats.Select(type => new SelfTestCase("LRN", r => new(new AttributeMap { { "size", r.Next(1, 6) } }, Fed(Numbers(r, type, r.Size(0, 3), r.Size(1, 12), r.Size(0, 12)))))),
        .. NumberTypes.Floats.Select(type => new SelfTestCase("Resize", r => Resize(r, type))),
        .. from pool in (string[])["MaxPool", "AveragePool", "LpPool"] from type in pool == "MaxPool" ? NumberTypes.All : NumberTypes.Floats select new SelfTestCase(pool, r => Pool(r, type)),
        .. NumberTypes.Floats.Select(type => new SelfTestCase("BatchNormalization", r => ComputedParameters(r, type))), new("BatchNormalization", r => Normalised(r, 4)), new("InstanceNormalization", r => Normalised(r, 2)), new("LayerNormalization", Layer),
        .. Widths.Select(type => new SelfTestCase("Transpose", r => Transpose(r, type))),
        .. from type in Widths from mode in (string[])["constant", "edge"] select new SelfTestCase("Pad", r => Pad(r, type, mode)),
        .. Widths.Select(type => new SelfTestCase("Trilu", r => new(new AttributeMap { { "k", r.Next(-3, 4) } }, Fed(Numbers(r, type, r.Size(0, 3), r.Size(0, 12), r.Size(0, 12)))))),
        .. Widths.Select(type => new SelfTestCase("ReverseSequence", r => Reverse(r, type))),
        .. from type in Widths from index in (ElementType[])[ElementType.Int32, ElementType.Int64] select new SelfTestCase("Gather", r => Gather(r, type, index)),
        .. Widths.Select(type => new SelfTestCase("GatherElements", r => Elements(r, type, false, ""))), .. Widths.Select(type => new SelfTestCase("GatherND", r => Tuples(r, type, false, ""))),
        .. Widths.Select(type => new SelfTestCase("ScatterElements", r => Elements(r, type, true, "none"))), .. Widths.Select(type => new SelfTestCase("ScatterND", r => Tuples(r, type, true, "none"))),
        .. from way in Joins from type in NumberTypes.All select new SelfTestCase("ScatterElements", r => Elements(r, type, true, way)),
        .. from way in Joins from type in NumberTypes.All select new SelfTestCase("ScatterND", r => Tuples(r, type, true, way)),
        .. Widths.Select(type => new SelfTestCase("OneHot", r => new(new AttributeMap { { "depth", r.Size(0, 20) } }, Fed(Numbers(r, ElementType.Int64, r.Size(0, 20))), Fed(Of(type, [3, 5], 2))))),
        .. from real in NumberTypes.Floats from level in Levels select new SelfTestCase("QuantizeLinear", r => Quantize(r, real, level)),
        .. from real in NumberTypes.Floats from level in Levels.Append(ElementType.Int32) select new SelfTestCase("DequantizeLinear", r => Dequantize(r, real, level)),
        new("DynamicQuantizeLinear", r => new([], Fed(Numbers(r, ElementType.Float32, r.Size(0, 80))))),
        .. from a in Bytes from b in Bytes select new SelfTestCase("MatMulInteger", r => IntegerProduct(r, a, b)),
        .. from a in Bytes from b in Bytes select new SelfTestCase("ConvInteger", r => IntegerConvolution(r, a, b)),
        .. Bytes.Select(type => new SelfTestCase("QLinearMatMul", r => QuantizedProduct(r, type))),
        new("Conv", r => ComputedWeights(r)), new("Gemm", Gemm), new("MatMul", r => Batched(r, true)), new("MatMul", r => Batched(r, false)),
    ];

    /// <summary>Numbers that every type has and that few operators leave the range with: 1 to 12, quarters of ±8 in floats.</summary>
    static EncodedTensor Numbers(CaseDraw r, ElementType type, params int[] shape)
    {
        bool real = type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;
        return Of(type, [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => real ? r.Next(-32, 33) / 4.0 : type == ElementType.Bool ? r.Next(2) : (double)r.Next(1, 13))], shape);
    }

    /// <summary>A tensor of a type from numbers that the type has.</summary>
    public static EncodedTensor Of(ElementType type, double[] data, params int[] shape) => type switch
    {
        ElementType.Float32 => Tensor(data, v => (float)v, shape),
        ElementType.Float64 => Tensor(data, v => v, shape),
        ElementType.Float16 => Tensor(data, v => (Half)v, shape),
        ElementType.BFloat16 => EncodedTensor.FromBytes(new TensorType(type, shape), Tensor(data, v => (ushort)(BitConverter.SingleToUInt32Bits((float)v) >> 16), shape).Part("data").Bytes),
        ElementType.Bool => Tensor(data, v => v != 0, shape),
        ElementType.Int8 => Tensor(data, v => (sbyte)v, shape),
        ElementType.Int16 => Tensor(data, v => (short)v, shape),
        ElementType.Int32 => Tensor(data, v => (int)v, shape),
        ElementType.Int64 => Tensor(data, v => (long)v, shape),
        ElementType.UInt8 => Tensor(data, v => (byte)v, shape),
        ElementType.UInt16 => Tensor(data, v => (ushort)v, shape),
        ElementType.UInt32 => Tensor(data, v => (uint)v, shape),
        _ => Tensor(data, v => (ulong)v, shape),
    };

    static EncodedTensor Tensor<T>(double[] data, Func<double, T> of, int[] shape) where T : unmanaged => EncodedTensor.FromSpan<T>([.. data.Select(of)], shape);

    static (EncodedTensor, bool) Fed(EncodedTensor tensor) => (tensor, false);

    static (EncodedTensor, bool) Constant(EncodedTensor tensor) => (tensor, true);

    static int[] Shape(CaseDraw r) => [r.Size(0, 4), r.Size(0, 20)];

    static SelfTestInput Broadcast(CaseDraw r, ElementType type, AttributeMap? attributes = null)
    {
        int[] a = Shape(r), b = [.. a.Select(d => r.Next(3) == 0 ? 1 : d)];
        return new(attributes ?? [], Fed(Numbers(r, type, a)), Fed(Numbers(r, type, r.Next(2) == 0 ? a : b)));
    }

    static SelfTestInput Where(CaseDraw r, ElementType type)
    {
        int[] shape = Shape(r);
        return new([], Fed(Numbers(r, ElementType.Bool, shape)), Fed(Numbers(r, type, shape)), Fed(Numbers(r, type, r.Next(2) == 0 ? [1] : shape)));
    }

    static SelfTestInput TopK(CaseDraw r, ElementType type)
    {
        int n = r.Size(1, 40);
        return new(new AttributeMap { { "k", r.Next(1, n + 1) } }, Fed(Numbers(r, type, r.Size(1, 4), n)));
    }

    static SelfTestInput AlongAxis(CaseDraw r, string op, ElementType type) =>
        new(op == "MeanVarianceNormalization" ? new AttributeMap { { "axes", 1 } } : [], Fed(Numbers(r, type, r.Size(0, 4), r.Size(1, 40))));

    static SelfTestInput Resize(CaseDraw r, ElementType type)
    {
        int rows = r.Size(1, 4), from = r.Size(1, 20), to = r.Size(1, 20);
        return new(new AttributeMap { { "mode", "linear" }, { "sizes", rows, to } }, Fed(Numbers(r, type, rows, from)));
    }

    static SelfTestInput Pool(CaseDraw r, ElementType type)
    {
        int[] kernel = [r.Next(1, 4), r.Next(1, 4)];
        var attributes = new AttributeMap { { "kernel_shape", kernel }, { "strides", r.Next(1, 3), r.Next(1, 4) }, { "pads", [0, r.Next(kernel[1]), r.Next(kernel[0]), 0] } };
        return new(attributes, Fed(Numbers(r, type, 1, r.Size(0, 4), kernel[0] + r.Size(0, 5), kernel[1] + r.Size(0, 40)))) { Outputs = 1 };
    }

    static EncodedTensor Positive(CaseDraw r, int count, ElementType type = ElementType.Float64) => Of(type, [.. Enumerable.Range(0, count).Select(_ => r.Next(2, 7) / 4.0)], count);

    static SelfTestInput Normalised(CaseDraw r, int vectors)
    {
        int channels = r.Size(1, 20);
        return new([], [Fed(Numbers(r, ElementType.Float64, r.Size(0, 3), channels, r.Size(1, 30))), .. Enumerable.Range(0, vectors).Select(_ => Constant(Positive(r, channels)))]);
    }

    static SelfTestInput ComputedParameters(CaseDraw r, ElementType type)
    {
        int channels = r.Size(1, 20);
        return new([], [Fed(Numbers(r, type, r.Size(0, 3), channels, r.Size(1, 30))), .. Enumerable.Range(0, 4).Select(_ => Fed(Positive(r, channels, type)))]);
    }

    static SelfTestInput Layer(CaseDraw r)
    {
        int n = r.Size(1, 40);
        return new([], Fed(Numbers(r, ElementType.Float64, r.Size(0, 4), n)), Constant(Positive(r, n)), Constant(Positive(r, n)));
    }

    static SelfTestInput Transpose(CaseDraw r, ElementType type) =>
        new(new AttributeMap { { "perm", [.. ((int[])[0, 1, 2]).OrderBy(_ => r.Next())] } }, Fed(Numbers(r, type, r.Size(0, 5), r.Size(0, 12), r.Size(0, 12))));

    static SelfTestInput Pad(CaseDraw r, ElementType type, string mode) =>
        new(new AttributeMap { { "pads", r.Next(3), r.Next(3), r.Next(3), r.Next(3) }, { "mode", mode } }, Fed(Numbers(r, type, r.Size(1, 5), r.Size(1, 20))));

    static SelfTestInput Reverse(CaseDraw r, ElementType type)
    {
        int steps = r.Size(1, 20), batch = r.Size(1, 6);
        return new([], Fed(Numbers(r, type, steps, batch, r.Size(0, 6))), Fed(Indices(r, ElementType.Int64, 0, steps + 1, batch)));
    }

    static EncodedTensor Indices(CaseDraw r, ElementType type, int from, int below, params int[] shape) =>
        Of(type, [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (double)r.Next(from, below))], shape);

    static SelfTestInput Gather(CaseDraw r, ElementType type, ElementType index)
    {
        int rows = r.Size(1, 20);
        return new([], Fed(Numbers(r, type, rows, r.Size(0, 20))), Fed(Indices(r, index, -rows, rows, r.Size(0, 20))));
    }

    static SelfTestInput Elements(CaseDraw r, ElementType type, bool scatter, string reduction)
    {
        int rows = r.Size(1, 12), columns = r.Size(1, 12), picked = r.Size(0, 12);
        var x = Fed(Numbers(r, type, rows, columns));
        var indices = Fed(scatter && reduction == "none" ? Distinct(r, rows, Math.Min(picked, rows), columns) : Indices(r, ElementType.Int64, -rows, rows, picked, columns));
        return !scatter ? new([], x, indices) : new(new AttributeMap { { "reduction", reduction } }, x, indices, Fed(Small(r, type, [.. indices.Item1.Type.Shape])));
    }

    static SelfTestInput Tuples(CaseDraw r, ElementType type, bool scatter, string reduction)
    {
        int rows = r.Size(1, 12), columns = r.Size(1, 12), picked = r.Size(0, 12);
        var x = Fed(Numbers(r, type, rows, columns));
        var indices = Fed(scatter && reduction == "none" ? Distinct(r, rows, Math.Min(picked, rows), 1) : Indices(r, ElementType.Int64, -rows, rows, picked, 1));
        return !scatter ? new([], x, indices) : new(new AttributeMap { { "reduction", reduction } }, x, indices, Fed(Small(r, type, indices.Item1.Type.Shape[0], columns)));
    }

    /// <summary>[count, columns] of rows of which no column names one twice.</summary>
    static EncodedTensor Distinct(CaseDraw r, int rows, int count, int columns)
    {
        double[] shuffled = [.. Enumerable.Range(0, rows).OrderBy(_ => r.Next()).Take(count).Select(i => (double)i)];
        return Of(ElementType.Int64, [.. shuffled.SelectMany(i => Enumerable.Repeat(i, columns))], count, columns);
    }

    /// <summary>1 and 2: products of many do not leave 2⁵³.</summary>
    static EncodedTensor Small(CaseDraw r, ElementType type, params int[] shape) => Of(type, [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => r.Next(8) == 0 ? 2.0 : 1)], shape);

    static SelfTestInput Quantize(CaseDraw r, ElementType real, ElementType level) =>
        new([], Fed(Numbers(r, real, r.Size(0, 80))), Constant(Of(real, [0.01 * r.Next(1, 20)])), Constant(Of(level, [r.Next(5)])));

    static SelfTestInput Dequantize(CaseDraw r, ElementType real, ElementType level) =>
        new([], Fed(Numbers(r, level, r.Size(0, 80))), Constant(Of(real, [0.01 * r.Next(1, 20)])), Constant(Of(level, [level == ElementType.Int32 ? 0 : r.Next(5)])));

    static SelfTestInput IntegerProduct(CaseDraw r, ElementType a, ElementType b)
    {
        int m = r.Size(0, 12), n = r.Size(0, 12), k = r.Size(0, 12);
        return new([], Fed(Numbers(r, a, m, k)), Fed(Numbers(r, b, k, n)), Constant(Of(a, [r.Next(5)])), Constant(Of(b, [r.Next(5)])));
    }

    static SelfTestInput QuantizedProduct(CaseDraw r, ElementType type)
    {
        int m = r.Size(0, 12), n = r.Size(0, 12), k = r.Size(0, 12);
        return new([], Fed(Numbers(r, type, m, k)), Scale(r), Zero(r, type), Fed(Numbers(r, type, k, n)), Scale(r), Zero(r, type), Scale(r), Zero(r, type));
    }

    static (EncodedTensor, bool) Scale(CaseDraw r) => Constant(Of(ElementType.Float32, [0.01 * r.Next(1, 20)]));

    static (EncodedTensor, bool) Zero(CaseDraw r, ElementType type) => Constant(Of(type, [r.Next(5)]));

    static SelfTestInput IntegerConvolution(CaseDraw r, ElementType a, ElementType b)
    {
        int channels = r.Size(1, 6), taps = r.Size(1, 6);
        return new([], Fed(Numbers(r, a, r.Size(0, 3), channels, taps + r.Size(0, 30))), Fed(Numbers(r, b, r.Size(1, 6), channels, taps)), Zero(r, a), Zero(r, b));
    }

    /// <summary>Weights that come as an input are packed in every run.</summary>
    static SelfTestInput ComputedWeights(CaseDraw r)
    {
        int channels = r.Size(1, 8), outputs = r.Size(1, 20), taps = r.Size(1, 6);
        return new([], Fed(Numbers(r, ElementType.Float32, 1, channels, taps + r.Size(0, 30))), Fed(Numbers(r, ElementType.Float32, outputs, channels, taps)), Fed(Numbers(r, ElementType.Float32, outputs)));
    }

    static SelfTestInput Gemm(CaseDraw r)
    {
        int m = r.Size(0, 12), n = r.Size(0, 12), k = r.Size(0, 12), ta = r.Next(2), tb = r.Next(2);
        EncodedTensor Matrix(int rows, int columns) => Numbers(r, ElementType.Float32, rows, columns);
        return new(new AttributeMap { { "alpha", 0.5f }, { "beta", 2f }, { "transA", ta }, { "transB", tb } },
            Fed(ta == 0 ? Matrix(m, k) : Matrix(k, m)), Fed(tb == 0 ? Matrix(k, n) : Matrix(n, k)), Fed(r.Next(2) == 0 ? Matrix(m, n) : Matrix(1, n)));
    }

    static SelfTestInput Batched(CaseDraw r, bool shared)
    {
        int batch = r.Size(0, 4), m = r.Size(0, 12), n = r.Size(0, 12), k = r.Size(0, 12);
        return new([], Fed(Numbers(r, ElementType.Float32, batch, m, k)), Fed(shared ? Numbers(r, ElementType.Float32, k, n) : Numbers(r, ElementType.Float32, batch, k, n)));
    }
}
