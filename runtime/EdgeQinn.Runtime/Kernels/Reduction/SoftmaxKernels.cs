using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Reduction;

/// <summary>x and y: [Outer, Axis, Inner]; every (outer, inner) is one distribution. y may be x.</summary>
unsafe struct SoftmaxArgs
{
    public void* X, Y;
    public long Outer, Axis, Inner;
}

static unsafe class SoftmaxKernels
{
    public static KernelFamily<SoftmaxArgs> Softmax(ElementType type) => type == ElementType.Float32 ? Softmax32 : Get<Softmaximum>(type);

    public static KernelFamily<SoftmaxArgs> LogSoftmax(ElementType type) => type == ElementType.Float32 ? LogSoftmax32 : Get<LogSoftmaximum>(type);

    public static KernelFamily<SoftmaxArgs> Hardmax(ElementType type) => Get<Hardmaximum>(type);

    static KernelFamily<SoftmaxArgs> Get<TRow>(ElementType type) where TRow : IRow =>
        NumberTypes.VisitFloat<Visitor<TRow>, KernelFamily<SoftmaxArgs>>(type, default);

    static KernelFamily<SoftmaxArgs> Softmax32 { get; } = Family<Softmaximum, float>.Create()
        .With(Isa.Vector128, &SoftmaxLanes.Softmax<Lanes4>).With(Isa.Avx2, Cpu.HasAvx2 ? &SoftmaxLanes.Softmax<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &SoftmaxLanes.Softmax<Lanes16> : null);

    static KernelFamily<SoftmaxArgs> LogSoftmax32 { get; } = Family<LogSoftmaximum, float>.Create()
        .With(Isa.Vector128, &SoftmaxLanes.LogSoftmax<Lanes4>).With(Isa.Avx2, Cpu.HasAvx2 ? &SoftmaxLanes.LogSoftmax<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &SoftmaxLanes.LogSoftmax<Lanes16> : null);

    interface IRow
    {
        static abstract string Name { get; }
        static abstract string Formula { get; }
        static abstract void Run<T>(T* x, T* y, long n, long stride, long first, double maximum) where T : unmanaged, IFloatingPointIeee754<T>;
    }

    static void Run<TRow, T>(SoftmaxArgs* a) where TRow : IRow where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long o = 0; o < a->Outer; o++)
            for (long i = 0; i < a->Inner; i++)
            {
                T* x = (T*)a->X + o * a->Axis * a->Inner + i, y = (T*)a->Y + o * a->Axis * a->Inner + i;
                long first = 0;
                for (long k = 1; k < a->Axis; k++)
                    if (x[k * a->Inner] > x[first * a->Inner] || (T.IsNaN(x[k * a->Inner]) && !T.IsNaN(x[first * a->Inner]))) first = k;
                if (a->Axis > 0) TRow.Run(x, y, a->Axis, a->Inner, first, double.CreateTruncating(x[first * a->Inner]));
            }
    }

    static double SumOfExponentials<T>(T* x, long n, long stride, double maximum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        for (long k = 0; k < n; k++) sum += Math.Exp(double.CreateTruncating(x[k * stride]) - maximum);
        return sum;
    }

    readonly struct Softmaximum : IRow
    {
        public static string Name => "softmax";
        public static string Formula => "y = e^(x − max) / Σ e^(x − max)";

        public static void Run<T>(T* x, T* y, long n, long stride, long first, double maximum) where T : unmanaged, IFloatingPointIeee754<T>
        {
            double sum = SumOfExponentials(x, n, stride, maximum);
            for (long k = 0; k < n; k++) y[k * stride] = T.CreateTruncating(Math.Exp(double.CreateTruncating(x[k * stride]) - maximum) / sum);
        }
    }

    readonly struct LogSoftmaximum : IRow
    {
        public static string Name => "logsoftmax";
        public static string Formula => "y = x − max − ln Σ e^(x − max)";

        public static void Run<T>(T* x, T* y, long n, long stride, long first, double maximum) where T : unmanaged, IFloatingPointIeee754<T>
        {
            double shift = maximum + Math.Log(SumOfExponentials(x, n, stride, maximum));
            for (long k = 0; k < n; k++) y[k * stride] = T.CreateTruncating(double.CreateTruncating(x[k * stride]) - shift);
        }
    }

    readonly struct Hardmaximum : IRow
    {
        public static string Name => "hardmax";
        public static string Formula => "y = 1 at the first maximum (NaN counts as one), else 0";

        public static void Run<T>(T* x, T* y, long n, long stride, long first, double maximum) where T : unmanaged, IFloatingPointIeee754<T>
        {
            for (long k = 0; k < n; k++) y[k * stride] = k == first ? T.One : T.Zero;
        }
    }

    static class Family<TRow, T> where TRow : IRow where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static readonly KernelFamily<SoftmaxArgs> Value = Create();

        public static KernelFamily<SoftmaxArgs> Create() => new($"{TRow.Name}.{ElementTypes.Of<T>().Short()}", TRow.Formula, &Run<TRow, T>);
    }

    readonly struct Visitor<TRow> : IFloatVisitor<KernelFamily<SoftmaxArgs>> where TRow : IRow
    {
        public KernelFamily<SoftmaxArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => Family<TRow, T>.Value;
    }
}
