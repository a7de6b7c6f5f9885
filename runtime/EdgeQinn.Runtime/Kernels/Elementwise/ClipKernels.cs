using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>y = min(max(x, *Min), *Max); a null bound is none. y may be x.</summary>
unsafe struct ClipArgs
{
    public void* X, Min, Max, Y;
    public long Count;
}

static unsafe class ClipKernels
{
    const string Contract = "y = min(max(x, lower), upper), NaN for NaN";

    public static KernelFamily<ClipArgs> Get(ElementType type) =>
        type == ElementType.Float32 ? Float32 : NumberTypes.Visit<Visitor, KernelFamily<ClipArgs>>(type, default);

    static KernelFamily<ClipArgs> Float32 { get; } = new KernelFamily<ClipArgs>("clip.f32", Contract, &Run<float>)
        .With(Isa.Vector128, &RunLanes<Lanes4>).With(Isa.Avx2, Cpu.HasAvx2 ? &RunLanes<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &RunLanes<Lanes16> : null);

    static void Run<T>(ClipArgs* a) where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        T* x = (T*)a->X, y = (T*)a->Y, min = (T*)a->Min, max = (T*)a->Max;
        for (long i = 0; i < a->Count; i++)
        {
            T value = x[i];
            if (min != null && value < *min) value = *min;
            if (max != null && value > *max) value = *max;
            y[i] = value;
        }
    }

    static void RunLanes<V>(ClipArgs* a) where V : unmanaged, ILanes<V>
    {
        float* x = (float*)a->X, y = (float*)a->Y;
        V min = V.Create(a->Min != null ? *(float*)a->Min : float.NegativeInfinity), max = V.Create(a->Max != null ? *(float*)a->Max : float.PositiveInfinity);
        long i = 0, n = a->Count;
        for (; i <= n - V.Count; i += V.Count) V.Store(V.Min(max, V.Max(min, V.Load(x + i))), y + i);
        if (i < n) V.StoreFirst(V.Min(max, V.Max(min, V.LoadFirst(x + i, (int)(n - i)))), y + i, (int)(n - i));
    }

    static class Family<T> where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        public static readonly KernelFamily<ClipArgs> Value = new($"clip.{ElementTypes.Of<T>().Short()}", Contract, &Run<T>);
    }

    readonly struct Visitor : INumberVisitor<KernelFamily<ClipArgs>>
    {
        public KernelFamily<ClipArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Family<T>.Value;
    }
}
