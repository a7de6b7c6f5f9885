using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Normalization;

/// <summary>Row-wise normalisation on vectors of float32: lane i holds element i of a row. Two passes for the statistics, one to write.</summary>
static unsafe class NormalizeLanes
{
    public static void Run<V>(NormalizeArgs* a) where V : unmanaged, ILanes<V>
    {
        long n = a->Inner;
        if (n == 0) return;
        for (long r = 0; r < a->Rows; r++)
        {
            float* x = (float*)a->X + r * n, y = (float*)a->Y + r * n;
            float mean = a->AroundZero ? 0 : Sum<V>(x, n) / n;
            float inverse = 1 / MathF.Sqrt(SquareSum<V>(x, n, mean) / n + a->Epsilon);
            if (a->Mean != null) ((float*)a->Mean)[r] = mean;
            if (a->InverseDeviation != null) ((float*)a->InverseDeviation)[r] = inverse;
            long first = r % a->ScaleRows * (n / a->ScaleRun);
            float* scale = a->Scale == null ? null : (float*)a->Scale + first, bias = a->Bias == null ? null : (float*)a->Bias + first;
            if (a->ScaleRun == 1) WriteEach<V>(x, y, n, mean, inverse, scale, bias);
            else
                for (long p = 0, at = 0; at < n; p++, at += a->ScaleRun)
                    WriteRun<V>(x + at, y + at, a->ScaleRun, mean, inverse * (scale == null ? 1 : scale[p]), bias == null ? 0 : bias[p]);
        }
    }

    static float Sum<V>(float* x, long n) where V : unmanaged, ILanes<V>
    {
        V s0 = V.Create(0), s1 = s0;
        long i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            s0 += V.Load(x + i);
            s1 += V.Load(x + i + V.Count);
        }
        if (i <= n - V.Count)
        {
            s0 += V.Load(x + i);
            i += V.Count;
        }
        return Fold(s0 + s1 + V.LoadFirst(x + i, (int)(n - i)));
    }

    static float SquareSum<V>(float* x, long n, float mean) where V : unmanaged, ILanes<V>
    {
        V m = V.Create(mean), s0 = V.Create(0), s1 = s0;
        long i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            V a = V.Load(x + i) - m, b = V.Load(x + i + V.Count) - m;
            s0 = V.MultiplyAdd(a, a, s0);
            s1 = V.MultiplyAdd(b, b, s1);
        }
        if (i <= n - V.Count)
        {
            V a = V.Load(x + i) - m;
            s0 = V.MultiplyAdd(a, a, s0);
            i += V.Count;
        }
        float sum = Fold(s0 + s1);
        for (; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
        return sum;
    }

    static float Fold<V>(V x) where V : unmanaged, ILanes<V>
    {
        var four = V.Fold(x);
        return four[0] + four[1] + four[2] + four[3];
    }

    // A scale and a bias for each element.
    static void WriteEach<V>(float* x, float* y, long n, float mean, float inverse, float* scale, float* bias) where V : unmanaged, ILanes<V>
    {
        V m = V.Create(mean), f = V.Create(inverse);
        long i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V value = (V.Load(x + i) - m) * f;
            if (scale != null) value *= V.Load(scale + i);
            if (bias != null) value += V.Load(bias + i);
            V.Store(value, y + i);
        }
        int rest = (int)(n - i);
        if (rest == 0) return;
        V last = (V.LoadFirst(x + i, rest) - m) * f;
        if (scale != null) last *= V.LoadFirst(scale + i, rest);
        if (bias != null) last += V.LoadFirst(bias + i, rest);
        V.StoreFirst(last, y + i, rest);
    }

    // One scale and bias for the whole run.
    static void WriteRun<V>(float* x, float* y, long n, float mean, float factor, float bias) where V : unmanaged, ILanes<V>
    {
        V m = V.Create(mean), f = V.Create(factor), b = V.Create(bias);
        long i = 0;
        for (; i <= n - V.Count; i += V.Count) V.Store(V.MultiplyAdd(V.Load(x + i) - m, f, b), y + i);
        if (i < n) V.StoreFirst(V.MultiplyAdd(V.LoadFirst(x + i, (int)(n - i)) - m, f, b), y + i, (int)(n - i));
    }
}
