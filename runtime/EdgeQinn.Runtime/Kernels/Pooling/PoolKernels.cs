using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Pooling;

/// <summary>Pools: plain for every type and any geometry, vectors for float32. Only the plain ones find positions.</summary>
static unsafe class PoolKernels
{
    public static KernelFamily<PoolArgs> Max(ElementType type) =>
        type == ElementType.Float32 ? Max32 : NumberTypes.Visit<MaxVisitor, KernelFamily<PoolArgs>>(type, default);

    public static KernelFamily<PoolArgs> Average(ElementType type) =>
        type == ElementType.Float32 ? Average32 : NumberTypes.VisitFloat<AverageVisitor, KernelFamily<PoolArgs>>(type, default);

    public static KernelFamily<PoolArgs> Lp(ElementType type) => NumberTypes.VisitFloat<LpVisitor, KernelFamily<PoolArgs>>(type, default);

    static KernelFamily<PoolArgs> Max32 { get; } = MaxFamily<float>.Create()
        .With(Isa.Vector128, &PoolLanes.Run<MaxJoin, Lanes4>).With(Isa.Avx2, Cpu.HasAvx2 ? &PoolLanes.Run<MaxJoin, Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &PoolLanes.Run<MaxJoin, Lanes16> : null);

    static KernelFamily<PoolArgs> Average32 { get; } = FloatFamilies<float>.CreateAverage()
        .With(Isa.Vector128, &PoolLanes.Run<MeanJoin, Lanes4>).With(Isa.Avx2, Cpu.HasAvx2 ? &PoolLanes.Run<MeanJoin, Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &PoolLanes.Run<MeanJoin, Lanes16> : null);

    /// <summary>What one window of elements becomes.</summary>
    interface IWindow<T> where T : unmanaged
    {
        void Add(PoolArgs* args, T value, long position);

        T Result(PoolArgs* args);

        /// <summary>Where the result came from.</summary>
        long Position { get; }
    }

    static void Run<TWindow, T>(PoolArgs* a) where TWindow : struct, IWindow<T> where T : unmanaged
    {
        T* x = (T*)a->X, y = (T*)a->Y;
        long output = 0;
        for (long plane = 0; plane < a->Planes; plane++, x += a->InPlane)
            for (int o0 = 0; o0 < a->Out[0]; o0++)
                for (int o1 = 0; o1 < a->Out[1]; o1++)
                    for (int o2 = 0; o2 < a->Out[2]; o2++, output++)
                    {
                        var window = Collect<TWindow, T>(a, x, a->Taps(0, o0), a->Taps(1, o1), a->Taps(2, o2));
                        y[output] = window.Result(a);
                        if (a->Indices != null) a->Indices[output] = plane * a->InPlane + window.Position;
                    }
    }

    static TWindow Collect<TWindow, T>(PoolArgs* a, T* x, PoolArgs.TapRange r0, PoolArgs.TapRange r1, PoolArgs.TapRange r2)
        where TWindow : struct, IWindow<T> where T : unmanaged
    {
        var window = new TWindow();
        for (int k0 = r0.From; k0 < r0.To; k0++)
            for (int k1 = r1.From; k1 < r1.To; k1++)
                for (int k2 = r2.From; k2 < r2.To; k2++)
                {
                    long i0 = r0.Start + k0 * a->Dilation[0], i1 = r1.Start + k1 * a->Dilation[1], i2 = r2.Start + k2 * a->Dilation[2];
                    long position = (i0 * a->In[1] + i1) * a->In[2] + i2;
                    window.Add(a, x[position], a->ColumnMajorIndices ? (i2 * a->In[1] + i1) * a->In[0] + i0 : position);
                }
        return window;
    }

    /// <summary>The first of the greatest; NaN as soon as there is one.</summary>
    struct MaxWindow<T> : IWindow<T> where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        bool _any;
        T _value;

        public long Position { get; private set; }

        public void Add(PoolArgs* args, T value, long position)
        {
            if (_any && !(value > _value) && !(T.IsNaN(value) && !T.IsNaN(_value))) return;
            (_any, _value, Position) = (true, value, position);
        }

        // A window that covers padding alone is the least number there is.
        public readonly T Result(PoolArgs* args) => _any ? _value : T.CreateSaturating(double.NegativeInfinity);
    }

    struct AverageWindow<T> : IWindow<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        double _sum;
        int _count;

        public readonly long Position => 0;

        public void Add(PoolArgs* args, T value, long position)
        {
            _sum += double.CreateTruncating(value);
            _count++;
        }

        public readonly T Result(PoolArgs* args)
        {
            int n = args->CountPadding ? args->WindowTaps : _count;
            return n > 0 ? T.CreateTruncating(_sum / n) : T.Zero;
        }
    }

    struct LpWindow<T> : IWindow<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        double _sum;

        public readonly long Position => 0;

        public void Add(PoolArgs* args, T value, long position) => _sum += Math.Pow(Math.Abs(double.CreateTruncating(value)), args->P);

        public readonly T Result(PoolArgs* args) => T.CreateTruncating(Math.Pow(_sum, 1.0 / args->P));
    }

    static KernelFamily<PoolArgs> Family<TWindow, T>(string name, string formula) where TWindow : struct, IWindow<T> where T : unmanaged =>
        new($"{name}.{ElementTypes.Of<T>().Short()}", formula, &Run<TWindow, T>);

    static class MaxFamily<T> where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        public static readonly KernelFamily<PoolArgs> Value = Create();

        public static KernelFamily<PoolArgs> Create() => Family<MaxWindow<T>, T>("maxpool", "y[o] = max x[window o]");
    }

    static class FloatFamilies<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static readonly KernelFamily<PoolArgs> Average = CreateAverage();
        public static readonly KernelFamily<PoolArgs> Lp = Family<LpWindow<T>, T>("lppool", "y[o] = (Σ|x[window o]|^p)^(1/p)");

        public static KernelFamily<PoolArgs> CreateAverage() => Family<AverageWindow<T>, T>("averagepool", "y[o] = mean x[window o]");
    }

    readonly struct MaxVisitor : INumberVisitor<KernelFamily<PoolArgs>>
    {
        public KernelFamily<PoolArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => MaxFamily<T>.Value;
    }

    readonly struct AverageVisitor : IFloatVisitor<KernelFamily<PoolArgs>>
    {
        public KernelFamily<PoolArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => FloatFamilies<T>.Average;
    }

    readonly struct LpVisitor : IFloatVisitor<KernelFamily<PoolArgs>>
    {
        public KernelFamily<PoolArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => FloatFamilies<T>.Lp;
    }
}
