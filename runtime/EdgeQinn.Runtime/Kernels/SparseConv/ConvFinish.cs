using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The way out of a convolution's scratch: pooled, or cut to the outputs there are.</summary>
static unsafe class ConvFinish
{
    /// <summary>y[t] = max of source[t·pool … (t+1)·pool) for each whole window of <paramref name="count"/> values. The source is readable in whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<V>(float* source, int count, int pool, float* y) where V : unmanaged, ILanes<V>
    {
        int outputs = count / pool, t = 0;
        if (pool == 1)
        {
            for (; t + V.Count <= outputs; t += V.Count) V.Store(V.Load(source + t), y + t);
            if (t < outputs) V.StoreFirst(V.Load(source + t), y + t, outputs - t);
            return;
        }
        if (pool == 2)
            for (; t + V.Count <= outputs; t += V.Count)
            {
                V early = V.Load(source + 2 * t), late = V.Load(source + 2 * t + V.Count);
                V.Store(Lanes.Maximum(V.Evens(early, late), V.Odds(early, late)), y + t);
            }
        for (; t < outputs; t++)
        {
            float best = source[t * pool];
            for (int i = 1; i < pool; i++) best = MathF.Max(best, source[t * pool + i]);
            y[t] = best;
        }
    }
}
