using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

// One output channel at a time: as many vectors of time in registers as fit, all stored taps over them. Each tap costs one broadcast
// of its weight, and a load and a multiply-add per vector.
static unsafe partial class SparseConv
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run1<V>(SparseConvArgs* a) where V : unmanaged, ILanes<V>
    {
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int o = 0; o < a->Rows; o++)
                {
                    int row = g * a->Rows + o;
                    int begin = (int)a->Pointers[row], count = (int)a->Pointers[row + 1] - begin;
                    float* y = a->Y + ((nint)n * a->Groups * a->Rows + row) * a->Plane;
                    for (int r = 0; r < a->RunCount; r++)
                    {
                        ConvRun run = a->Runs[r];
                        float* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup + run.X;
                        bool direct = a->Pool == 1 && run.Count % V.Count == 0;
                        float* d = direct ? y + run.Y : a->Scratch;
                        Row<V>(a, a->Offsets + begin, a->Values + begin, count, a->Bias[row], x, d, (run.Count + V.Count - 1) / V.Count);
                        if (!direct) ConvFinish.Store<V>(d, run.Count, a->Pool, y + run.Y / a->Pool);
                    }
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Row<V>(SparseConvArgs* a, int* offsets, float* w, int count, float bias, float* x, float* d, int vectors) where V : unmanaged, ILanes<V>
    {
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        int size = V.Count;
        for (; vectors >= 8; vectors -= 8, x += 8 * size, d += 8 * size)
        {
            V s0 = V.Create(bias), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            for (int e = 0; e < count; e++)
            {
                float* p = x + offsets[e];
                V v = V.Create(w[e]);
                s0 = V.MultiplyAdd(v, V.Load(p), s0);
                s1 = V.MultiplyAdd(v, V.Load(p + size), s1);
                s2 = V.MultiplyAdd(v, V.Load(p + 2 * size), s2);
                s3 = V.MultiplyAdd(v, V.Load(p + 3 * size), s3);
                s4 = V.MultiplyAdd(v, V.Load(p + 4 * size), s4);
                s5 = V.MultiplyAdd(v, V.Load(p + 5 * size), s5);
                s6 = V.MultiplyAdd(v, V.Load(p + 6 * size), s6);
                s7 = V.MultiplyAdd(v, V.Load(p + 7 * size), s7);
            }
            V.Store(Lanes.Clamp(s0, lo, hi), d);
            V.Store(Lanes.Clamp(s1, lo, hi), d + size);
            V.Store(Lanes.Clamp(s2, lo, hi), d + 2 * size);
            V.Store(Lanes.Clamp(s3, lo, hi), d + 3 * size);
            V.Store(Lanes.Clamp(s4, lo, hi), d + 4 * size);
            V.Store(Lanes.Clamp(s5, lo, hi), d + 5 * size);
            V.Store(Lanes.Clamp(s6, lo, hi), d + 6 * size);
            V.Store(Lanes.Clamp(s7, lo, hi), d + 7 * size);
        }
        if (vectors >= 4)
        {
            V s0 = V.Create(bias), s1 = s0, s2 = s0, s3 = s0, t0 = V.Create(0), t1 = t0, t2 = t0, t3 = t0;
            int e = 0;
            for (; e + 2 <= count; e += 2)
            {
                float* p = x + offsets[e], q = x + offsets[e + 1];
                V v = V.Create(w[e]), u = V.Create(w[e + 1]);
                s0 = V.MultiplyAdd(v, V.Load(p), s0);
                s1 = V.MultiplyAdd(v, V.Load(p + size), s1);
                s2 = V.MultiplyAdd(v, V.Load(p + 2 * size), s2);
                s3 = V.MultiplyAdd(v, V.Load(p + 3 * size), s3);
                t0 = V.MultiplyAdd(u, V.Load(q), t0);
                t1 = V.MultiplyAdd(u, V.Load(q + size), t1);
                t2 = V.MultiplyAdd(u, V.Load(q + 2 * size), t2);
                t3 = V.MultiplyAdd(u, V.Load(q + 3 * size), t3);
            }
            if (e < count)
            {
                float* p = x + offsets[e];
                V v = V.Create(w[e]);
                s0 = V.MultiplyAdd(v, V.Load(p), s0);
                s1 = V.MultiplyAdd(v, V.Load(p + size), s1);
                s2 = V.MultiplyAdd(v, V.Load(p + 2 * size), s2);
                s3 = V.MultiplyAdd(v, V.Load(p + 3 * size), s3);
            }
            V.Store(Lanes.Clamp(s0 + t0, lo, hi), d);
            V.Store(Lanes.Clamp(s1 + t1, lo, hi), d + size);
            V.Store(Lanes.Clamp(s2 + t2, lo, hi), d + 2 * size);
            V.Store(Lanes.Clamp(s3 + t3, lo, hi), d + 3 * size);
            vectors -= 4;
            x += 4 * size;
            d += 4 * size;
        }
        if (vectors >= 2)
        {
            V s0 = V.Create(bias), s1 = s0, t0 = V.Create(0), t1 = t0, u0 = t0, u1 = t0, v0 = t0, v1 = t0;
            int e = 0;
            for (; e + 4 <= count; e += 4)
            {
                float* p = x + offsets[e], q = x + offsets[e + 1], r = x + offsets[e + 2], s = x + offsets[e + 3];
                V a0 = V.Create(w[e]), a1 = V.Create(w[e + 1]), a2 = V.Create(w[e + 2]), a3 = V.Create(w[e + 3]);
                s0 = V.MultiplyAdd(a0, V.Load(p), s0);
                s1 = V.MultiplyAdd(a0, V.Load(p + size), s1);
                t0 = V.MultiplyAdd(a1, V.Load(q), t0);
                t1 = V.MultiplyAdd(a1, V.Load(q + size), t1);
                u0 = V.MultiplyAdd(a2, V.Load(r), u0);
                u1 = V.MultiplyAdd(a2, V.Load(r + size), u1);
                v0 = V.MultiplyAdd(a3, V.Load(s), v0);
                v1 = V.MultiplyAdd(a3, V.Load(s + size), v1);
            }
            for (; e < count; e++)
            {
                float* p = x + offsets[e];
                V a0 = V.Create(w[e]);
                s0 = V.MultiplyAdd(a0, V.Load(p), s0);
                s1 = V.MultiplyAdd(a0, V.Load(p + size), s1);
            }
            V.Store(Lanes.Clamp(s0 + t0 + (u0 + v0), lo, hi), d);
            V.Store(Lanes.Clamp(s1 + t1 + (u1 + v1), lo, hi), d + size);
            vectors -= 2;
            x += 2 * size;
            d += 2 * size;
        }
        if (vectors > 0)
        {
            V s0 = V.Create(bias), s1 = V.Create(0), s2 = s1, s3 = s1;
            int e = 0;
            for (; e + 4 <= count; e += 4)
            {
                s0 = V.MultiplyAdd(V.Create(w[e]), V.Load(x + offsets[e]), s0);
                s1 = V.MultiplyAdd(V.Create(w[e + 1]), V.Load(x + offsets[e + 1]), s1);
                s2 = V.MultiplyAdd(V.Create(w[e + 2]), V.Load(x + offsets[e + 2]), s2);
                s3 = V.MultiplyAdd(V.Create(w[e + 3]), V.Load(x + offsets[e + 3]), s3);
            }
            for (; e < count; e++) s0 = V.MultiplyAdd(V.Create(w[e]), V.Load(x + offsets[e]), s0);
            V.Store(Lanes.Clamp(s0 + s1 + (s2 + s3), lo, hi), d);
        }
    }
}
