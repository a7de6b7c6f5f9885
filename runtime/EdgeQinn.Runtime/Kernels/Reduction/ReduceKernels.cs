using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Elementwise;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Reduction;

/// <summary>y[kept] = f over x[kept, reduced], which are not none. Operands of Kept: x, y; of Reduced: x.</summary>
unsafe struct ReduceArgs
{
    public void* X, Y;
    public LoopNest Kept, Reduced;
}

/// <summary>A reduction as a fold. A is double for floating point, else a 64-bit integer.</summary>
interface IReduction : INamedOperation
{
    /// <summary>Whether the elements are taken relative to their maximum, so that nothing overflows.</summary>
    static virtual bool RelativeToMaximum => false;

    static abstract A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A>;
    static abstract A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A>;

    /// <summary>The result for <paramref name="count"/> elements; <paramref name="maximum"/> is 0 unless they were taken relative to it.</summary>
    static abstract A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A>;
}

/// <summary>The kernels of reductions: one plain loop nest for every type, vectors for float32.</summary>
static unsafe class ReduceKernels
{
    public static KernelFamily<ReduceArgs> Get<TOp>(ElementType type) where TOp : IReduction =>
        NumberTypes.Visit<Visitor<TOp>, KernelFamily<ReduceArgs>>(type, default);

    /// <summary>As <see cref="Get"/>, with vectors for float32.</summary>
    public static KernelFamily<ReduceArgs> Vectorized<TOp>(ElementType type) where TOp : ILanesReduction =>
        type == ElementType.Float32 ? LanesFamily<TOp>.Float32 : Get<TOp>(type);

    /// <summary>The plain loops.</summary>
    public static void Run<TOp, T, A>(ReduceArgs* args)
        where TOp : IReduction where T : unmanaged, INumber<T>, IMinMaxValue<T> where A : unmanaged, INumber<A>, IMinMaxValue<A>
    {
        if (args->Kept.Count == 0) return;
        long innerX = args->Kept.Stride(0, args->Kept.Rank - 1), innerY = args->Kept.Stride(1, args->Kept.Rank - 1);
        var at = new LoopCounter();
        do
        {
            T* x = (T*)args->X + at.Offset(0), y = (T*)args->Y + at.Offset(1);
            for (long i = 0; i < args->Kept.Inner; i++) y[i * innerY] = T.CreateTruncating(Fold<TOp, T, A>(x + i * innerX, args->Reduced));
        }
        while (at.Next(args->Kept, 2));
    }

    static A Fold<TOp, T, A>(T* x, in LoopNest nest)
        where TOp : IReduction where T : unmanaged, INumber<T> where A : unmanaged, INumber<A>, IMinMaxValue<A>
    {
        A shift = TOp.RelativeToMaximum ? LogSumExp.FiniteShift(Fold<Maximum, T, A>(x, nest)) : A.Zero;
        A sum = TOp.Start<A>();
        long count = nest.Count, stride = nest.Stride(0, nest.Rank - 1);
        var at = new LoopCounter();
        do
        {
            T* row = x + at.Offset(0);
            for (long i = 0; i < nest.Inner; i++) sum = TOp.Step(sum, A.CreateTruncating(row[i * stride]) - shift);
        }
        while (at.Next(nest, 1));
        return TOp.Finish(sum, count, shift);
    }

    static class Family<TOp, T, A>
        where TOp : IReduction where T : unmanaged, INumber<T>, IMinMaxValue<T> where A : unmanaged, INumber<A>, IMinMaxValue<A>
    {
        public static readonly KernelFamily<ReduceArgs> Value = new($"{TOp.Name}.{ElementTypes.Of<T>().Short()}", $"y = {TOp.Formula}", &Run<TOp, T, A>);
    }

    static class LanesFamily<TOp> where TOp : ILanesReduction
    {
        public static readonly KernelFamily<ReduceArgs> Float32 = new KernelFamily<ReduceArgs>($"{TOp.Name}.f32", $"y = {TOp.Formula}", &Run<TOp, float, double>)
            .With(Isa.Vector128, &ReduceLanes.Run<TOp, Lanes4>)
            .With(Isa.Avx2, Cpu.HasAvx2 ? &ReduceLanes.Run<TOp, Lanes8> : null)
            .With(Isa.Avx512, Cpu.HasAvx512 ? &ReduceLanes.Run<TOp, Lanes16> : null);
    }

    readonly struct Visitor<TOp> : INumberVisitor<KernelFamily<ReduceArgs>> where TOp : IReduction
    {
        public KernelFamily<ReduceArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> =>
            // Exponentials are no integers, and differences from the maximum are negative.
            typeof(T) == typeof(float) || TOp.RelativeToMaximum ? Family<TOp, T, double>.Value : Family<TOp, T, T>.Value;
    }
}
