using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Resampling;

/// <summary>
/// y[o, j, i] = Σ_t Weights[j, t] · x[o, Positions[j, t], i] with x: [Outer, In, Inner], y: [Outer, Out, Inner]; a first position below 0 makes
/// the whole row <see cref="Outside"/>.
/// </summary>
unsafe struct ResampleArgs
{
    public void* X, Y;
    public int* Positions;
    public double* Weights;
    public long Outer, In, Out, Inner, Taps;
    public float Outside;
}

/// <summary>One axis of linear or cubic interpolation.</summary>
static unsafe class ResampleKernels
{
    public static KernelFamily<ResampleArgs> Get(ElementType type) => NumberTypes.VisitFloat<Visitor, KernelFamily<ResampleArgs>>(type, default);

    static void Run<T>(ResampleArgs* a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* y = (T*)a->Y;
        for (long o = 0; o < a->Outer; o++)
        {
            T* x = (T*)a->X + o * a->In * a->Inner;
            for (long j = 0; j < a->Out; j++)
            {
                int* positions = a->Positions + j * a->Taps;
                double* weights = a->Weights + j * a->Taps;
                for (long i = 0; i < a->Inner; i++)
                {
                    double sum = 0;
                    for (long t = 0; t < a->Taps && positions[0] >= 0; t++) sum += weights[t] * double.CreateTruncating(x[positions[t] * a->Inner + i]);
                    *y++ = positions[0] >= 0 ? T.CreateTruncating(sum) : T.CreateTruncating(a->Outside);
                }
            }
        }
    }

    static class Family<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static readonly KernelFamily<ResampleArgs> Value =
            new($"resample.{ElementTypes.Of<T>().Short()}", "y[o, j, i] = Σ_t w[j, t] · x[o, p[j, t], i]", &Run<T>);
    }

    readonly struct Visitor : IFloatVisitor<KernelFamily<ResampleArgs>>
    {
        public KernelFamily<ResampleArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => Family<T>.Value;
    }
}
