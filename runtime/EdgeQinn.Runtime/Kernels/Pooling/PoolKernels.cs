using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Pooling;

/// <summary>The plain pools, for every type and any geometry.</summary>
static unsafe class PoolKernels
{
    public static KernelFamily<PoolArgs> Max(ElementType type) => NumberTypes.Visit<MaxVisitor, KernelFamily<PoolArgs>>(type, default);

    public static KernelFamily<PoolArgs> Average(ElementType type) => NumberTypes.VisitFloat<AverageVisitor, KernelFamily<PoolArgs>>(type, default);

    public static KernelFamily<PoolArgs> Lp(ElementType type) => NumberTypes.VisitFloat<LpVisitor, KernelFamily<PoolArgs>>(type, default);

    /// <summary>A window's result from the elements in it.</summary>
    interface IWindow<T> where T : unmanaged
    {
        void Add(T value, long position);
        void Write(PoolArgs* args, T* y, long* index, int paddedTaps);
    }

    static void Run<TWindow, T>(PoolArgs* a) where TWindow : struct, IWindow<T> where T : unmanaged
    {
        T* x = (T*)a->X, y = (T*)a->Y;
        long* index = a->Indices;
        for (long plane = 0; plane < a->Planes; plane++, x += a->InPlane)
            for (int o0 = 0; o0 < a->Out[0]; o0++)
                for (int o1 = 0; o1 < a->Out[1]; o1++)
                    for (int o2 = 0; o2 < a->Out[2]; o2++, y++)
                    {
                        var window = Collect<TWindow, T>(a, x, plane * a->InPlane, a->Taps(0, o0), a->Taps(1, o1), a->Taps(2, o2));
                        window.Write(a, y, index, a->PaddedTaps(0, o0) * a->PaddedTaps(1, o1) * a->PaddedTaps(2, o2));
                        if (index != null) index++;
                    }
    }

    static TWindow Collect<TWindow, T>(PoolArgs* a, T* x, long first, (int From, int To, int Start) t0, (int From, int To, int Start) t1, (int From, int To, int Start) t2)
        where TWindow : struct, IWindow<T> where T : unmanaged
    {
        var window = new TWindow();
        for (int k0 = t0.From; k0 < t0.To; k0++)
            for (int k1 = t1.From; k1 < t1.To; k1++)
                for (int k2 = t2.From; k2 < t2.To; k2++)
                {
                    long i0 = t0.Start + k0 * a->Dilation[0], i1 = t1.Start + k1 * a->Dilation[1], i2 = t2.Start + k2 * a->Dilation[2];
                    long position = a->ColumnMajorIndices ? (i2 * a->In[1] + i1) * a->In[0] + i0 : (i0 * a->In[1] + i1) * a->In[2] + i2;
                    window.Add(x[(i0 * a->In[1] + i1) * a->In[2] + i2], first + position);
                }
        return window;
    }

    /// <summary>The first of the greatest; NaN once there is one.</summary>
    struct MaxWindow<T> : IWindow<T> where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        bool _any;
        T _value;
        long _position;

        public void Add(T value, long position)
        {
            if (_any && !(value > _value) && (!T.IsNaN(value) || T.IsNaN(_value))) return;
            (_any, _value, _position) = (true, value, position);
        }

        public readonly void Write(PoolArgs* args, T* y, long* index, int paddedTaps)
        {
            *y = _any ? _value : T.IsNegative(T.MinValue) && T.MinValue + T.MinValue == T.MinValue ? T.MinValue : T.MinValue;
            if (index != null) *index = _any ? _position : 0;
        }
    }

    struct AverageWindow<T> : IWindow<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        double _sum;
        int _count;

        public void Add(T value, long position)
        {
            _sum += double.CreateTruncating(value);
            _count++;
        }

        public readonly void Write(PoolArgs* args, T* y, long* index, int paddedTaps)
        {
            int n = args->CountPadding ? paddedTaps : _count;
            *y = n > 0 ? T.CreateTruncating(_sum / n) : T.Zero;
        }
    }

    struct LpWindow<T> : IWindow<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        readonly List<T>? _none;

        public void Add(T value, long position) { }

        public readonly void Write(PoolArgs* args, T* y, long* index, int paddedTaps) { }
    }

    readonly struct MaxVisitor : INumberVisitor<KernelFamily<PoolArgs>>
    {
        public KernelFamily<PoolArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => MaxFamily<T>.Value;
    }
}
