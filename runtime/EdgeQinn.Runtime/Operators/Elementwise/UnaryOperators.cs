using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>The unary element-wise operators and the function behind each.</summary>
static class UnaryOperators
{
    public static IReadOnlyList<Operator> All { get; } =
    [
        Number("Relu", UnaryKernels.NumberLanes<Relu>),
        Number("Abs", UnaryKernels.NumberLanes<Abs>),
        Number("Neg", UnaryKernels.NumberLanes<Neg>),
        Number("Sign", UnaryKernels.NumberLanes<Sign>),

        Float("Reciprocal", UnaryKernels.FloatLanes<Reciprocal>),
        Float("Sqrt", UnaryKernels.FloatLanes<Sqrt>),
        Float("Floor", UnaryKernels.FloatLanes<Floor>),
        Float("Ceil", UnaryKernels.FloatLanes<Ceil>),
        Float("Round", UnaryKernels.FloatLanes<Round>),
        Float("Exp", UnaryKernels.FloatLanes<Exp>),
        Float("Log", UnaryKernels.FloatLanes<Log>),
        Float("Sin", UnaryKernels.Float<Sin>),
        Float("Cos", UnaryKernels.Float<Cos>),
        Float("Tan", UnaryKernels.Float<Tan>),
        Float("Asin", UnaryKernels.Float<Asin>),
        Float("Acos", UnaryKernels.Float<Acos>),
        Float("Atan", UnaryKernels.Float<Atan>),
        Float("Sinh", UnaryKernels.Float<Sinh>),
        Float("Cosh", UnaryKernels.Float<Cosh>),
        Float("Asinh", UnaryKernels.Float<Asinh>),
        Float("Acosh", UnaryKernels.Float<Acosh>),
        Float("Atanh", UnaryKernels.Float<Atanh>),
        Float("Erf", UnaryKernels.FloatLanes<Erf>),

        Float("Sigmoid", UnaryKernels.FloatLanes<Sigmoid>),
        Float("Tanh", UnaryKernels.FloatLanes<Tanh>),
        Float("Softplus", UnaryKernels.FloatLanes<Softplus>),
        Float("Softsign", UnaryKernels.FloatLanes<Softsign>),
        Float("Mish", UnaryKernels.FloatLanes<Mish>),
        Float("HardSwish", UnaryKernels.FloatLanes<HardSwish>),
        Float("LeakyRelu", UnaryKernels.FloatLanes<LeakyRelu>, call => (call.Attributes.Float("alpha", 0.01f), 0)),
        Float("Elu", UnaryKernels.FloatLanes<Elu>, call => (call.Attributes.Float("alpha", 1), 0)),
        Float("Celu", UnaryKernels.FloatLanes<Celu>, call => (call.Attributes.Float("alpha", 1), 0)),
        Float("Selu", UnaryKernels.FloatLanes<Selu>, call => (call.Attributes.Float("alpha", 1.67326319217681884765625f), call.Attributes.Float("gamma", 1.05070102214813232421875f))),
        Float("ThresholdedRelu", UnaryKernels.FloatLanes<ThresholdedRelu>, call => (call.Attributes.Float("alpha", 1), 0)),
        Float("HardSigmoid", UnaryKernels.FloatLanes<HardSigmoid>, call => (call.Attributes.Float("alpha", 0.2f), call.Attributes.Float("beta", 0.5f))),
        Float("Shrink", UnaryKernels.Float<Shrink>, call => (call.Attributes.Float("lambd", 0.5f), call.Attributes.Float("bias"))),
        new UnaryOperator("Gelu", TypeSet.Floats, Gelu),

        new UnaryOperator("IsNaN", TypeSet.Floats, (_, type) => UnaryKernels.Test<IsNaN>(type), truth: true),
        new UnaryOperator("IsInf", TypeSet.Floats, (_, type) => UnaryKernels.Test<IsInf>(type),
            call => (call.Attributes.Int("detect_negative", 1), call.Attributes.Int("detect_positive", 1)), truth: true),
        new UnaryOperator("Not", TypeSet.Bool, (_, _) => UnaryKernels.Not),
        new UnaryOperator("BitwiseNot", TypeSet.Integers, (_, type) => UnaryKernels.Integer<BitwiseNot>(type)),
    ];

    static UnaryOperator Number(string name, Func<ElementType, KernelFamily<UnaryArgs>> family) =>
        new(name, TypeSet.Numbers, (_, type) => family(type));

    static UnaryOperator Float(string name, Func<ElementType, KernelFamily<UnaryArgs>> family, Func<OperatorCall, (float, float)>? parameters = null) =>
        new(name, TypeSet.Floats, (_, type) => family(type), parameters);

    static KernelFamily<UnaryArgs> Gelu(OperatorCall call, ElementType type) => call.Attributes.Text("approximate", "none") switch
    {
        "none" => UnaryKernels.FloatLanes<Gelu>(type),
        "tanh" => UnaryKernels.FloatLanes<GeluTanh>(type),
        var other => throw call.Fail($"approximate is '{other}', expected none or tanh"),
    };
}
