using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Quantized;

/// <summary>
/// x and y: [Outer, Axis, Inner]; element (o, a, i) uses scale and zero point number o · StrideOuter + ⌊a / Block⌋ · StrideAxis + i · StrideInner,
/// which is 0 throughout for one scale per tensor and a for one per axis. A null zero point is 0.
/// </summary>
unsafe struct LinearQuantizeArgs
{
    public void* X, Scale, Zero, Y;
    public long Outer, Axis, Inner, Block, StrideOuter, StrideAxis, StrideInner;
}

/// <summary>QuantizeLinear and DequantizeLinear.</summary>
static unsafe class LinearQuantizeKernels
{
    /// <summary>From floating point to an integer type.</summary>
    public static KernelFamily<LinearQuantizeArgs> Quantize(ElementType from, ElementType to) =>
        NumberTypes.VisitFloat<FloatVisitor, KernelFamily<LinearQuantizeArgs>>(from, new FloatVisitor(to, quantize: true));

    /// <summary>From an integer type to floating point.</summary>
    public static KernelFamily<LinearQuantizeArgs> Dequantize(ElementType from, ElementType to) =>
        NumberTypes.VisitFloat<FloatVisitor, KernelFamily<LinearQuantizeArgs>>(to, new FloatVisitor(from, quantize: false));

    static void RunQuantize<TReal, TInteger>(LinearQuantizeArgs* a) where TReal : unmanaged, IFloatingPointIeee754<TReal> where TInteger : unmanaged, INumber<TInteger>
    {
        var x = (TReal*)a->X;
        var y = (TInteger*)a->Y;
        for (long o = 0; o < a->Outer; o++)
            for (long axis = 0; axis < a->Axis; axis++)
                for (long i = 0; i < a->Inner; i++)
                {
                    long p = o * a->StrideOuter + axis / a->Block * a->StrideAxis + i * a->StrideInner;
                    TReal level = TReal.Round(*x++ / ((TReal*)a->Scale)[p], MidpointRounding.ToEven);
                    *y++ = TInteger.CreateSaturating(double.CreateTruncating(level) + (a->Zero == null ? 0 : double.CreateTruncating(((TInteger*)a->Zero)[p])));
                }
    }

    static void RunDequantize<TReal, TInteger>(LinearQuantizeArgs* a) where TReal : unmanaged, IFloatingPointIeee754<TReal> where TInteger : unmanaged, INumber<TInteger>
    {
        var x = (TInteger*)a->X;
        var y = (TReal*)a->Y;
        for (long o = 0; o < a->Outer; o++)
            for (long axis = 0; axis < a->Axis; axis++)
                for (long i = 0; i < a->Inner; i++)
                {
                    long p = o * a->StrideOuter + axis / a->Block * a->StrideAxis + i * a->StrideInner;
                    long level = long.CreateTruncating(*x++) - (a->Zero == null ? 0 : long.CreateTruncating(((TInteger*)a->Zero)[p]));
                    *y++ = TReal.CreateTruncating(level) * ((TReal*)a->Scale)[p];
                }
    }

    static class Families<TReal, TInteger> where TReal : unmanaged, IFloatingPointIeee754<TReal> where TInteger : unmanaged, INumber<TInteger>
    {
        static readonly string Real = ElementTypes.Of<TReal>().Short(), Integer = ElementTypes.Of<TInteger>().Short();

        public static readonly KernelFamily<LinearQuantizeArgs> Quantize =
            new($"quantize.{Real}.{Integer}", "y = saturate(round(x / scale) + zero)", &RunQuantize<TReal, TInteger>);

        public static readonly KernelFamily<LinearQuantizeArgs> Dequantize =
            new($"dequantize.{Integer}.{Real}", "y = (x − zero) · scale", &RunDequantize<TReal, TInteger>);
    }

    readonly struct FloatVisitor(ElementType integer, bool quantize) : IFloatVisitor<KernelFamily<LinearQuantizeArgs>>
    {
        readonly ElementType _integer = integer;
        readonly bool _quantize = quantize;

        public KernelFamily<LinearQuantizeArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> =>
            NumberTypes.VisitAny<IntegerVisitor<T>, KernelFamily<LinearQuantizeArgs>>(_integer, new IntegerVisitor<T>(_quantize));
    }

    readonly struct IntegerVisitor<TReal>(bool quantize) : INumberVisitor<KernelFamily<LinearQuantizeArgs>> where TReal : unmanaged, IFloatingPointIeee754<TReal>
    {
        readonly bool _quantize = quantize;

        public KernelFamily<LinearQuantizeArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> =>
            _quantize ? Families<TReal, T>.Quantize : Families<TReal, T>.Dequantize;
    }
}
