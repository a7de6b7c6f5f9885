using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics.SelfTest;

/// <summary>Cases that reach every kernel written for vectors; a test asserts that they do.</summary>
static class SelfTestCases
{
    static readonly string[] Unary =
    [
        "Relu", "Abs", "Neg", "Sign", "Reciprocal", "Sqrt", "Floor", "Ceil", "Round", "Exp", "Log", "Erf", "Sigmoid", "Tanh", "Softplus", "Softsign",
        "Mish", "HardSwish", "LeakyRelu", "Elu", "Celu", "Selu", "ThresholdedRelu", "HardSigmoid", "Gelu",
    ];

    static readonly string[] Reductions =
        ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum"];

    static readonly int[] BlockHeights = [1, 4, 8, 16];

    static readonly int[] MinimalFilters = [3, 5, 7];

    static readonly string[] RunningKinds = ["sum", "max", "min"];

    static readonly string[] Binary = ["Add", "Sub", "Mul", "Div", "Min", "Max", "PRelu"];

    /// <summary>All cases.</summary>
    public static IReadOnlyList<SelfTestCase> All { get; } =
    [
        .. Unary.Select(name => new SelfTestCase(name, r => new([], Fed(Floats(r, Shape(r)))))),
        .. Binary.Select(name => new SelfTestCase(name, Broadcast)),
        new("Clip", r => new([], Fed(Floats(r, Shape(r))), Constant(EncodedTensor.FromSpan<float>([-0.5f])), Constant(EncodedTensor.FromSpan<float>([0.7f])))),
        new("Conv", r => Convolution(r, 1, "time")), new("Conv", r => Convolution(r, 1, "channel")),
        .. MinimalFilters.Select(taps => new SelfTestCase("Conv", r => Convolution(r, 1, "winograd", taps))),
        new("Conv", r => Convolution(r, 2, "time")), new("Conv", r => Convolution(r, 2, "channel")), new("Conv", r => Convolution(r, 2, "depthwise")),
        new("Linear", Linear), new("MatMul", MatrixProduct), new("Attention", Attention),
        .. from height in BlockHeights from wide in (bool[])[false, true] select new SelfTestCase("Linear", r => SparseLinear(r, height, wide)),
        new("Conv", r => SparseConvolution(r, 1, "sparse")), new("Conv", r => SparseConvolution(r, 4, "sparse")), new("Conv", r => SparseConvolution(r, 1, "segmented", 60)),
        .. FormatCases.All,
        new("GRU", r => Recurrent(r, 3, true, 0)), new("GRU", r => Recurrent(r, 3, true, 1)), new("GRU", r => Recurrent(r, 3, false, 0)), new("GRU", r => Recurrent(r, 3, false, 1)),
        new("LSTM", r => Recurrent(r, 4, true)), new("LSTM", r => Recurrent(r, 4, false)), new("RNN", r => Recurrent(r, 1, true)),
        new("Mean", Broadcast), new("Gelu", r => new(new AttributeMap { { "approximate", "tanh" } }, Fed(Floats(r, Shape(r))))),
        new("BatchNormalization", r => Normalized(r, 4)), new("InstanceNormalization", r => Normalized(r, 2)), new("LayerNormalization", Layer),
        new("MaxPool", Pool), new("AveragePool", Pool), .. Reductions.Select(name => new SelfTestCase(name, Reduce)),
        new("History", History),
        .. RunningKinds.Select(kind => new SelfTestCase("Running", r => Running(r, kind))),
        new("LogSoftmax", r => new(new AttributeMap { { "axis", -1 } }, Fed(Floats(r, Shape(r))))),
        new("Softmax", r => new(new AttributeMap { { "axis", -1 } }, Fed(Floats(r, Shape(r))))),
        FormatCases.QuadSparse,
    ];

    static SelfTestInput Broadcast(CaseDraw r)
    {
        int[] a = Shape(r), b = [.. a.Select(d => r.Next(3) == 0 ? 1 : d)];
        return new([], Fed(Floats(r, a)), Fed(Floats(r, r.Next(2) == 0 ? a : b)));
    }

    static SelfTestInput Reduce(CaseDraw r)
    {
        var x = Positive(r, r.Size(1, 9), r.Size(1, 60));
        return new(new AttributeMap { { "axes", r.Next(2) } }, Fed(x));
    }

