using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>
/// A GRU with dense weights over whole sequences, sigmoid and tanh, the reset after the product (what PyTorch and Keras train):
/// z = σ(xz + Rz h + bz), r = σ(xr + Rr h + br), h ← (1 − z) ⊙ tanh(xh + r ⊙ (Rh h + bh)) + z ⊙ h. Gates in the order z r h.
/// </summary>
/// <remarks><see cref="DenseRecurrence"/> tells the layout.</remarks>
public readonly unsafe partial struct GruDense : IDenseCell
{
    const int Gates = 3;

    static int IDenseCell.Gates => Gates;

    static int IDenseCell.MostStreams => 4;

    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<DenseRecurrenceArgs> Family =
        new KernelFamily<DenseRecurrenceArgs>("gru.dense.f32", "hₜ = GRU(xₜ, hₜ₋₁) for each t", &Reference)
            .With(Isa.Vector128, &DenseRecurrence.Run<GruDense, Lanes4>, 4)
            .With(Isa.Neon, Cpu.HasNeon ? &DenseRecurrence.Run<GruDense, Lanes4> : null, 4)
            .With(Isa.Avx2, Cpu.HasAvx2 ? &DenseRecurrence.Run<GruDense, Lanes8> : null, 8)
            .With(Isa.Avx512, Cpu.HasAvx512 ? &DenseRecurrence.Run<GruDense, Lanes16> : null, 16);

    static void Reference(DenseRecurrenceArgs* a)
    {
        int h = a->H;
        var gates = stackalloc float[Gates];
        for (int i = 0; i < a->Streams; i++)
        {
            int steps = DenseRecurrence.Start(a, a->Work, i, h);
            float* state = a->Work, next = a->Work + h;
            for (int s = 0; s < steps; s++)
            {
                int t = a->Reverse ? steps - 1 - s : s;
                float* x = a->X + t * a->XStep + i * a->XStream;
                for (int u = 0; u < h; u++)
                {
                    for (int g = 0; g < Gates; g++)
                    {
                        gates[g] = a->B[g * h + u];
                        for (int n = 0; n < h; n++) gates[g] += a->R[((long)u * h + n) * Gates + g] * state[n];
                    }
                    float z = 1 / (1 + MathF.Exp(-(x[u] + gates[0]))), r = 1 / (1 + MathF.Exp(-(x[h + u] + gates[1])));
                    next[u] = (1 - z) * MathF.Tanh(x[2 * h + u] + r * gates[2]) + z * state[u];
                    if (a->Y != null) a->Y[t * a->YStep + i * a->YStream + u] = next[u];
                }
                float* swap = state;
                state = next;
                next = swap;
            }
            DenseRecurrence.Finish(a, i, state, null, steps);
        }
    }

    /// <summary>R h + b of the units <paramref name="u"/> …; four columns at a time, twelve sums in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void IDenseCell.Sums<V>(DenseRecurrenceArgs* a, int u, bool back, float* state, float* sums)
    {
        int h = a->H, units = Math.Min(V.Count, h - u), n = h;
        float* w = a->R + (long)u * h * Gates, from = state;
        nint column = Gates * V.Count, one = 1;
        if (back)
        {
            w += (h - 1) * column;
            from += h - 1;
            (column, one) = (-column, -1);
        }
        float* b = a->B + u;
        V z0 = DenseRecurrence.Load<V>(b, units), r0 = DenseRecurrence.Load<V>(b + h, units), c0 = DenseRecurrence.Load<V>(b + 2 * h, units);
        V z1 = V.Create(0), r1 = z1, c1 = z1, z2 = z1, r2 = z1, c2 = z1, z3 = z1, r3 = z1, c3 = z1;
        for (; n >= 4; n -= 4)
        {
            V v = V.Create(*from);
            z0 = V.MultiplyAdd(v, w, z0);
            r0 = V.MultiplyAdd(v, w + V.Count, r0);
            c0 = V.MultiplyAdd(v, w + 2 * V.Count, c0);
            w += column;
            v = V.Create(from[one]);
            z1 = V.MultiplyAdd(v, w, z1);
            r1 = V.MultiplyAdd(v, w + V.Count, r1);
            c1 = V.MultiplyAdd(v, w + 2 * V.Count, c1);
            w += column;
            from += 2 * one;
            v = V.Create(*from);
            z2 = V.MultiplyAdd(v, w, z2);
            r2 = V.MultiplyAdd(v, w + V.Count, r2);
            c2 = V.MultiplyAdd(v, w + 2 * V.Count, c2);
            w += column;
            v = V.Create(from[one]);
            z3 = V.MultiplyAdd(v, w, z3);
            r3 = V.MultiplyAdd(v, w + V.Count, r3);
            c3 = V.MultiplyAdd(v, w + 2 * V.Count, c3);
            w += column;
            from += 2 * one;
        }
        for (; n > 0; n--, w += column, from += one)
        {
            V v = V.Create(*from);
            z0 = V.MultiplyAdd(v, w, z0);
            r0 = V.MultiplyAdd(v, w + V.Count, r0);
            c0 = V.MultiplyAdd(v, w + 2 * V.Count, c0);
        }
        V.Store(z0 + z1 + (z2 + z3), sums);
        V.Store(r0 + r1 + (r2 + r3), sums + V.Count);
        V.Store(c0 + c1 + (c2 + c3), sums + 2 * V.Count);
    }

    /// <summary>R h + b of the units <paramref name="u"/> … of two to four streams: six to twelve sums in flight, beside three weights and a state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void IDenseCell.SumsOf<V, S>(DenseRecurrenceArgs* a, int u, bool back, float* state, nint stride, float* sums)
    {
        int h = a->H, units = Math.Min(V.Count, h - u);
        float* w = a->R + (long)u * h * Gates, from = state;
        nint column = Gates * V.Count, one = 1;
        if (back)
        {
            w += (h - 1) * column;
            from += h - 1;
            (column, one) = (-column, -1);
        }
        float* b = a->B + u;
        V z0 = DenseRecurrence.Load<V>(b, units), r0 = DenseRecurrence.Load<V>(b + h, units), c0 = DenseRecurrence.Load<V>(b + 2 * h, units);
        V z1 = z0, r1 = r0, c1 = c0, z2 = z0, r2 = r0, c2 = c0, z3 = z0, r3 = r0, c3 = c0;
        nint stride2 = 2 * stride, stride3 = 3 * stride;
        for (int n = h; n > 0; n--, w += column, from += one)
        {
            V wz = V.Load(w), wr = V.Load(w + V.Count), wc = V.Load(w + 2 * V.Count);
            V v = V.Create(*from);
            z0 = V.MultiplyAdd(wz, v, z0);
            r0 = V.MultiplyAdd(wr, v, r0);
            c0 = V.MultiplyAdd(wc, v, c0);
            v = V.Create(from[stride]);
            z1 = V.MultiplyAdd(wz, v, z1);
            r1 = V.MultiplyAdd(wr, v, r1);
            c1 = V.MultiplyAdd(wc, v, c1);
            if (S.Count > 2)
            {
                v = V.Create(from[stride2]);
                z2 = V.MultiplyAdd(wz, v, z2);
                r2 = V.MultiplyAdd(wr, v, r2);
                c2 = V.MultiplyAdd(wc, v, c2);
            }
            if (S.Count > 3)
            {
                v = V.Create(from[stride3]);
                z3 = V.MultiplyAdd(wz, v, z3);
                r3 = V.MultiplyAdd(wr, v, r3);
                c3 = V.MultiplyAdd(wc, v, c3);
            }
        }
        Store(sums, z0, r0, c0);
        Store(sums + Gates * V.Count, z1, r1, c1);
        if (S.Count > 2) Store(sums + 2 * Gates * V.Count, z2, r2, c2);
        if (S.Count > 3) Store(sums + 3 * Gates * V.Count, z3, r3, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<V>(float* sums, V z, V r, V c) where V : unmanaged, ILanes<V>
    {
        V.Store(z, sums);
        V.Store(r, sums + V.Count);
        V.Store(c, sums + 2 * V.Count);
    }

    /// <summary>The new state of the units <paramref name="u"/> ….</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void IDenseCell.Update<V>(DenseRecurrenceArgs* a, int u, float* sums, float* x, float* state, float* next, float* cell, float* y)
    {
        int h = a->H, units = Math.Min(V.Count, h - u);
        x += u;
        V z = Lanes.Sigmoid(V.Load(sums) + DenseRecurrence.Load<V>(x, units));
        V r = Lanes.Sigmoid(V.Load(sums + V.Count) + DenseRecurrence.Load<V>(x + h, units));
        V candidate = Lanes.Tanh(V.MultiplyAdd(r, V.Load(sums + 2 * V.Count), DenseRecurrence.Load<V>(x + 2 * h, units)));
        V result = V.MultiplyAdd(z, V.Load(state + u) - candidate, candidate);
        V.Store(result, next + u);
        if (y == null) return;
        if (units == V.Count) V.Store(result, y + u);
        else V.StoreFirst(result, y + u, units);
    }
}
