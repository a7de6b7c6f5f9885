using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    /// <summary>At most ten rows with columns on the lanes, in one group or two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ByRows<V>(GemvArgs* a, float* w, float* b, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        if (rows > 5) TwoGroups<V>(a, w, b, y, rows);
        else Group<V>(a, w, b, y, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TwoGroups<V>(GemvArgs* a, float* w, float* b, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        int first = GroupRows(rows);
        Group<V>(a, w, b, y, first);
        Group<V>(a, w + (long)first * Padded(a->N, V.Count), b + first, y + first, rows - first);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Group<V>(GemvArgs* a, float* w, float* b, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        if (rows == 5) Group<V, Rows5>(a, w, b, y);
        else if (rows == 4) Group<V, Rows4>(a, w, b, y);
        else if (rows == 3) Group<V, Rows3>(a, w, b, y);
        else if (rows == 2) Group<V, Rows2>(a, w, b, y);
        else Group<V, Rows1>(a, w, b, y);
    }

    /// <summary>
    /// The sums of a group's rows, two each, for the registers of a pair: up to ten in flight. Zeros beyond the last column meet weights that are zero there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Group<V, N>(GemvArgs* a, float* w, float* b, float* y) where V : unmanaged, ILanes<V> where N : struct, ITileRows
    {
        V s0 = V.Create(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0, t4 = s0;
        float* x = a->X;
        int n = a->N, pair = 2 * V.Count;
        if (V.Count == 4) // of short registers the loop's own instructions would be many
            for (; n >= 2 * pair; n -= 2 * pair, x += 2 * pair, w += 2 * N.Rows * pair)
            {
                Pairs<V, N>(x, w, 0, ref s0, ref s1, ref s2, ref s3, ref s4, ref t0, ref t1, ref t2, ref t3, ref t4);
                Pairs<V, N>(x, w, 1, ref s0, ref s1, ref s2, ref s3, ref s4, ref t0, ref t1, ref t2, ref t3, ref t4);
            }
        for (; n >= pair; n -= pair, x += pair, w += N.Rows * pair)
            Pairs<V, N>(x, w, 0, ref s0, ref s1, ref s2, ref s3, ref s4, ref t0, ref t1, ref t2, ref t3, ref t4);
        for (; n > 0; n -= V.Count, x += V.Count, w += N.Rows * V.Count)
        {
            V v = n >= V.Count ? V.Load(x) : V.LoadFirst(x, n);
            s0 = V.MultiplyAdd(v, w, s0);
            if (N.Rows > 1) s1 = V.MultiplyAdd(v, w + V.Count, s1);
            if (N.Rows > 2) s2 = V.MultiplyAdd(v, w + 2 * V.Count, s2);
            if (N.Rows > 3) s3 = V.MultiplyAdd(v, w + 3 * V.Count, s3);
            if (N.Rows > 4) s4 = V.MultiplyAdd(v, w + 4 * V.Count, s4);
        }
        Lanes4 low = Lanes4.Create(a->Low), high = Lanes4.Create(a->High);
        var sums = AddPairs(V.Fold(s0 + t0), V.Fold(N.Rows > 1 ? s1 + t1 : s0));
        sums = AddPairs(sums, N.Rows > 2 ? AddPairs(V.Fold(s2 + t2), V.Fold(N.Rows > 3 ? s3 + t3 : s2)) : sums);
        int first = N.Rows < 4 ? N.Rows : 4;
        Lanes4.StoreFirst(Lanes.Clamp(new Lanes4(sums) + Lanes4.LoadFirst(b, first), low, high), y, first);
        if (N.Rows <= 4) return;
        sums = V.Fold(s4 + t4);
        sums = AddPairs(sums, sums);
        Lanes4.StoreFirst(Lanes.Clamp(new Lanes4(AddPairs(sums, sums)) + Lanes4.LoadFirst(b + 4, 1), low, high), y + 4, 1);
    }

    /// <summary>Pair <paramref name="i"/> of registers of columns, of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pairs<V, N>(float* x, float* w, int i, ref V s0, ref V s1, ref V s2, ref V s3, ref V s4, ref V t0, ref V t1, ref V t2, ref V t3, ref V t4)
        where V : unmanaged, ILanes<V> where N : struct, ITileRows
    {
        V v = V.Load(x + 2 * i * V.Count), u = V.Load(x + (2 * i + 1) * V.Count);
        i *= N.Rows;
        Pair(w, i, v, u, ref s0, ref t0);
        if (N.Rows > 1) Pair(w, i + 1, v, u, ref s1, ref t1);
        if (N.Rows > 2) Pair(w, i + 2, v, u, ref s2, ref t2);
        if (N.Rows > 3) Pair(w, i + 3, v, u, ref s3, ref t3);
        if (N.Rows > 4) Pair(w, i + 4, v, u, ref s4, ref t4);
    }

    /// <summary>Row <paramref name="i"/> of the pairs at w.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pair<V>(float* w, int i, V v, V u, ref V s, ref V t) where V : unmanaged, ILanes<V>
    {
        if (AdvSimd.IsSupported)
        {
            // Neighbouring loads become LDP.
            V p = V.Load(w + 2 * i * V.Count), q = V.Load(w + (2 * i + 1) * V.Count);
            (s, t) = (V.MultiplyAdd(p, v, s), V.MultiplyAdd(q, u, t));
            return;
        }
        s = V.MultiplyAdd(v, w + 2 * i * V.Count, s);
        t = V.MultiplyAdd(u, w + (2 * i + 1) * V.Count, t);
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
