using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The way out of a kernel that has channels on its lanes: max-pool, clamp and turn [position, channel] into [channel, position].</summary>
static unsafe class ConvTurn
{
    /// <summary>In place s[t·block + r] = clamp(max_i s[(t·pool + i)·block + r]) for t &lt; count, r &lt; block; NaN where any is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PoolAndClamp<V>(float* s, int block, int count, int pool, float lo, float hi) where V : unmanaged, ILanes<V>
    {
        V low = V.Create(lo), high = V.Create(hi);
        float* from = s;
        for (int t = 0; t < count; t++, from += (pool - 1) * block)
            for (float* end = s + block; s < end; s += V.Count, from += V.Count)
            {
                V max = V.Load(from);
                for (int i = 1; i < pool; i++) max = Lanes.Maximum(max, V.Load(from + i * block));
                V.Store(Lanes.Clamp(max, low, high), s);
            }
    }

    /// <summary>y[r·plane + t] = finish(s[t·block + r]) for r &lt; rows, t &lt; count, by 4 × 4 squares, as many side by side as a vector holds.</summary>
    /// <param name="s">Readable for a multiple of 4 positions and of 4 rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<V, TFinish>(float* s, int block, int count, int rows, float* y, int plane, float lo = 0, float hi = 0) where V : unmanaged, ILanes<V> where TFinish : IFinish
    {
        V low = V.Create(lo), high = V.Create(hi);
        for (int r = 0; r < rows; r += 4, y += 4 * (nint)plane)
        {
            float* from = s + r, to = y;
            int left = count;
            for (; rows - r >= 4 && left >= V.Count && V.Count > 4; left -= V.Count, from += V.Count * (nint)block, to += V.Count)
            {
                V a = V.LoadFours(from, 4 * (nint)block), b = V.LoadFours(from + block, 4 * (nint)block);
                V c = V.LoadFours(from + 2 * (nint)block, 4 * (nint)block), d = V.LoadFours(from + 3 * (nint)block, 4 * (nint)block);
                Turn(ref a, ref b, ref c, ref d);
                V.Store(TFinish.Of(a, low, high), to);
                V.Store(TFinish.Of(b, low, high), to + plane);
                V.Store(TFinish.Of(c, low, high), to + 2 * (nint)plane);
                V.Store(TFinish.Of(d, low, high), to + 3 * (nint)plane);
            }
            if (rows - r >= 4)
                for (; left >= 4; left -= 4, from += 4 * (nint)block, to += 4) Square<TFinish>(from, block, to, plane, 4, 4, lo, hi);
            for (; left > 0; left -= 4, from += 4 * (nint)block, to += 4) Square<TFinish>(from, block, to, plane, Math.Min(4, rows - r), left, lo, hi);
        }
    }

    /// <summary>Writes the transpose of the 4 × 4 square at <paramref name="from"/>: the first rows, the first elements of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Square<TFinish>(float* from, nint fromPitch, float* to, nint toPitch, int rows, int count, float lo, float hi) where TFinish : IFinish
    {
        Lanes4 low = Lanes4.Create(lo), high = Lanes4.Create(hi);
        var (a, b, c, d) = (Lanes4.Load(from), Lanes4.Load(from + fromPitch), Lanes4.Load(from + 2 * fromPitch), Lanes4.Load(from + 3 * fromPitch));
        Turn(ref a, ref b, ref c, ref d);
        Lanes4.StoreFirst(TFinish.Of(a, low, high), to, count);
        if (rows > 1) Lanes4.StoreFirst(TFinish.Of(b, low, high), to + toPitch, count);
        if (rows > 2) Lanes4.StoreFirst(TFinish.Of(c, low, high), to + 2 * toPitch, count);
        if (rows > 3) Lanes4.StoreFirst(TFinish.Of(d, low, high), to + 3 * toPitch, count);
    }

    /// <summary>Transposes the 4 × 4 squares that four registers hold side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn<V>(ref V a, ref V b, ref V c, ref V d) where V : unmanaged, ILanes<V>
    {
        V ac0 = V.ZipLow(a, c), ac1 = V.ZipHigh(a, c), bd0 = V.ZipLow(b, d), bd1 = V.ZipHigh(b, d);
        (a, b, c, d) = (V.ZipLow(ac0, bd0), V.ZipHigh(ac0, bd0), V.ZipLow(ac1, bd1), V.ZipHigh(ac1, bd1));
    }

    /// <summary>What becomes of values on their way out.</summary>
    public interface IFinish
    {
        static abstract V Of<V>(V x, V lo, V hi) where V : unmanaged, ILanes<V>;
    }

    public readonly struct AsIs : IFinish
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V>(V x, V lo, V hi) where V : unmanaged, ILanes<V> => x;
    }

    /// <summary>Between lo and hi: one pass less than <see cref="PoolAndClamp"/> where nothing is pooled.</summary>
    public readonly struct Clamped : IFinish
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V>(V x, V lo, V hi) where V : unmanaged, ILanes<V> => Lanes.Clamp(x, lo, hi);
    }
}
