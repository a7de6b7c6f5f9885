using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Operators that work element by element.</summary>
static class ElementwiseAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        .. Unary("Relu", "Abs", "Neg", "Sign", "HardSwish", "Sigmoid", "Tanh", "Softplus", "Softsign", "Mish", "Erf", "Exp", "Log", "Sqrt", "Reciprocal",
            "Floor", "Ceil", "Round", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "IsNaN", "Not", "BitwiseNot"),
        Parametric("LeakyRelu", ("alpha", 0.01f)), Parametric("Elu", ("alpha", 1)), Parametric("Celu", ("alpha", 1)),
        Parametric("Selu", ("alpha", 1.67326319217681884765625f), ("gamma", 1.05070102214813232421875f)),
        Parametric("ThresholdedRelu", ("alpha", 1)), Parametric("HardSigmoid", ("alpha", 0.2f), ("beta", 0.5f)), Parametric("Shrink", ("lambd", 0.5f), ("bias", 0)),
        new("Gelu", 20, n => n.Output(0, n.Emit("Gelu", new AttributeMap { { "approximate", n.Text("approximate", "none") } }, n.Input(0)))),
        new("Swish", 24, Swish),
        new("IsInf", 10, n => n.Output(0, n.Emit("IsInf",
            new AttributeMap { { "detect_negative", n.Int("detect_negative", 1) }, { "detect_positive", n.Int("detect_positive", 1) } }, n.Input(0)))),
        new("Clip", 1, ClipByAttributes) { To = 10 },
        new("Clip", 11, n => n.Output(0, n.Emit("Clip", [], n.Input(0), n.Optional(1), n.Optional(2)))),
        new("Cast", 6, Cast),
        new("CastLike", 15, n =>
        {
            n.Ignore("saturate");
            n.Output(0, n.Cast(n.Input(0), n.Input(1).Type.Element));
        }),

        .. Binary("Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "BitwiseAnd", "BitwiseOr", "BitwiseXor"),
        new("Mod", 10, n => n.Output(0, n.Emit("Mod", new AttributeMap { { "fmod", n.Int("fmod", 0) } }, n.Input(0), n.Input(1)))),
        new("BitShift", 11, n => n.Output(0, n.Emit("BitShift", new AttributeMap { { "direction", n.Text("direction", "") } }, n.Input(0), n.Input(1)))),
        new("PRelu", 1, n => n.Output(0, n.Emit("PRelu", [], n.Input(0), PerChannel(n, n.Input(1)))) ) { To = 6 },
        new("PRelu", 7, n => n.Output(0, n.Emit("PRelu", [], n.Input(0), n.Input(1)))),
        new("Where", 9, n => n.Output(0, n.Emit("Where", [], n.Input(0), n.Input(1), n.Input(2)))),
        .. Variadic("Min", "Max", "Sum", "Mean"),
    ];

    static IEnumerable<Adapter> Unary(params string[] operators) =>
        operators.Select(op => new Adapter(op, 1, n => n.Output(0, n.Emit(op, [], n.Input(0)))));

    static Adapter Parametric(string op, params (string Name, float Default)[] parameters) => new(op, op == "Selu" ? 6 : 1, n =>
    {
        var attributes = new AttributeMap();
        foreach (var (name, value) in parameters) attributes.Add(name, n.Float(name, value));
        n.Output(0, n.Emit(op, attributes, n.Input(0)));
    });

    static IEnumerable<Adapter> Binary(params string[] operators) => operators.SelectMany(op => (IEnumerable<Adapter>)
    [
        new Adapter(op, 1, n => n.Output(0, n.Emit(op, [], n.Input(0), AlignedByAxis(n)))) { To = 6 },
        new Adapter(op, 7, n => n.Output(0, n.Emit(op, [], n.Input(0), n.Input(1)))),
    ]);

    static IEnumerable<Adapter> Variadic(params string[] operators) => operators.Select(op => new Adapter(op, 1, n =>
        n.Output(0, n.InputCount == 1 ? n.Input(0) : n.Emit(op, [], [.. Enumerable.Range(0, n.InputCount).Select(n.Input)]))));

    /// <summary>Before opset 7, B's axes were placed at attribute <c>axis</c> of A instead of at the end.</summary>
    static IrValue AlignedByAxis(NodeImporter n)
    {
        var (a, b) = (n.Input(0), n.Input(1));
        bool broadcasts = n.Int("broadcast", 0) != 0;
        long axis = n.Int("axis", a.Type.Rank - b.Type.Rank);
        if (!broadcasts || b.Type.Rank == 0) return b;
        int trailing = a.Type.Rank - n.Axis(axis, Math.Max(a.Type.Rank, 1)) - b.Type.Rank;
        if (trailing < 0) throw n.Fail($"{b.Type} does not fit {a.Type} from axis {axis} on");
        return n.Reshape(b, [.. b.Type.Shape, .. Enumerable.Repeat(1, trailing)]);
    }

    /// <summary>Before opset 7, a slope with several elements counted along the channels.</summary>
    static IrValue PerChannel(NodeImporter n, IrValue slope) =>
        slope.Type.Rank == 1 && slope.Type.Count > 1 ? n.Reshape(slope, [slope.Type.Count, .. Enumerable.Repeat(1, Math.Max(n.Input(0).Type.Rank - 2, 0))]) : slope;

    static void ClipByAttributes(NodeImporter n)
    {
        var element = n.Input(0).Type.Element;
        IrValue? Bound(string name) => n.Node.Attributes.ContainsKey(name) ? n.Scalar(n.Float(name, 0), element) : null;
        n.Output(0, n.Emit("Clip", [], n.Input(0), Bound("min"), Bound("max")));
    }

    static void Cast(NodeImporter n)
    {
        n.Ignore("saturate", "round_mode"); // for casts to 8-bit floats, which the runtime does not have
        long to = n.Int("to", 0);
        if (!ElementNames.TryGet(to, out var element)) throw n.Fail($"casts to {ElementNames.Name(to)}, which the runtime does not have");
        var (x, y) = (n.Input(0), n.Cast(n.Input(0), element));
        // A widened constant may have that type already; only now does it have it in the model's sense.
        n.Output(0, y == x && n.Importer.WidenedFrom(x) is not null ? n.Constant(EncodedTensor.FromBytes(x.Type, x.Constant!.Part("data").Bytes)) : y);
    }

    static void Swish(NodeImporter n)
    {
        var x = n.Input(0);
        float alpha = n.Float("alpha", 1);
        var scaled = alpha == 1 ? x : n.Emit("Mul", [], x, n.Scalar(alpha, x.Type.Element));
        n.Output(0, n.Emit("Mul", [], x, n.Emit("Sigmoid", [], scaled)));
    }
}
