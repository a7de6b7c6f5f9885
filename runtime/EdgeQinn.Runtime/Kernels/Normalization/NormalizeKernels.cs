using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Normalization;

/// <summary>
/// Rows of <see cref="Inner"/> elements, each normalised by its own statistics:
/// y[r, i] = (x[r, i] − mean_r) / √(variance_r + ε) · scale[p] + bias[p], p = (r mod ScaleRows) · (Inner / ScaleRun) + ⌊i / ScaleRun⌋.
/// So a layer norm has ScaleRows = 1, ScaleRun = 1; an instance norm ScaleRows = C, ScaleRun = Inner; a group norm both between.
/// y may be x.
/// </summary>
unsafe struct NormalizeArgs
{
    public void* X, Y;

    /// <summary>Null for 1 and 0.</summary>
    public void* Scale, Bias;

    /// <summary>One per row, where wanted.</summary>
    public void* Mean, InverseDeviation;

    public long Rows, Inner, ScaleRows, ScaleRun;
    public float Epsilon;

    /// <summary>Root mean square instead of standard deviation: the mean counts as 0.</summary>
    public bool AroundZero;
}

/// <summary>Layer, instance, group and root-mean-square normalisation.</summary>
static unsafe class NormalizeKernels
{
    public static KernelFamily<NormalizeArgs> Get(ElementType type) =>
        type == ElementType.Float32 ? Float32 : NumberTypes.VisitFloat<Visitor, KernelFamily<NormalizeArgs>>(type, default);

    const string Contract = "y = (x − mean) / √(variance + ε) · scale + bias, row by row";

    static KernelFamily<NormalizeArgs> Float32 { get; } = new KernelFamily<NormalizeArgs>("normalize.f32", Contract, &Run<float>)
        .With(Isa.Vector128, &NormalizeLanes.Run<Lanes4>).With(Isa.Avx2, Cpu.HasAvx2 ? &NormalizeLanes.Run<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &NormalizeLanes.Run<Lanes16> : null);

    static void Run<T>(NormalizeArgs* a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        long n = a->Inner, scalesPerRow = n / Math.Max(a->ScaleRun, 1);
        for (long r = 0; r < a->Rows; r++)
        {
            T* x = (T*)a->X + r * n, y = (T*)a->Y + r * n;
            double mean = 0, squares = 0;
            if (!a->AroundZero)
            {
                for (long i = 0; i < n; i++) mean += double.CreateTruncating(x[i]);
                mean /= n;
            }
            for (long i = 0; i < n; i++)
            {
                double d = double.CreateTruncating(x[i]) - mean;
                squares += d * d;
            }
            double inverse = 1 / Math.Sqrt(squares / n + a->Epsilon);
            if (a->Mean != null) ((T*)a->Mean)[r] = T.CreateTruncating(mean);
            if (a->InverseDeviation != null) ((T*)a->InverseDeviation)[r] = T.CreateTruncating(inverse);
            long first = r % a->ScaleRows * scalesPerRow;
            for (long i = 0; i < n; i++)
            {
                long p = first + i / a->ScaleRun;
                double value = (double.CreateTruncating(x[i]) - mean) * inverse;
                if (a->Scale != null) value *= double.CreateTruncating(((T*)a->Scale)[p]);
                if (a->Bias != null) value += double.CreateTruncating(((T*)a->Bias)[p]);
                y[i] = T.CreateTruncating(value);
            }
        }
    }

    static class Family<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static readonly KernelFamily<NormalizeArgs> Value = new($"normalize.{ElementTypes.Of<T>().Short()}", Contract, &Run<T>);
    }

    readonly struct Visitor : IFloatVisitor<KernelFamily<NormalizeArgs>>
    {
        public KernelFamily<NormalizeArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => Family<T>.Value;
    }
}
