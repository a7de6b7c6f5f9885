using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>The binary element-wise operators and the function behind each.</summary>
static class BinaryOperators
{
    public static IReadOnlyList<Operator> All { get; } =
    [
        new BinaryOperator("Add", TypeSet.Numbers, (_, type) => BinaryKernels.Vectorized<Add>(type)),
        new BinaryOperator("Sub", TypeSet.Numbers, (_, type) => BinaryKernels.Vectorized<Sub>(type)),
        new BinaryOperator("Mul", TypeSet.Numbers, (_, type) => BinaryKernels.Vectorized<Mul>(type)),
        new BinaryOperator("Div", TypeSet.Numbers, (_, type) => BinaryKernels.Vectorized<Div>(type)),
        new BinaryOperator("Mod", TypeSet.Numbers, Mod),
        new BinaryOperator("PRelu", TypeSet.Floats, (_, type) => BinaryKernels.Vectorized<PRelu>(type), oneWay: true),

        new BinaryOperator("And", TypeSet.Bool, (_, _) => BinaryKernels.Logical<LogicalAnd>()),
        new BinaryOperator("Or", TypeSet.Bool, (_, _) => BinaryKernels.Logical<LogicalOr>()),
        new BinaryOperator("Xor", TypeSet.Bool, (_, _) => BinaryKernels.Logical<LogicalXor>()),

        new BinaryOperator("Equal", TypeSet.NumbersAndBool,
            (_, type) => type == ElementType.Bool ? BinaryKernels.Logical<LogicalEqual>() : BinaryKernels.Comparison<Equal>(type), truth: true),
        new BinaryOperator("Greater", TypeSet.Numbers, (_, type) => BinaryKernels.Comparison<Greater>(type), truth: true),
        new BinaryOperator("GreaterOrEqual", TypeSet.Numbers, (_, type) => BinaryKernels.Comparison<GreaterOrEqual>(type), truth: true),
        new BinaryOperator("Less", TypeSet.Numbers, (_, type) => BinaryKernels.Comparison<Less>(type), truth: true),
        new BinaryOperator("LessOrEqual", TypeSet.Numbers, (_, type) => BinaryKernels.Comparison<LessOrEqual>(type), truth: true),

        new BinaryOperator("BitShift", TypeSet.Unsigned, BitShift),
        new BinaryOperator("BitwiseAnd", TypeSet.Integers, (_, type) => BinaryKernels.Integer<BitwiseAnd>(type)),
        new BinaryOperator("BitwiseOr", TypeSet.Integers, (_, type) => BinaryKernels.Integer<BitwiseOr>(type)),
        new BinaryOperator("BitwiseXor", TypeSet.Integers, (_, type) => BinaryKernels.Integer<BitwiseXor>(type)),
    ];

    static KernelFamily<BinaryArgs> Mod(OperatorCall call, ElementType type) =>
        call.Attributes.Int("fmod") != 0 ? BinaryKernels.Number<TruncatedMod>(type) : BinaryKernels.Number<FloorMod>(type);

    static KernelFamily<BinaryArgs> BitShift(OperatorCall call, ElementType type) => call.Attributes.Text("direction") switch
    {
        "LEFT" => BinaryKernels.Integer<ShiftLeft>(type),
        "RIGHT" => BinaryKernels.Integer<ShiftRight>(type),
        var other => throw call.Fail($"direction is '{other}', expected LEFT or RIGHT"),
    };
}
