using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    /// <summary>
    /// The kernel for registers of any width, P = 2 registers: tiles of 6 rows by 2 registers, 12 sums in flight.
    /// One panel of weights is used for all rows before the next, so it stays in the first-level cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Run<V>(GemmArgs* a) where V : unmanaged, ILanes<V>
    {
        int panel = 2 * V.Count;
        float* w = a->W;
        for (int m = 0; m < a->M; m += panel, w += a->WPanel)
        {
            int columns = Math.Min(panel, a->M - m);
            int r = 0;
            if (columns == panel)
                for (; r + 6 <= a->R; r += 6) Tile6<V>(a, w, m, r);
            for (; r < a->R; r++) Tile1<V>(a, w, m, r, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Tile6<V>(GemmArgs* a, float* w, int m, int r) where V : unmanaged, ILanes<V>
    {
        V s0 = V.Load(a->B + m), t0 = V.Load(a->B + m + V.Count);
        V s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0;
        nint row = (nint)a->XRow, column = (nint)a->XColumn, step = (nint)a->WStep;
        float* x0 = a->X + r * row, x3 = x0 + 3 * row;
        for (int n = a->N; n > 0; n--, w += step, x0 += column, x3 += column)
        {
            V p = V.Load(w), q = V.Load(w + V.Count);
            V v = V.Create(*x0);
            s0 = V.MultiplyAdd(p, v, s0);
            t0 = V.MultiplyAdd(q, v, t0);
            v = V.Create(x0[row]);
            s1 = V.MultiplyAdd(p, v, s1);
            t1 = V.MultiplyAdd(q, v, t1);
            v = V.Create(x0[2 * row]);
            s2 = V.MultiplyAdd(p, v, s2);
            t2 = V.MultiplyAdd(q, v, t2);
            v = V.Create(*x3);
            s3 = V.MultiplyAdd(p, v, s3);
            t3 = V.MultiplyAdd(q, v, t3);
            v = V.Create(x3[row]);
            s4 = V.MultiplyAdd(p, v, s4);
            t4 = V.MultiplyAdd(q, v, t4);
            v = V.Create(x3[2 * row]);
            s5 = V.MultiplyAdd(p, v, s5);
            t5 = V.MultiplyAdd(q, v, t5);
        }
        V low = V.Create(a->Low), high = V.Create(a->High);
        float* y = a->Y + r * a->YRow + m;
        Store(y, s0, t0, low, high);
        Store(y += a->YRow, s1, t1, low, high);
        Store(y += a->YRow, s2, t2, low, high);
        Store(y += a->YRow, s3, t3, low, high);
        Store(y += a->YRow, s4, t4, low, high);
        Store(y + a->YRow, s5, t5, low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Tile1<V>(GemmArgs* a, float* w, int m, int r, int columns) where V : unmanaged, ILanes<V>
    {
        int first = Math.Min(V.Count, columns), second = columns - first;
        V s = V.LoadFirst(a->B + m, first), t = V.LoadFirst(a->B + m + V.Count, second);
        float* x = a->X + r * a->XRow;
        for (int n = a->N; n > 0; n--, w += a->WStep, x += a->XColumn)
        {
            V v = V.Create(*x);
            s = V.MultiplyAdd(V.LoadFirst(w, first), v, s);
            t = V.MultiplyAdd(V.LoadFirst(w + V.Count, second), v, t);
        }
        V low = V.Create(a->Low), high = V.Create(a->High);
        float* y = a->Y + r * a->YRow + m;
        V.StoreFirst(Lanes.Clamp(s, low, high), y, first);
        V.StoreFirst(Lanes.Clamp(t, low, high), y + V.Count, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<V>(float* y, V s, V t, V low, V high) where V : unmanaged, ILanes<V>
    {
        V.Store(Lanes.Clamp(s, low, high), y);
        V.Store(Lanes.Clamp(t, low, high), y + V.Count);
    }
}
