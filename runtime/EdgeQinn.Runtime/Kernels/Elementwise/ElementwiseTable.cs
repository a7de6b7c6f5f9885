using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>Every element-wise kernel, for <see cref="KernelTable"/>.</summary>
static class ElementwiseTable
{
    public static IEnumerable<KernelFamily> All =>
    [
        .. Numbers(UnaryKernels.NumberLanes<Relu>), .. Numbers(UnaryKernels.NumberLanes<Abs>), .. Numbers(UnaryKernels.NumberLanes<Neg>),
        .. Numbers(UnaryKernels.NumberLanes<Sign>), .. Integers(UnaryKernels.Integer<BitwiseNot>), UnaryKernels.Not,
        .. Floats(UnaryKernels.Test<IsNaN>), .. Floats(UnaryKernels.Test<IsInf>),
        .. Floats(UnaryKernels.FloatLanes<Reciprocal>), .. Floats(UnaryKernels.FloatLanes<Quotient>), .. Floats(UnaryKernels.FloatLanes<Sqrt>),
        .. Floats(UnaryKernels.FloatLanes<Floor>), .. Floats(UnaryKernels.FloatLanes<Ceil>), .. Floats(UnaryKernels.FloatLanes<Round>),
        .. Floats(UnaryKernels.FloatLanes<Exp>), .. Floats(UnaryKernels.FloatLanes<Log>), .. Floats(UnaryKernels.FloatLanes<Erf>),
        .. Floats(UnaryKernels.Float<Sin>), .. Floats(UnaryKernels.Float<Cos>), .. Floats(UnaryKernels.Float<Tan>),
        .. Floats(UnaryKernels.Float<Asin>), .. Floats(UnaryKernels.Float<Acos>), .. Floats(UnaryKernels.Float<Atan>),
        .. Floats(UnaryKernels.Float<Sinh>), .. Floats(UnaryKernels.Float<Cosh>),
        .. Floats(UnaryKernels.Float<Asinh>), .. Floats(UnaryKernels.Float<Acosh>), .. Floats(UnaryKernels.Float<Atanh>),

        .. Floats(UnaryKernels.FloatLanes<Sigmoid>), .. Floats(UnaryKernels.FloatLanes<Tanh>), .. Floats(UnaryKernels.FloatLanes<Softplus>),
        .. Floats(UnaryKernels.FloatLanes<Softsign>), .. Floats(UnaryKernels.FloatLanes<Mish>), .. Floats(UnaryKernels.FloatLanes<HardSwish>),
        .. Floats(UnaryKernels.FloatLanes<HardSigmoid>), .. Floats(UnaryKernels.FloatLanes<LeakyRelu>), .. Floats(UnaryKernels.FloatLanes<Elu>),
        .. Floats(UnaryKernels.FloatLanes<Celu>), .. Floats(UnaryKernels.FloatLanes<Selu>), .. Floats(UnaryKernels.FloatLanes<ThresholdedRelu>),
        .. Floats(UnaryKernels.FloatLanes<Gelu>), .. Floats(UnaryKernels.FloatLanes<GeluTanh>), .. Floats(UnaryKernels.Float<Shrink>),

        .. Numbers(BinaryKernels.Vectorized<Add>), .. Numbers(BinaryKernels.Vectorized<Sub>), .. Numbers(BinaryKernels.Vectorized<Mul>),
        .. Numbers(BinaryKernels.Vectorized<Div>), .. Numbers(BinaryKernels.Vectorized<Min>), .. Numbers(BinaryKernels.Vectorized<Max>),
        .. Floats(BinaryKernels.Vectorized<PRelu>), .. Numbers(BinaryKernels.Number<Pow>),
        .. Numbers(BinaryKernels.Number<FloorMod>), .. Numbers(BinaryKernels.Number<TruncatedMod>),
        .. Numbers(BinaryKernels.Comparison<Equal>), .. Numbers(BinaryKernels.Comparison<Greater>), .. Numbers(BinaryKernels.Comparison<GreaterOrEqual>),
        .. Numbers(BinaryKernels.Comparison<Less>), .. Numbers(BinaryKernels.Comparison<LessOrEqual>),
        BinaryKernels.Logical<LogicalAnd>(), BinaryKernels.Logical<LogicalOr>(), BinaryKernels.Logical<LogicalXor>(), BinaryKernels.Logical<LogicalEqual>(),
        .. Integers(BinaryKernels.Integer<BitwiseAnd>), .. Integers(BinaryKernels.Integer<BitwiseOr>), .. Integers(BinaryKernels.Integer<BitwiseXor>),
        BinaryKernels.Integer<ShiftLeft>(ElementType.UInt64), BinaryKernels.Integer<ShiftRight>(ElementType.UInt64),

        .. Numbers(ClipKernels.Get), .. WhereKernels.All, .. Casts(),
    ];

    static IEnumerable<KernelFamily> Numbers(Func<ElementType, KernelFamily> family) => NumberTypes.All.Select(family);

    static IEnumerable<KernelFamily> Floats(Func<ElementType, KernelFamily> family) => NumberTypes.Floats.Select(family);

    static IEnumerable<KernelFamily> Integers(Func<ElementType, KernelFamily> family) => NumberTypes.Integers.Select(family);

    static IEnumerable<KernelFamily> Casts() =>
        from @from in CastKernels.Types from to in CastKernels.Types select CastKernels.Get(@from, to);
}
