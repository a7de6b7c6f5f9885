using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Reduction;

/// <summary>Softmax and LogSoftmax on vectors of float32: along contiguous rows, or with neighbouring distributions on the lanes.</summary>
static unsafe class SoftmaxLanes
{
    public static void Softmax<V>(SoftmaxArgs* a) where V : unmanaged, ILanes<V>
    {
        if (a->Inner != 1)
        {
            Across<V>(a, log: false);
            return;
        }
        long n = a->Axis;
        for (long o = 0; o < a->Outer; o++)
        {
            float* x = (float*)a->X + o * n, y = (float*)a->Y + o * n;
            V maximum = V.Create(Maximum<V>(x, n)), sum = V.Create(0);
            long i = 0;
            for (; i <= n - V.Count; i += V.Count)
            {
                V e = Lanes.Exp(V.Load(x + i) - maximum);
                sum += e;
                V.Store(e, y + i);
            }
            float total = Sum(sum);
            if (i < n)
            {
                V.StoreFirst(Lanes.Exp(V.LoadFirst(x + i, (int)(n - i)) - maximum), y + i, (int)(n - i));
                for (long k = i; k < n; k++) total += y[k];
            }
            V divisor = V.Create(total);
            for (i = 0; i <= n - V.Count; i += V.Count) V.Store(V.Load(y + i) / divisor, y + i);
            if (i < n) V.StoreFirst(V.LoadFirst(y + i, (int)(n - i)) / divisor, y + i, (int)(n - i));
        }
    }

    public static void LogSoftmax<V>(SoftmaxArgs* a) where V : unmanaged, ILanes<V>
    {
        if (a->Inner != 1)
        {
            Across<V>(a, log: true);
            return;
        }
        long n = a->Axis;
        for (long o = 0; o < a->Outer; o++)
        {
            float* x = (float*)a->X + o * n, y = (float*)a->Y + o * n;
            float highest = Maximum<V>(x, n);
            V maximum = V.Create(highest), sum = V.Create(0);
            long i = 0;
            for (; i <= n - V.Count; i += V.Count) sum += Lanes.Exp(V.Load(x + i) - maximum);
            float total = Sum(sum);
            for (; i < n; i++) total += MathF.Exp(x[i] - highest);
            V shift = V.Create(MathF.Log(total));
            for (i = 0; i <= n - V.Count; i += V.Count) V.Store(V.Load(x + i) - maximum - shift, y + i);
            if (i < n) V.StoreFirst(V.LoadFirst(x + i, (int)(n - i)) - maximum - shift, y + i, (int)(n - i));
        }
    }

    // Lane i holds distribution i; lanes beyond the last compute on zeros and are not stored.
    static void Across<V>(SoftmaxArgs* a, bool log) where V : unmanaged, ILanes<V>
    {
        long stride = a->Inner;
        for (long o = 0; o < a->Outer; o++)
            for (long i = 0; i < a->Inner; i += V.Count)
            {
                int lanes = (int)Math.Min(V.Count, a->Inner - i);
                float* x = (float*)a->X + o * a->Axis * stride + i, y = (float*)a->Y + o * a->Axis * stride + i;
                V maximum = V.Create(float.NegativeInfinity), sum = V.Create(0);
                for (long k = 0; k < a->Axis; k++) maximum = V.Max(maximum, V.LoadFirst(x + k * stride, lanes));
                for (long k = 0; k < a->Axis; k++) sum += Lanes.Exp(V.LoadFirst(x + k * stride, lanes) - maximum);
                V shift = Lanes.Log(sum);
                for (long k = 0; k < a->Axis; k++)
                {
                    V relative = V.LoadFirst(x + k * stride, lanes) - maximum;
                    V.StoreFirst(log ? relative - shift : Lanes.Exp(relative) / sum, y + k * stride, lanes);
                }
            }
    }

    /// <summary>The greatest; a NaN may get lost, but makes every exponential of its row NaN.</summary>
    static float Maximum<V>(float* x, long n) where V : unmanaged, ILanes<V>
    {
        V best = V.Create(float.NegativeInfinity);
        long i = 0;
        for (; i <= n - V.Count; i += V.Count) best = V.Max(best, V.Load(x + i));
        float* lanes = stackalloc float[V.Count];
        V.Store(best, lanes);
        float result = float.NegativeInfinity;
        for (int k = 0; k < V.Count; k++) result = lanes[k] > result ? lanes[k] : result;
        for (; i < n; i++) result = x[i] > result ? x[i] : result;
        return result;
    }

    static float Sum<V>(V x) where V : unmanaged, ILanes<V>
    {
        var four = V.Fold(x);
        return four[0] + four[1] + four[2] + four[3];
    }
}
