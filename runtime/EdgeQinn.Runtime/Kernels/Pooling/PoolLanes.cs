using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Pooling;

/// <summary>How a pool joins elements, one at a time and in lanes.</summary>
interface IPoolJoin
{
    static abstract float Empty { get; }

    static abstract float Join(float a, float b);

    static abstract V Join<V>(V a, V b) where V : unmanaged, ILanes<V>;

    /// <summary>The result of <paramref name="joined"/> elements over <paramref name="taps"/>.</summary>
    static abstract float Finish(float joined, float taps);

    /// <summary>As <see cref="Finish(float, float)"/>, in every lane.</summary>
    static abstract V Finish<V>(V joined, V taps) where V : unmanaged, ILanes<V>;
}

readonly struct MaxJoin : IPoolJoin
{
    public static float Empty => float.NegativeInfinity;

    public static float Join(float a, float b) => b > a || float.IsNaN(b) ? b : a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => Lanes.Maximum(a, b);

    public static float Finish(float joined, float taps) => joined;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Finish<V>(V joined, V taps) where V : unmanaged, ILanes<V> => joined;
}

readonly struct MeanJoin : IPoolJoin
{
    public static float Empty => 0;

    public static float Join(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => a + b;

    public static float Finish(float joined, float taps) => taps > 0 ? joined / taps : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Finish<V>(V joined, V taps) where V : unmanaged, ILanes<V> => joined / taps;
}

/// <summary>
/// Max and average pools of float32. A window is a join over rows, then along them: the rows that an output row covers are joined with lane i
/// on column i; along the result, lane i makes output i where the stride is 1 or 2, and the rest (other strides, windows that reach outside) is
/// plain.
/// </summary>
static unsafe class PoolLanes
{
    public static void Run<TJoin, V>(PoolArgs* a) where TJoin : IPoolJoin where V : unmanaged, ILanes<V>
    {
        float* x = (float*)a->X, y = (float*)a->Y;
        for (long plane = 0; plane < a->Planes; plane++, x += a->InPlane)
            for (int o0 = 0; o0 < a->Out[0]; o0++)
                for (int o1 = 0; o1 < a->Out[1]; o1++, y += a->Out[2])
                {
                    PoolArgs.TapRange r0 = a->Taps(0, o0), r1 = a->Taps(1, o1);
                    int rows = (r0.To - r0.From) * (r1.To - r1.From);
                    float* row = rows == 1 ? x + Row(a, r0, r0.From, r1, r1.From) : JoinRows<TJoin, V>(a, x, r0, r1);
                    Along<TJoin, V>(a, row, rows, y);
                }
    }

    static long Row(PoolArgs* a, PoolArgs.TapRange r0, int k0, PoolArgs.TapRange r1, int k1) =>
        ((long)(r0.Start + k0 * a->Dilation[0]) * a->In[1] + r1.Start + k1 * a->Dilation[1]) * a->In[2];

    static float* JoinRows<TJoin, V>(PoolArgs* a, float* x, PoolArgs.TapRange r0, PoolArgs.TapRange r1) where TJoin : IPoolJoin where V : unmanaged, ILanes<V>
    {
        float* target = a->Row;
        for (int i = 0; i < a->In[2]; i += V.Count)
        {
            int lanes = Math.Min(V.Count, a->In[2] - i);
            V joined = V.Create(TJoin.Empty);
            for (int k0 = r0.From; k0 < r0.To; k0++)
                for (int k1 = r1.From; k1 < r1.To; k1++)
                {
                    float* source = x + Row(a, r0, k0, r1, k1) + i;
                    joined = TJoin.Join(joined, lanes == V.Count ? V.Load(source) : V.LoadFirst(source, lanes));
                }
            if (lanes == V.Count) V.Store(joined, target + i);
            else V.StoreFirst(joined, target + i, lanes);
        }
        return target;
    }

    static void Along<TJoin, V>(PoolArgs* a, float* row, int rows, float* y) where TJoin : IPoolJoin where V : unmanaged, ILanes<V>
    {
        int stride = a->Stride[2], kernel = a->Kernel[2], dilation = a->Dilation[2], reach = (kernel - 1) * dilation, o = 0;
        // Outputs from first to last read nothing outside the row.
        int first = Math.Min(a->Out[2], (a->Pad[2] + stride - 1) / stride), room = a->In[2] + a->Pad[2] - reach - 1;
        int last = room < 0 ? 0 : Math.Min(a->Out[2], room / stride + 1);
        for (; o < first; o++) y[o] = One<TJoin>(a, row, rows, o);
        if (stride <= 2)
        {
            V taps = V.Create(a->CountPadding ? a->WindowTaps : rows * kernel);
            for (; o < last; o += V.Count)
            {
                int start = o * stride - a->Pad[2], lanes = Math.Min(V.Count, last - o);
                V joined = Tap<V>(row, start, a->In[2], stride);
                for (int k = 1; k < kernel; k++) joined = TJoin.Join(joined, Tap<V>(row, start + k * dilation, a->In[2], stride));
                joined = TJoin.Finish(joined, taps);
                if (lanes == V.Count) V.Store(joined, y + o);
                else V.StoreFirst(joined, y + o, lanes);
            }
            o = Math.Max(first, last);
        }
        for (; o < a->Out[2]; o++) y[o] = One<TJoin>(a, row, rows, o);
    }

    /// <summary>Elements start, start + stride, … of a row of <paramref name="length"/>; lanes beyond its end are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Tap<V>(float* row, int start, int length, int stride) where V : unmanaged, ILanes<V>
    {
        if (stride == 1) return start + V.Count <= length ? V.Load(row + start) : V.LoadFirst(row + start, length - start);
        if (start + 2 * V.Count <= length) return V.Evens(V.Load(row + start), V.Load(row + start + V.Count));
        int rest = length - start;
        return V.Evens(V.LoadFirst(row + start, Math.Min(rest, V.Count)), V.LoadFirst(row + start + V.Count, Math.Max(0, rest - V.Count)));
    }

    static float One<TJoin>(PoolArgs* a, float* row, int rows, int o) where TJoin : IPoolJoin
    {
        var range = a->Taps(2, o);
        float joined = TJoin.Empty;
        if (rows > 0)
            for (int k = range.From; k < range.To; k++) joined = TJoin.Join(joined, row[range.Start + k * a->Dilation[2]]);
        return TJoin.Finish(joined, a->CountPadding ? a->WindowTaps : rows * (range.To - range.From));
    }
}