    /// <summary>The first run of a stream, before which its columns are a fill.</summary>
    static SelfTestInput History(CaseDraw r)
    {
        int rows = r.Size(1, 20), fresh = r.Size(1, 100), tail = r.Size(0, 20), head = r.Size(1, 20);
        var attributes = new AttributeMap { { "axis", 2 }, { "new", fresh }, { "tail", tail }, { "length", r.Next(fresh + 20) }, { "lag", r.Next(10) }, { "fill", 7f } };
        return new(attributes, Fed(Floats(r, 1, rows, fresh + tail)), Fed(Floats(r, 1, rows, head)));
    }

    /// <summary>The first run of a stream.</summary>
    static SelfTestInput Running(CaseDraw r, string kind)
    {
        int rows = r.Size(1, 20), fresh = r.Size(1, 60), tail = r.Size(0, 20);
        var attributes = new AttributeMap { { "axis", 2 }, { "kind", kind }, { "new", fresh }, { "tail", tail }, { "length", fresh + r.Next(200) }, { "scale", 0.5f } };
        return new(attributes, Fed(Floats(r, 1, rows, fresh + tail)), Fed(Floats(r, 1, rows, r.Size(1, 20))));
    }

    static SelfTestInput Layer(CaseDraw r)
    {
        int n = r.Size(1, 90);
        return new([], Fed(Floats(r, r.Size(0, 4), n)), Constant(Floats(r, n)), Constant(Floats(r, n)));
    }

    /// <summary>An input of some channels with so many vectors of a positive number for each.</summary>
    static SelfTestInput Normalized(CaseDraw r, int vectors)
    {
        int channels = r.Size(1, 30), length = r.Size(1, 40);
        return new([], [Fed(Floats(r, r.Size(0, 3), channels, length)), .. Enumerable.Range(0, vectors).Select(_ => Constant(Positive(r, channels)))]);
    }

    static SelfTestInput Pool(CaseDraw r)
    {
        int[] kernel = [r.Next(1, 4), r.Next(1, 4)];
        var attributes = new AttributeMap { { "kernel_shape", kernel }, { "strides", r.Next(1, 3), r.Next(1, 4) }, { "pads", [0, r.Next(kernel[1]), r.Next(kernel[0]), 0] } };
        return new(attributes, Fed(Floats(r, 1, r.Size(0, 4), kernel[0] + r.Size(0, 5), kernel[1] + r.Size(0, 90)))) { Outputs = 1 };
    }

    static SelfTestInput Convolution(CaseDraw r, int rank, string algorithm, int taps = 0)
    {
        bool winograd = algorithm == "winograd";
        int group = winograd || r.Next(3) > 0 ? 1 : r.Next(1, 4), channels = group * r.Size(1, 9), outChannels = group * r.Size(1, 20);
        int[] kernel = [.. Enumerable.Range(0, rank).Select(_ => winograd ? taps : r.Next(1, 8))];
        int[] dilation = [.. kernel.Select(_ => winograd ? 1 : r.Next(1, 3))], stride = [.. kernel.Select(_ => winograd ? 1 : r.Next(1, 4))];
        int[] pads = [.. kernel.Concat(kernel).Select(k => r.Next(k))];
        int[] extent = [.. kernel.Select((k, i) => (k - 1) * dilation[i] + 1 + r.Size(0, rank == 1 ? 90 : 14))];
        var attributes = new AttributeMap { { "strides", stride }, { "dilations", dilation }, { "pads", pads }, { "group", group }, { "algorithm", algorithm } };
        if (r.Next(2) == 0) attributes.Add("clamp", 0f, 6f);
        return new(attributes, Fed(Floats(r, [r.Size(0, 3), channels, .. extent])), Constant(Floats(r, [outChannels, channels / group, .. kernel])), Constant(Floats(r, outChannels)));
    }

    static SelfTestInput Linear(CaseDraw r)
    {
        int rows = r.Next(3) == 0 ? r.Size(0, 12) : 1, n = r.Size(1, 150), m = r.Size(1, 150);
        return new(new AttributeMap { { "clamp", -3f, 3f } }, Fed(Floats(r, rows, n)), Constant(Floats(r, m, n)), Constant(Floats(r, m)));
    }

    /// <summary>A block-sparse matrix; wide ones need 32-bit column indices.</summary>
    static SelfTestInput SparseLinear(CaseDraw r, int height, bool wide)
    {
        int m = r.Size(1, 60), n = wide ? (1 << 16) + r.Size(1, 100) : r.Size(40, 240);
        return new(new AttributeMap { { "algorithm", "sparse" } }, Fed(Floats(r, 1, n)), Constant(BlockSparse(r, height, m, n)), Constant(Floats(r, m)));
    }

