using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    /// <summary>The kernel for registers of any width, P = 8 registers. Blocks of fewer rows unroll over columns, to keep eight sums in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Run<V>(GemvArgs* a) where V : unmanaged, ILanes<V>
    {
        float* w = a->W, b = a->B, y = a->Y;
        int n = a->N;
        for (int rows = a->M; rows > 0;)
        {
            if (IsByRows(rows, n, 8 * V.Count))
            {
                ByRows<V>(a, w, b, y, rows);
                return;
            }
            int block = BlockRows(rows, 8 * V.Count);
            if (block == 8 * V.Count) Block8<V>(a, w, b, y, rows);
            else if (block == 4 * V.Count) Block4<V>(a, w, b, y, rows);
            else if (block == 2 * V.Count) Block2<V>(a, w, b, y, rows);
            else Block1<V>(a, w, b, y, rows);
            w += (long)block * n;
            b += block;
            y += block;
            rows -= block;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Block8<V>(GemvArgs* a, float* w, float* b, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        int last = Math.Min(V.Count, rows - 7 * V.Count);
        V s0 = V.Load(b), s1 = V.Load(b + V.Count), s2 = V.Load(b + 2 * V.Count), s3 = V.Load(b + 3 * V.Count);
        V s4 = V.Load(b + 4 * V.Count), s5 = V.Load(b + 5 * V.Count), s6 = V.Load(b + 6 * V.Count), s7 = V.LoadFirst(b + 7 * V.Count, last);
        float* x = a->X;
        for (float* end = x + a->N; x != end; x++, w += 8 * V.Count)
        {
            V v = V.Create(*x);
            s0 = V.MultiplyAdd(v, w, s0);
            s1 = V.MultiplyAdd(v, w + V.Count, s1);
            s2 = V.MultiplyAdd(v, w + 2 * V.Count, s2);
            s3 = V.MultiplyAdd(v, w + 3 * V.Count, s3);
            s4 = V.MultiplyAdd(v, w + 4 * V.Count, s4);
            s5 = V.MultiplyAdd(v, w + 5 * V.Count, s5);
            s6 = V.MultiplyAdd(v, w + 6 * V.Count, s6);
            s7 = V.MultiplyAdd(v, w + 7 * V.Count, s7);
        }
        V low = V.Create(a->Low), high = V.Create(a->High);
        V.Store(Lanes.Clamp(s0, low, high), y);
        V.Store(Lanes.Clamp(s1, low, high), y + V.Count);
        V.Store(Lanes.Clamp(s2, low, high), y + 2 * V.Count);
        V.Store(Lanes.Clamp(s3, low, high), y + 3 * V.Count);
        V.Store(Lanes.Clamp(s4, low, high), y + 4 * V.Count);
        V.Store(Lanes.Clamp(s5, low, high), y + 5 * V.Count);
        V.Store(Lanes.Clamp(s6, low, high), y + 6 * V.Count);
        V.StoreFirst(Lanes.Clamp(s7, low, high), y + 7 * V.Count, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Block4<V>(GemvArgs* a, float* w, float* b, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        int last = Math.Min(V.Count, rows - 3 * V.Count);
        V s0 = V.Load(b), s1 = V.Load(b + V.Count), s2 = V.Load(b + 2 * V.Count), s3 = V.LoadFirst(b + 3 * V.Count, last);
        V t0 = V.Create(0), t1 = t0, t2 = t0, t3 = t0;
        float* x = a->X, end = x + a->N;
        for (float* pairs = x + (a->N & ~1); x < pairs; x += 2, w += 8 * V.Count)
        {
            V v = V.Create(*x);
            s0 = V.MultiplyAdd(v, w, s0);
            s1 = V.MultiplyAdd(v, w + V.Count, s1);
            s2 = V.MultiplyAdd(v, w + 2 * V.Count, s2);
            s3 = V.MultiplyAdd(v, w + 3 * V.Count, s3);
            v = V.Create(x[1]);
            t0 = V.MultiplyAdd(v, w + 4 * V.Count, t0);
            t1 = V.MultiplyAdd(v, w + 5 * V.Count, t1);
            t2 = V.MultiplyAdd(v, w + 6 * V.Count, t2);
            t3 = V.MultiplyAdd(v, w + 7 * V.Count, t3);
        }
        if (x != end)
        {
            V v = V.Create(*x);
            s0 = V.MultiplyAdd(v, w, s0);
            s1 = V.MultiplyAdd(v, w + V.Count, s1);
            s2 = V.MultiplyAdd(v, w + 2 * V.Count, s2);
            s3 = V.MultiplyAdd(v, w + 3 * V.Count, s3);
        }
        V low = V.Create(a->Low), high = V.Create(a->High);
        V.Store(Lanes.Clamp(s0 + t0, low, high), y);
        V.Store(Lanes.Clamp(s1 + t1, low, high), y + V.Count);
        V.Store(Lanes.Clamp(s2 + t2, low, high), y + 2 * V.Count);
        V.StoreFirst(Lanes.Clamp(s3 + t3, low, high), y + 3 * V.Count, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Block2<V>(GemvArgs* a, float* w, float* b, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        int last = Math.Min(V.Count, rows - V.Count);
        V s0 = V.Load(b), s1 = V.LoadFirst(b + V.Count, last);
        V t0 = V.Create(0), t1 = t0, u0 = t0, u1 = t0, v0 = t0, v1 = t0;
        float* x = a->X, end = x + a->N;
        for (float* fours = x + (a->N & ~3); x < fours; x += 4, w += 8 * V.Count)
        {
            V v = V.Create(*x);
            s0 = V.MultiplyAdd(v, w, s0);
            s1 = V.MultiplyAdd(v, w + V.Count, s1);
            v = V.Create(x[1]);
            t0 = V.MultiplyAdd(v, w + 2 * V.Count, t0);
            t1 = V.MultiplyAdd(v, w + 3 * V.Count, t1);
            v = V.Create(x[2]);
            u0 = V.MultiplyAdd(v, w + 4 * V.Count, u0);
            u1 = V.MultiplyAdd(v, w + 5 * V.Count, u1);
            v = V.Create(x[3]);
            v0 = V.MultiplyAdd(v, w + 6 * V.Count, v0);
            v1 = V.MultiplyAdd(v, w + 7 * V.Count, v1);
        }
        for (; x != end; x++, w += 2 * V.Count)
        {
            V v = V.Create(*x);
            s0 = V.MultiplyAdd(v, w, s0);
            s1 = V.MultiplyAdd(v, w + V.Count, s1);
        }
        V low = V.Create(a->Low), high = V.Create(a->High);
        V.Store(Lanes.Clamp(s0 + t0 + (u0 + v0), low, high), y);
        V.StoreFirst(Lanes.Clamp(s1 + t1 + (u1 + v1), low, high), y + V.Count, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Block1<V>(GemvArgs* a, float* w, float* b, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        int last = Math.Min(V.Count, rows);
        V s0 = V.LoadFirst(b, last), s1 = V.Create(0), s2 = s1, s3 = s1, s4 = s1, s5 = s1, s6 = s1, s7 = s1;
        float* x = a->X, end = x + a->N;
        for (float* eights = x + (a->N & ~7); x < eights; x += 8, w += 8 * V.Count)
        {
            s0 = V.MultiplyAdd(V.Create(*x), w, s0);
            s1 = V.MultiplyAdd(V.Create(x[1]), w + V.Count, s1);
            s2 = V.MultiplyAdd(V.Create(x[2]), w + 2 * V.Count, s2);
            s3 = V.MultiplyAdd(V.Create(x[3]), w + 3 * V.Count, s3);
            s4 = V.MultiplyAdd(V.Create(x[4]), w + 4 * V.Count, s4);
            s5 = V.MultiplyAdd(V.Create(x[5]), w + 5 * V.Count, s5);
            s6 = V.MultiplyAdd(V.Create(x[6]), w + 6 * V.Count, s6);
            s7 = V.MultiplyAdd(V.Create(x[7]), w + 7 * V.Count, s7);
        }
        for (; x != end; x++, w += V.Count) s0 = V.MultiplyAdd(V.Create(*x), w, s0);
        s0 = s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7));
        V.StoreFirst(Lanes.Clamp(s0, V.Create(a->Low), V.Create(a->High)), y, last);
    }
}
