using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    /// <summary>How a tile is computed; the loop around is shared.</summary>
    interface ITiles
    {
        /// <summary>The most rows of a tile, 6 or 8.</summary>
        static abstract int MostRows { get; }

        /// <summary>Rows r … by the 2 registers of columns m …, of which the first <paramref name="columns"/> exist.</summary>
        static abstract void Tile<N>(GemmArgs* a, float* w, int m, int r, int columns) where N : struct, ITileRows;
    }

    /// <summary>
    /// The kernel for registers of any width, P = 2 registers: tiles of up to 6 or 8 rows by 2 registers, 12 or 16 sums in flight. The rows are shared
    /// out evenly, so that no tile is left with few. One panel of weights serves all rows before the next, so it stays in the first-level cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Run<T, V>(GemmArgs* a) where T : struct, ITiles where V : unmanaged, ILanes<V>
    {
        int panel = 2 * V.Count, tiles = (a->R + T.MostRows - 1) / T.MostRows;
        bool packed = a->WPanel != panel; // with one row of weights there is no difference
        for (int m = 0; m < a->M; m += panel)
        {
            float* w = a->W + m / panel * a->WPanel;
            int columns = Math.Min(panel, a->M - m), first = m, r = 0;
            if (columns < panel && !packed && a->M >= panel)
            {
                // Nothing is stored beyond the last column: the last panel overlaps the one before.
                first = a->M - panel;
                w -= panel - columns;
                columns = panel;
            }
            for (int tile = 0; tile < tiles; tile++)
            {
                int rows = (a->R - r + tiles - tile - 1) / (tiles - tile);
                if (columns < panel && !packed) Narrow<V>(a, w, r, rows);
                else if (T.MostRows > 6 && rows == 8) T.Tile<Rows8>(a, w, first, r, columns);
                else if (T.MostRows > 6 && rows == 7) T.Tile<Rows7>(a, w, first, r, columns);
                else if (rows == 6) T.Tile<Rows6>(a, w, first, r, columns);
                else if (rows == 5) T.Tile<Rows5>(a, w, first, r, columns);
                else if (rows == 4) T.Tile<Rows4>(a, w, first, r, columns);
                else if (rows == 3) T.Tile<Rows3>(a, w, first, r, columns);
                else if (rows == 2) T.Tile<Rows2>(a, w, first, r, columns);
                else T.Tile<Rows1>(a, w, first, r, columns);
                r += rows;
            }
        }
    }

    /// <summary>Tiles that broadcast X number by number; conditions on N.Rows cost nothing, sums of rows beyond it vanish.</summary>
    readonly struct LaneTiles<V> : ITiles where V : unmanaged, ILanes<V>
    {
        public static int MostRows => 6;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Tile<N>(GemmArgs* a, float* w, int m, int r, int columns) where N : struct, ITileRows
        {
            LoadBias(a, m, columns, out V s0, out V t0);
            V s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0;
            nint row = (nint)a->XRow * sizeof(float), column = (nint)a->XColumn * sizeof(float), step = (nint)a->WStep * sizeof(float), row2 = 2 * row;
            byte* x0 = (byte*)a->X + r * row, x3 = x0 + 3 * row, from = (byte*)w;
            for (int n = a->N; n > 0; n--)
            {
                V p = V.Load((float*)from), q = V.Load((float*)from + V.Count);
                V v = V.Create(*(float*)x0);
                s0 = V.MultiplyAdd(p, v, s0);
                t0 = V.MultiplyAdd(q, v, t0);
                if (N.Rows > 1)
                {
                    v = V.Create(*(float*)(x0 + row));
                    s1 = V.MultiplyAdd(p, v, s1);
                    t1 = V.MultiplyAdd(q, v, t1);
                }
                if (N.Rows > 2)
                {
                    v = V.Create(*(float*)(x0 + row2));
                    s2 = V.MultiplyAdd(p, v, s2);
                    t2 = V.MultiplyAdd(q, v, t2);
                }
                if (N.Rows > 3)
                {
                    v = V.Create(*(float*)x3);
                    s3 = V.MultiplyAdd(p, v, s3);
                    t3 = V.MultiplyAdd(q, v, t3);
                }
                if (N.Rows > 4)
                {
                    v = V.Create(*(float*)(x3 + row));
                    s4 = V.MultiplyAdd(p, v, s4);
                    t4 = V.MultiplyAdd(q, v, t4);
                }
                if (N.Rows > 5)
                {
                    v = V.Create(*(float*)(x3 + row2));
                    s5 = V.MultiplyAdd(p, v, s5);
                    t5 = V.MultiplyAdd(q, v, t5);
                }
                from += step;
                x0 += column;
                x3 += column;
            }
            V low = V.Create(a->Low), high = V.Create(a->High);
            float* y = a->Y + r * a->YRow + m;
            Store(y, s0, t0, low, high, columns);
            if (N.Rows > 1) Store(y += a->YRow, s1, t1, low, high, columns);
            if (N.Rows > 2) Store(y += a->YRow, s2, t2, low, high, columns);
            if (N.Rows > 3) Store(y += a->YRow, s3, t3, low, high, columns);
            if (N.Rows > 4) Store(y += a->YRow, s4, t4, low, high, columns);
            if (N.Rows > 5) Store(y + a->YRow, s5, t5, low, high, columns);
        }
    }

    /// <summary>Rows r … of a matrix as it lies that has fewer columns than two registers: nothing beyond them is touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Narrow<V>(GemmArgs* a, float* w, int r, int rows) where V : unmanaged, ILanes<V>
    {
        int columns = a->M, first = Math.Min(V.Count, columns), second = columns - first;
        V low = V.Create(a->Low), high = V.Create(a->High);
        for (int end = r + rows; r < end; r++)
        {
            V s = V.LoadFirst(a->B, first), t = V.LoadFirst(a->B + V.Count, second);
            float* x = a->X + r * a->XRow, from = w;
            for (int n = a->N; n > 0; n--, from += a->WStep, x += a->XColumn)
            {
                V v = V.Create(*x);
                s = V.MultiplyAdd(V.LoadFirst(from, first), v, s);
                t = V.MultiplyAdd(V.LoadFirst(from + V.Count, second), v, t);
            }
            Store(a->Y + r * a->YRow, s, t, low, high, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void LoadBias<V>(GemmArgs* a, int m, int columns, out V s, out V t) where V : unmanaged, ILanes<V>
    {
        float* b = a->B + m;
        if (columns == 2 * V.Count) (s, t) = (V.Load(b), V.Load(b + V.Count));
        else (s, t) = (V.LoadFirst(b, Math.Min(V.Count, columns)), V.LoadFirst(b + V.Count, Math.Max(0, columns - V.Count)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<V>(float* y, V s, V t, V low, V high, int columns) where V : unmanaged, ILanes<V>
    {
        s = Lanes.Clamp(s, low, high);
        t = Lanes.Clamp(t, low, high);
        if (columns == 2 * V.Count)
        {
            V.Store(s, y);
            V.Store(t, y + V.Count);
            return;
        }
        V.StoreFirst(s, y, Math.Min(V.Count, columns));
        V.StoreFirst(t, y + V.Count, Math.Max(0, columns - V.Count));
    }
}
