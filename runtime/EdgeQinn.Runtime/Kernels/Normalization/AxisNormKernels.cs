using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Normalization;

/// <summary>x and y: [Outer, Axis, Inner]; P is 1 or 2. y may be x.</summary>
unsafe struct LpNormArgs
{
    public void* X, Y;
    public long Outer, Axis, Inner;
    public int P;
}

/// <summary>x and y: [Outer, Channels, Inner], a window of Size channels around each.</summary>
unsafe struct LrnArgs
{
    public void* X, Y;
    public long Outer, Channels, Inner, Size;
    public float Alpha, Beta, Bias;
}

/// <summary>Every kept position is standardised over the reduced ones. One operand each: x and y have the same strides.</summary>
unsafe struct StandardizeArgs
{
    public void* X, Y;
    public LoopNest Kept, Reduced;
}

/// <summary>Normalisations along axes that need no parameters.</summary>
static unsafe class AxisNormKernels
{
    public static KernelFamily<LpNormArgs> LpNorm(ElementType type) => NumberTypes.VisitFloat<LpVisitor, KernelFamily<LpNormArgs>>(type, default);

    public static KernelFamily<LrnArgs> Lrn(ElementType type) => NumberTypes.VisitFloat<LrnVisitor, KernelFamily<LrnArgs>>(type, default);

    public static KernelFamily<StandardizeArgs> Standardize(ElementType type) =>
        NumberTypes.VisitFloat<StandardizeVisitor, KernelFamily<StandardizeArgs>>(type, default);

    static void RunLpNorm<T>(LpNormArgs* a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long o = 0; o < a->Outer; o++)
            for (long i = 0; i < a->Inner; i++)
            {
                T* x = (T*)a->X + o * a->Axis * a->Inner + i, y = (T*)a->Y + o * a->Axis * a->Inner + i;
                double sum = 0;
                for (long k = 0; k < a->Axis; k++)
                {
                    double value = double.CreateTruncating(x[k * a->Inner]);
                    sum += a->P == 1 ? Math.Abs(value) : value * value;
                }
                double norm = a->P == 1 ? sum : Math.Sqrt(sum);
                for (long k = 0; k < a->Axis; k++) y[k * a->Inner] = norm == 0 ? T.Zero : T.CreateTruncating(double.CreateTruncating(x[k * a->Inner]) / norm);
            }
    }

    static void RunLrn<T>(LrnArgs* a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        long before = (a->Size - 1) / 2, after = a->Size - 1 - before;
        for (long o = 0; o < a->Outer; o++)
            for (long c = 0; c < a->Channels; c++)
                for (long i = 0; i < a->Inner; i++)
                {
                    T* x = (T*)a->X + o * a->Channels * a->Inner + i;
                    double sum = 0;
                    for (long k = Math.Max(0, c - before); k <= Math.Min(a->Channels - 1, c + after); k++)
                    {
                        double value = double.CreateTruncating(x[k * a->Inner]);
                        sum += value * value;
                    }
                    double divisor = Math.Pow(a->Bias + a->Alpha / a->Size * sum, a->Beta);
                    ((T*)a->Y)[(o * a->Channels + c) * a->Inner + i] = T.CreateTruncating(double.CreateTruncating(x[c * a->Inner]) / divisor);
                }
    }

    static void RunStandardize<T>(StandardizeArgs* a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (a->Kept.Count == 0 || a->Reduced.Count == 0) return;
        var kept = new LoopCounter();
        do
            for (long i = 0; i < a->Kept.Inner; i++)
            {
                long start = kept.Offset(0) + i * a->Kept.Stride(0, a->Kept.Rank - 1);
                Row((T*)a->X + start, (T*)a->Y + start, a->Reduced);
            }
        while (kept.Next(a->Kept, 1));
    }

    static void Row<T>(T* x, T* y, in LoopNest nest) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double n = nest.Count, mean = 0, squares = 0;
        foreach (long at in new Positions(nest)) mean += double.CreateTruncating(x[at]) / n;
        foreach (long at in new Positions(nest))
        {
            double d = double.CreateTruncating(x[at]) - mean;
            squares += d * d;
        }
        double deviation = Math.Sqrt(squares / n) + 1e-9;
        foreach (long at in new Positions(nest)) y[at] = T.CreateTruncating((double.CreateTruncating(x[at]) - mean) / deviation);
    }

    /// <summary>Every offset of a nest's first operand.</summary>
    ref struct Positions(in LoopNest nest)
    {
        readonly ref readonly LoopNest _nest = ref nest;
        LoopCounter _counter;
        long _inner = -1;

        public readonly long Current => _counter.Offset(0) + _inner * _nest.Stride(0, _nest.Rank - 1);

        public readonly Positions GetEnumerator() => this;

        public bool MoveNext()
        {
            if (++_inner < _nest.Inner) return true;
            _inner = 0;
            return _counter.Next(_nest, 1);
        }
    }

    static class Families<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        static readonly string Type = ElementTypes.Of<T>().Short();
        public static readonly KernelFamily<LpNormArgs> Lp = new($"lpnorm.{Type}", "y = x / (Σ|x|^p)^(1/p), 0 where that is 0", &RunLpNorm<T>);
        public static readonly KernelFamily<LrnArgs> Lrn = new($"lrn.{Type}", "y = x / (bias + α/size · Σx²)^β over neighbouring channels", &RunLrn<T>);
        public static readonly KernelFamily<StandardizeArgs> Standardize = new($"standardize.{Type}", "y = (x − mean) / (deviation + 10⁻⁹)", &RunStandardize<T>);
    }

    readonly struct LpVisitor : IFloatVisitor<KernelFamily<LpNormArgs>>
    {
        public KernelFamily<LpNormArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => Families<T>.Lp;
    }

    readonly struct LrnVisitor : IFloatVisitor<KernelFamily<LrnArgs>>
    {
        public KernelFamily<LrnArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => Families<T>.Lrn;
    }

    readonly struct StandardizeVisitor : IFloatVisitor<KernelFamily<StandardizeArgs>>
    {
        public KernelFamily<StandardizeArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => Families<T>.Standardize;
    }
}
