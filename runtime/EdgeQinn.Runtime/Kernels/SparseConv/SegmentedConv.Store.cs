using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

// The way out of a bundle's sums: pooled, clamped and put in the order of time. Sum l·segment + j of a row lies in lane l of its vector j; pooling leaves
// 1 vector (in order), 2 (zipped) or a multiple of 4 (turned by squares of four).
static unsafe partial class SegmentedConv
{
    /// <summary>Writes the rows of <paramref name="order"/>, each a channel of y; those that do not fill all lanes by way of the scratch behind the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Store<V>(SegmentedConvArgs* a, int* order, float* y) where V : unmanaged, ILanes<V>
    {
        int pool = a->Pool, pooled = a->Segment / pool, outputs = a->Outputs / pool;
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        nint pitch = (nint)a->Segment * V.Count, step = (nint)pool * V.Count;
        float* source = a->Scratch, spare = source + a->Bundle * pitch;
        bool exact = outputs == pooled * V.Count;
        for (int r = 0; r < a->Bundle; r++, source += pitch)
        {
            if (order[r] < 0) continue;
            float* row = y + (nint)order[r] * outputs, to = exact ? row : spare;
            if (pooled == 1) V.Store(Pooled(source, pool, lo, hi), to);
            else if (pooled == 2)
            {
                V early = Pooled(source, pool, lo, hi), late = Pooled(source + step, pool, lo, hi);
                V.StoreFours(V.ZipLow(early, late), to, 8);
                V.StoreFours(V.ZipHigh(early, late), to + 4, 8);
            }
            else
                for (int j = 0; j < pooled; j += 4)
                {
                    float* from = source + j * step;
                    V v0 = Pooled(from, pool, lo, hi), v1 = Pooled(from + step, pool, lo, hi), v2 = Pooled(from + 2 * step, pool, lo, hi), v3 = Pooled(from + 3 * step, pool, lo, hi);
                    ConvTurn.Turn(ref v0, ref v1, ref v2, ref v3);
                    V.StoreFours(v0, to + j, 4 * pooled);
                    V.StoreFours(v1, to + j + pooled, 4 * pooled);
                    V.StoreFours(v2, to + j + 2 * pooled, 4 * pooled);
                    V.StoreFours(v3, to + j + 3 * pooled, 4 * pooled);
                }
            if (!exact) new Span<float>(to, outputs).CopyTo(new Span<float>(row, outputs));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Pooled<V>(float* source, int pool, V lo, V hi) where V : unmanaged, ILanes<V>
    {
        V best = V.Load(source);
        if (pool == 2) best = Lanes.Maximum(best, V.Load(source + V.Count));
        else
            for (int i = 1; i < pool; i++) best = Lanes.Maximum(best, V.Load(source + i * V.Count));
        return Lanes.Clamp(best, lo, hi);
    }
}
