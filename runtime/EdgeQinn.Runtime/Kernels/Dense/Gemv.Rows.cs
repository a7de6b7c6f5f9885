using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    /// <summary>A few rows with columns on the lanes, up to four at a time, shared out evenly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ByRows<V>(GemvArgs* a, float* w, float* b, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        int n = a->N;
        for (int groups = (rows + 3) / 4; groups > 0; groups--)
        {
            int count = (rows + groups - 1) / groups;
            Vector128<float> sums = count > 2 ? Rows4<V>(a->X, w, n, count == 4) : Rows2<V>(a->X, w, n, count == 2);
            Lanes4.StoreFirst(Lanes.Clamp(new Lanes4(sums) + Lanes4.LoadFirst(b, count), Lanes4.Create(a->Low), Lanes4.Create(a->High)), y, count);
            w += (long)count * n;
            b += count;
            y += count;
            rows -= count;
        }
    }

    /// <summary>The sums of three or four rows; eight in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static Vector128<float> Rows4<V>(float* x, float* w, int n, bool four) where V : unmanaged, ILanes<V>
    {
        float* w0 = w, w1 = w + n, w2 = w1 + n, w3 = four ? w2 + n : w2;
        V s0 = V.Create(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
        int i = 0;
        for (; i + 2 * V.Count <= n; i += 2 * V.Count)
        {
            V v = V.Load(x + i);
            s0 = V.MultiplyAdd(v, w0 + i, s0);
            s1 = V.MultiplyAdd(v, w1 + i, s1);
            s2 = V.MultiplyAdd(v, w2 + i, s2);
            s3 = V.MultiplyAdd(v, w3 + i, s3);
            v = V.Load(x + i + V.Count);
            t0 = V.MultiplyAdd(v, w0 + i + V.Count, t0);
            t1 = V.MultiplyAdd(v, w1 + i + V.Count, t1);
            t2 = V.MultiplyAdd(v, w2 + i + V.Count, t2);
            t3 = V.MultiplyAdd(v, w3 + i + V.Count, t3);
        }
        for (; i < n; i += V.Count)
        {
            int left = Math.Min(V.Count, n - i);
            V v = V.LoadFirst(x + i, left);
            s0 = V.MultiplyAdd(V.LoadFirst(w0 + i, left), v, s0);
            s1 = V.MultiplyAdd(V.LoadFirst(w1 + i, left), v, s1);
            s2 = V.MultiplyAdd(V.LoadFirst(w2 + i, left), v, s2);
            s3 = V.MultiplyAdd(V.LoadFirst(w3 + i, left), v, s3);
        }
        return AddPairs(AddPairs(V.Fold(s0 + t0), V.Fold(s1 + t1)), AddPairs(V.Fold(s2 + t2), V.Fold(s3 + t3)));
    }

    /// <summary>The sums of one or two rows; eight in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static Vector128<float> Rows2<V>(float* x, float* w, int n, bool two) where V : unmanaged, ILanes<V>
    {
        float* w0 = w, w1 = two ? w + n : w;
        V s0 = V.Create(0), s1 = s0, t0 = s0, t1 = s0, u0 = s0, u1 = s0, v0 = s0, v1 = s0;
        int i = 0;
        for (; i + 4 * V.Count <= n; i += 4 * V.Count)
        {
            V v = V.Load(x + i);
            s0 = V.MultiplyAdd(v, w0 + i, s0);
            s1 = V.MultiplyAdd(v, w1 + i, s1);
            v = V.Load(x + i + V.Count);
            t0 = V.MultiplyAdd(v, w0 + i + V.Count, t0);
            t1 = V.MultiplyAdd(v, w1 + i + V.Count, t1);
            v = V.Load(x + i + 2 * V.Count);
            u0 = V.MultiplyAdd(v, w0 + i + 2 * V.Count, u0);
            u1 = V.MultiplyAdd(v, w1 + i + 2 * V.Count, u1);
            v = V.Load(x + i + 3 * V.Count);
            v0 = V.MultiplyAdd(v, w0 + i + 3 * V.Count, v0);
            v1 = V.MultiplyAdd(v, w1 + i + 3 * V.Count, v1);
        }
        for (; i < n; i += V.Count)
        {
            int left = Math.Min(V.Count, n - i);
            V v = V.LoadFirst(x + i, left);
            s0 = V.MultiplyAdd(V.LoadFirst(w0 + i, left), v, s0);
            s1 = V.MultiplyAdd(V.LoadFirst(w1 + i, left), v, s1);
        }
        var pairs = AddPairs(V.Fold(s0 + t0 + (u0 + v0)), V.Fold(s1 + t1 + (u1 + v1)));
        return AddPairs(pairs, pairs);
    }

    /// <summary>a₀ + a₁, a₂ + a₃, b₀ + b₁, b₂ + b₃.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> AddPairs(Vector128<float> a, Vector128<float> b)
    {
        if (AdvSimd.Arm64.IsSupported) return AdvSimd.Arm64.AddPairwise(a, b);
        if (Sse3.IsSupported) return Sse3.HorizontalAdd(a, b);
        return Vector128.Create(a.GetElement(0) + a.GetElement(1), a.GetElement(2) + a.GetElement(3), b.GetElement(0) + b.GetElement(1), b.GetElement(2) + b.GetElement(3));
    }
}
