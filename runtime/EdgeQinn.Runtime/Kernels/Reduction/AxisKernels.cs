using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Reduction;

/// <summary>y[o, i] = position along the axis of the extreme of x[o, ·, i], with x: [Outer, Axis, Inner].</summary>
unsafe struct ArgExtremeArgs
{
    public void* X;
    public long* Y;
    public long Outer, Axis, Inner;

    /// <summary>Of equal extremes the last rather than the first.</summary>
    public bool Last;
}

/// <summary>Running sums along an axis of x: [Outer, Axis, Inner]. y may be x.</summary>
unsafe struct CumulativeArgs
{
    public void* X, Y;
    public long Outer, Axis, Inner;
    public bool Exclusive, Reverse;
}

/// <summary>The K extremes along an axis of x: [Outer, Axis, Inner], best first; of equal ones the lower index.</summary>
unsafe struct TopKArgs
{
    public void* X, Values;

    /// <summary>Null where not wanted.</summary>
    public long* Indices;

    /// <summary>Room for K indices.</summary>
    public long* Scratch;

    public long Outer, Axis, Inner, K;
    public bool Largest;
}

/// <summary>What looks along one axis: extremes' positions, running sums, the best K. Plain loops for every number type.</summary>
static unsafe class AxisKernels
{
    public static KernelFamily<ArgExtremeArgs> ArgMax(ElementType type) => NumberTypes.Visit<ArgMaxVisitor, KernelFamily<ArgExtremeArgs>>(type, default);

    public static KernelFamily<ArgExtremeArgs> ArgMin(ElementType type) => NumberTypes.Visit<ArgMinVisitor, KernelFamily<ArgExtremeArgs>>(type, default);

    public static KernelFamily<CumulativeArgs> CumulativeSum(ElementType type) => NumberTypes.Visit<CumulativeVisitor, KernelFamily<CumulativeArgs>>(type, default);

    public static KernelFamily<TopKArgs> TopK(ElementType type) => NumberTypes.Visit<TopKVisitor, KernelFamily<TopKArgs>>(type, default);

    interface IOrder
    {
        static abstract bool Before<T>(T a, T b) where T : unmanaged, INumber<T>;
    }

    // NaN comes before everything, as it does in NumPy.
    readonly struct Descending : IOrder
    {
        public static bool Before<T>(T a, T b) where T : unmanaged, INumber<T> => a > b || (T.IsNaN(a) && !T.IsNaN(b));
    }

    readonly struct Ascending : IOrder
    {
        public static bool Before<T>(T a, T b) where T : unmanaged, INumber<T> => a < b || (T.IsNaN(a) && !T.IsNaN(b));
    }

    static void RunArg<TOrder, T>(ArgExtremeArgs* a) where TOrder : IOrder where T : unmanaged, INumber<T>
    {
        for (long o = 0; o < a->Outer; o++)
            for (long i = 0; i < a->Inner; i++)
            {
                T* x = (T*)a->X + o * a->Axis * a->Inner + i;
                long best = 0;
                for (long k = 1; k < a->Axis; k++)
                {
                    T value = x[k * a->Inner], champion = x[best * a->Inner];
                    if (a->Last ? !TOrder.Before(champion, value) : TOrder.Before(value, champion)) best = k;
                }
                a->Y[o * a->Inner + i] = best;
            }
    }

    static void RunCumulative<T>(CumulativeArgs* a) where T : unmanaged, INumber<T>
    {
        long first = a->Reverse ? a->Axis - 1 : 0, step = a->Reverse ? -1 : 1;
        for (long o = 0; o < a->Outer; o++)
            for (long i = 0; i < a->Inner; i++)
            {
                long start = o * a->Axis * a->Inner + i;
                T* x = (T*)a->X + start, y = (T*)a->Y + start;
                T sum = T.Zero;
                for (long k = first, left = a->Axis; left > 0; left--, k += step)
                {
                    T before = sum;
                    sum += x[k * a->Inner];
                    y[k * a->Inner] = a->Exclusive ? before : sum;
                }
            }
    }

    static void RunTopK<T>(TopKArgs* a) where T : unmanaged, INumber<T>
    {
        for (long o = 0; o < a->Outer; o++)
            for (long i = 0; i < a->Inner; i++)
            {
                T* x = (T*)a->X + o * a->Axis * a->Inner + i;
                if (a->Largest) Select<Descending, T>(a, x);
                else Select<Ascending, T>(a, x);
                for (long k = 0; k < a->K; k++)
                {
                    long at = (o * a->K + k) * a->Inner + i;
                    ((T*)a->Values)[at] = x[a->Scratch[k] * a->Inner];
                    if (a->Indices != null) a->Indices[at] = a->Scratch[k];
                }
            }
    }

    /// <summary>Keeps the best K so far in order; each candidate moves up past those it comes before.</summary>
    static void Select<TOrder, T>(TopKArgs* a, T* x) where TOrder : IOrder where T : unmanaged, INumber<T>
    {
        long* best = a->Scratch;
        long kept = 0;
        for (long candidate = 0; candidate < a->Axis; candidate++)
        {
            T value = x[candidate * a->Inner];
            long at = kept < a->K ? kept++ : a->K;
            if (at == a->K && (a->K == 0 || !TOrder.Before(value, x[best[--at] * a->Inner]))) continue;
            for (; at > 0 && TOrder.Before(value, x[best[at - 1] * a->Inner]); at--) best[at] = best[at - 1];
            best[at] = candidate;
        }
    }

    static class Families<T> where T : unmanaged, INumber<T>
    {
        static readonly string Type = ElementTypes.Of<T>().Short();
        public static readonly KernelFamily<ArgExtremeArgs> ArgMax = new($"argmax.{Type}", "y = argmax x along the axis", &RunArg<Descending, T>);
        public static readonly KernelFamily<ArgExtremeArgs> ArgMin = new($"argmin.{Type}", "y = argmin x along the axis", &RunArg<Ascending, T>);
        public static readonly KernelFamily<CumulativeArgs> Cumulative = new($"cumsum.{Type}", "y[k] = Σ x[j ≤ k] along the axis", &RunCumulative<T>);
        public static readonly KernelFamily<TopKArgs> TopK = new($"topk.{Type}", "the K extremes along the axis, in order", &RunTopK<T>);
    }

    readonly struct ArgMaxVisitor : INumberVisitor<KernelFamily<ArgExtremeArgs>>
    {
        public KernelFamily<ArgExtremeArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Families<T>.ArgMax;
    }

    readonly struct ArgMinVisitor : INumberVisitor<KernelFamily<ArgExtremeArgs>>
    {
        public KernelFamily<ArgExtremeArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Families<T>.ArgMin;
    }

    readonly struct CumulativeVisitor : INumberVisitor<KernelFamily<CumulativeArgs>>
    {
        public KernelFamily<CumulativeArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Families<T>.Cumulative;
    }

    readonly struct TopKVisitor : INumberVisitor<KernelFamily<TopKArgs>>
    {
        public KernelFamily<TopKArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Families<T>.TopK;
    }
}