    static SelfTestInput SparseConvolution(CaseDraw r, int height, string algorithm, int shortest = 0)
    {
        int channels = r.Size(1, 8), outChannels = r.Size(1, 24), kernel = r.Size(1, 8), stride = r.Next(1, 3);
        var attributes = new AttributeMap { { "strides", stride }, { "pads", r.Next(kernel), r.Next(kernel) }, { "algorithm", algorithm } };
        return new(attributes, Fed(Floats(r, 1, channels, kernel + r.Size(shortest, 90))), Constant(BlockSparse(r, height, outChannels, channels, kernel)), Constant(Floats(r, outChannels)));
    }

    /// <summary>One block in twenty, up to 40 in each group of rows.</summary>
    static EncodedTensor BlockSparse(Random r, int height, params int[] shape)
    {
        int rows = shape[0], columns = shape[1..].Aggregate(1, (a, d) => a * d);
        var pointers = new uint[(rows + height - 1) / height + 1];
        var blocks = new List<uint>();
        for (int g = 1; g < pointers.Length; g++)
        {
            blocks.AddRange(Enumerable.Range(0, Math.Min(40, (columns + 19) / 20)).Select(_ => (uint)r.Next(columns)).Distinct().Order());
            pointers[g] = (uint)blocks.Count;
        }
        var values = new float[blocks.Count * height];
        foreach (ref float x in values.AsSpan()) x = 4 * r.NextSingle() - 2;
        return new BlockSparseWeight(new TensorType(ElementType.Float32, shape), rows, height, 1, pointers, [.. blocks], values).Encode();
    }

    /// <summary>Queries, keys and values in one tensor, as one projection leaves them, and a mask.</summary>
    static SelfTestInput Attention(CaseDraw r)
    {
        int heads = r.Size(1, 4), steps = r.Size(1, 60), width = r.Size(1, 20), row = 3 * heads * width;
        int[] At(int part) => [part * heads * width, 0, width, row];
        var attributes = new AttributeMap { { "sizes", (int[])[1, heads, steps, steps, width, width] }, { "query", At(0) }, { "key", At(1) }, { "value", At(2) }, { "scale", 0.3f }, { "steps_first", r.Next(2) } };
        var x = Fed(Floats(r, steps, row));
        return new(attributes, x, x, x, Fed(Floats(r, steps, steps)));
    }

    static SelfTestInput MatrixProduct(CaseDraw r)
    {
        int m = r.Size(0, 40), n = r.Size(0, 60), k = r.Size(0, 60);
        return new([], Fed(Floats(r, m, k)), Fed(Floats(r, k, n)));
    }

    /// <summary>With constant recurrent weights, or with fed ones, which leave only the kernels of single steps.</summary>
    static SelfTestInput Recurrent(CaseDraw r, int gates, bool constant, int linearBeforeReset = 0)
    {
        int steps = r.Size(1, 6), batch = r.Size(1, 3), inputs = r.Size(1, 20), hidden = r.Size(1, 40);
        var attributes = new AttributeMap { { "hidden_size", hidden } };
        if (gates == 3) attributes.Add("linear_before_reset", linearBeforeReset);
        return new(attributes, Fed(Floats(r, steps, batch, inputs)), Constant(Floats(r, 1, gates * hidden, inputs)), (Floats(r, 1, gates * hidden, hidden), constant),
            Constant(Floats(r, 1, 2 * gates * hidden)));
    }

    static (EncodedTensor, bool) Fed(EncodedTensor tensor) => (tensor, false);

    static (EncodedTensor, bool) Constant(EncodedTensor tensor) => (tensor, true);

    /// <summary>Three axes, of which the first ones are often single: any two may join to one run for a kernel.</summary>
    static int[] Shape(CaseDraw r) => [r.Next(2) == 0 ? 1 : r.Size(0, 6), r.Size(0, 20), r.Size(0, 20)];

    /// <summary>Numbers from ½ to 1½.</summary>
    static EncodedTensor Positive(Random r, params int[] shape)
    {
        var data = new float[shape.Aggregate(1, (a, d) => a * d)];
        foreach (ref float x in data.AsSpan()) x = 0.5f + r.NextSingle();
        return EncodedTensor.FromSpan<float>(data, shape);
    }

    /// <summary>Numbers from −2 to 2.</summary>
    static EncodedTensor Floats(Random r, params int[] shape)
    {
        var data = new float[shape.Aggregate(1, (a, d) => a * d)];
        foreach (ref float x in data.AsSpan()) x = 4 * r.NextSingle() - 2;
        return EncodedTensor.FromSpan<float>(data, shape);
    }
}
