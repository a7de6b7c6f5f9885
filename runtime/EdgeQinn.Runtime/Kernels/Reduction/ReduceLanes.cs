using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Reduction;

/// <summary>A reduction on vectors of float32: lanes fold on their own and are joined at the end.</summary>
interface ILanesReduction : IReduction
{
    /// <summary>One step in every lane.</summary>
    static abstract V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V>;

    /// <summary>The folds of two partial folds in every lane.</summary>
    static abstract V Join<V>(V a, V b) where V : unmanaged, ILanes<V>;

    /// <summary>The fold of two partial folds.</summary>
    static abstract float Join(float a, float b);

    /// <summary>The results for <paramref name="count"/> elements in every lane.</summary>
    static virtual V FinishLanes<V>(V sum, V count) where V : unmanaged, ILanes<V> => sum;
}

/// <summary>
/// Reductions of float32 where memory runs with the lanes: along contiguous rows (lane i folds elements i, i + lanes, …), or across rows (lane i
/// folds what becomes output i). Anything else goes through the plain loops.
/// </summary>
static unsafe class ReduceLanes
{
    public static void Run<TOp, V>(ReduceArgs* args) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        ref readonly LoopNest kept = ref args->Kept, reduced = ref args->Reduced;
        if (kept.Count == 0) return;
        if (reduced.Stride(0, reduced.Rank - 1) == 1) Along<TOp, V>(args);
        else if (kept.Stride(0, kept.Rank - 1) == 1 && kept.Stride(1, kept.Rank - 1) == 1) Across<TOp, V>(args);
        else ReduceKernels.Run<TOp, float, double>(args);
    }

    static void Along<TOp, V>(ReduceArgs* args) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        ref readonly LoopNest kept = ref args->Kept;
        long strideX = kept.Stride(0, kept.Rank - 1), strideY = kept.Stride(1, kept.Rank - 1);
        V count = V.Create(args->Reduced.Count);
        var at = new LoopCounter();
        do
        {
            float* x = (float*)args->X + at.Offset(0), y = (float*)args->Y + at.Offset(1);
            for (long i = 0; i < kept.Inner; i++) V.StoreFirst(TOp.FinishLanes(V.Create(Fold<TOp, V>(x + i * strideX, args->Reduced)), count), y + i * strideY, 1);
        }
        while (at.Next(kept, 2));
    }

    static float Fold<TOp, V>(float* x, in LoopNest nest) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        // Four vectors hide the latency of a step; what is left of a row goes into a scalar of its own.
        V s0 = V.Create((float)TOp.Start<double>()), s1 = s0, s2 = s0, s3 = s0;
        double rest = TOp.Start<double>();
        long n = nest.Inner;
        var at = new LoopCounter();
        do
        {
            float* row = x + at.Offset(0);
            long i = 0;
            for (; i <= n - 4 * V.Count; i += 4 * V.Count)
            {
                s0 = TOp.StepLanes(s0, V.Load(row + i));
                s1 = TOp.StepLanes(s1, V.Load(row + i + V.Count));
                s2 = TOp.StepLanes(s2, V.Load(row + i + 2 * V.Count));
                s3 = TOp.StepLanes(s3, V.Load(row + i + 3 * V.Count));
            }
            for (; i <= n - V.Count; i += V.Count) s0 = TOp.StepLanes(s0, V.Load(row + i));
            for (; i < n; i++) rest = TOp.Step(rest, (double)row[i]);
        }
        while (at.Next(nest, 1));

        float* lanes = stackalloc float[V.Count];
        V.Store(TOp.Join(TOp.Join(s0, s1), TOp.Join(s2, s3)), lanes);
        float sum = (float)rest;
        for (int i = 0; i < V.Count; i++) sum = TOp.Join(sum, lanes[i]);
        return sum;
    }

    static void Across<TOp, V>(ReduceArgs* args) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        ref readonly LoopNest kept = ref args->Kept, reduced = ref args->Reduced;
        V count = V.Create(reduced.Count), start = V.Create((float)TOp.Start<double>());
        long stride = reduced.Stride(0, reduced.Rank - 1), steps = reduced.Inner;
        var at = new LoopCounter();
        do
        {
            float* x = (float*)args->X + at.Offset(0), y = (float*)args->Y + at.Offset(1);
            for (long i = 0; i < kept.Inner; i += V.Count)
            {
                int lanes = (int)Math.Min(V.Count, kept.Inner - i);
                V sum = start;
                var along = new LoopCounter();
                do
                {
                    float* column = x + i + along.Offset(0);
                    if (lanes == V.Count)
                        for (long k = 0; k < steps; k++) sum = TOp.StepLanes(sum, V.Load(column + k * stride));
                    else
                        for (long k = 0; k < steps; k++) sum = TOp.StepLanes(sum, V.LoadFirst(column + k * stride, lanes));
                }
                while (along.Next(reduced, 1));
                sum = TOp.FinishLanes(sum, count);
                if (lanes == V.Count) V.Store(sum, y + i);
                else V.StoreFirst(sum, y + i, lanes);
            }
        }
        while (at.Next(kept, 2));
    }
}
