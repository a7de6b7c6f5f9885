using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>
/// An LSTM with dense weights over whole sequences, sigmoid and tanh, without peepholes: with (i, o, f, c̃) = (σ, σ, σ, tanh)(x + R h + b),
/// C ← f ⊙ C + i ⊙ c̃, h ← o ⊙ tanh C. Gates in the order i o f c.
/// </summary>
/// <remarks><see cref="DenseRecurrence"/> tells the layout.</remarks>
public readonly unsafe struct LstmDense : IDenseCell
{
    const int Gates = 4;

    static int IDenseCell.Gates => Gates;

    static int IDenseCell.MostStreams => 3;

    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<DenseRecurrenceArgs> Family =
        new KernelFamily<DenseRecurrenceArgs>("lstm.dense.f32", "hₜ, Cₜ = LSTM(xₜ, hₜ₋₁, Cₜ₋₁) for each t", &Reference)
            .With(Isa.Vector128, &DenseRecurrence.Run<LstmDense, Lanes4>, 4)
            .With(Isa.Neon, Cpu.HasNeon ? &DenseRecurrence.Run<LstmDense, Lanes4> : null, 4)
            .With(Isa.Avx2, Cpu.HasAvx2 ? &DenseRecurrence.Run<LstmDense, Lanes8> : null, 8)
            .With(Isa.Avx512, Cpu.HasAvx512 ? &DenseRecurrence.Run<LstmDense, Lanes16> : null, 16);

    static void Reference(DenseRecurrenceArgs* a)
    {
        int h = a->H;
        var gates = stackalloc float[Gates];
        for (int stream = 0; stream < a->Streams; stream++)
        {
            int steps = DenseRecurrence.Start(a, a->Work, stream, h);
            float* state = a->Work, next = a->Work + h, cell = a->Work + 2 * h;
            for (int s = 0; s < steps; s++)
            {
                int t = a->Reverse ? steps - 1 - s : s;
                float* x = a->X + t * a->XStep + stream * a->XStream;
                for (int u = 0; u < h; u++)
                {
                    for (int g = 0; g < Gates; g++)
                    {
                        gates[g] = x[g * h + u] + a->B[g * h + u];
                        for (int n = 0; n < h; n++) gates[g] += a->R[((long)u * h + n) * Gates + g] * state[n];
                    }
                    float i = 1 / (1 + MathF.Exp(-gates[0])), o = 1 / (1 + MathF.Exp(-gates[1])), f = 1 / (1 + MathF.Exp(-gates[2]));
                    cell[u] = f * cell[u] + i * MathF.Tanh(gates[3]);
                    next[u] = o * MathF.Tanh(cell[u]);
                    if (a->Y != null) a->Y[t * a->YStep + stream * a->YStream + u] = next[u];
                }
                float* swap = state;
                state = next;
                next = swap;
            }
            DenseRecurrence.Finish(a, stream, state, cell, steps);
        }
    }

    /// <summary>R h + b of the units <paramref name="u"/> …; two columns at a time, eight sums in flight.</summary>
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
        V i0 = DenseRecurrence.Load<V>(b, units), o0 = DenseRecurrence.Load<V>(b + h, units), f0 = DenseRecurrence.Load<V>(b + 2 * h, units), c0 = DenseRecurrence.Load<V>(b + 3 * h, units);
        V i1 = V.Create(0), o1 = i1, f1 = i1, c1 = i1;
        for (; n >= 2; n -= 2)
        {
            V v = V.Create(*from);
            i0 = V.MultiplyAdd(v, w, i0);
            o0 = V.MultiplyAdd(v, w + V.Count, o0);
            f0 = V.MultiplyAdd(v, w + 2 * V.Count, f0);
            c0 = V.MultiplyAdd(v, w + 3 * V.Count, c0);
            w += column;
            v = V.Create(from[one]);
            i1 = V.MultiplyAdd(v, w, i1);
            o1 = V.MultiplyAdd(v, w + V.Count, o1);
            f1 = V.MultiplyAdd(v, w + 2 * V.Count, f1);
            c1 = V.MultiplyAdd(v, w + 3 * V.Count, c1);
            w += column;
            from += 2 * one;
        }
        if (n > 0)
        {
            V v = V.Create(*from);
            i0 = V.MultiplyAdd(v, w, i0);
            o0 = V.MultiplyAdd(v, w + V.Count, o0);
            f0 = V.MultiplyAdd(v, w + 2 * V.Count, f0);
            c0 = V.MultiplyAdd(v, w + 3 * V.Count, c0);
        }
        V.Store(i0 + i1, sums);
        V.Store(o0 + o1, sums + V.Count);
        V.Store(f0 + f1, sums + 2 * V.Count);
        V.Store(c0 + c1, sums + 3 * V.Count);
    }

    /// <summary>R h + b of the units <paramref name="u"/> … of two or three streams: eight or twelve sums in flight, beside their states and a weight.</summary>
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
        V i0 = DenseRecurrence.Load<V>(b, units), o0 = DenseRecurrence.Load<V>(b + h, units), f0 = DenseRecurrence.Load<V>(b + 2 * h, units), c0 = DenseRecurrence.Load<V>(b + 3 * h, units);
        V i1 = i0, o1 = o0, f1 = f0, c1 = c0, i2 = i0, o2 = o0, f2 = f0, c2 = c0;
        nint stride2 = 2 * stride;
        for (int n = h; n > 0; n--, w += column, from += one)
        {
            V v0 = V.Create(*from), v1 = V.Create(from[stride]), v2 = S.Count > 2 ? V.Create(from[stride2]) : v1;
            V p = V.Load(w);
            i0 = V.MultiplyAdd(p, v0, i0);
            i1 = V.MultiplyAdd(p, v1, i1);
            if (S.Count > 2) i2 = V.MultiplyAdd(p, v2, i2);
            p = V.Load(w + V.Count);
            o0 = V.MultiplyAdd(p, v0, o0);
            o1 = V.MultiplyAdd(p, v1, o1);
            if (S.Count > 2) o2 = V.MultiplyAdd(p, v2, o2);
            p = V.Load(w + 2 * V.Count);
            f0 = V.MultiplyAdd(p, v0, f0);
            f1 = V.MultiplyAdd(p, v1, f1);
            if (S.Count > 2) f2 = V.MultiplyAdd(p, v2, f2);
            p = V.Load(w + 3 * V.Count);
            c0 = V.MultiplyAdd(p, v0, c0);
            c1 = V.MultiplyAdd(p, v1, c1);
            if (S.Count > 2) c2 = V.MultiplyAdd(p, v2, c2);
        }
        Store(sums, i0, o0, f0, c0);
        Store(sums + Gates * V.Count, i1, o1, f1, c1);
        if (S.Count > 2) Store(sums + 2 * Gates * V.Count, i2, o2, f2, c2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<V>(float* sums, V i, V o, V f, V c) where V : unmanaged, ILanes<V>
    {
        V.Store(i, sums);
        V.Store(o, sums + V.Count);
        V.Store(f, sums + 2 * V.Count);
        V.Store(c, sums + 3 * V.Count);
    }

    /// <summary>The new states of the units <paramref name="u"/> ….</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)] // 2 kB for each loop it would stand in
    static void IDenseCell.Update<V>(DenseRecurrenceArgs* a, int u, float* sums, float* x, float* state, float* next, float* cell, float* y)
    {
        int h = a->H;
        Update<V>(h, Math.Min(V.Count, h - u), sums, x + u, next + u, cell + u, y == null ? null : y + u);
    }

    static void IDenseCell.NeonUpdates(float* constants, int h, int blocks, float* sums, float* x, float* state, float* next, float* cell, float* y)
    {
        for (int u = 0; u < 4 * blocks; u += 4) Update<Lanes4>(h, 4, sums + u * Gates, x + u, next + u, cell + u, y == null ? null : y + u);
    }

    /// <summary>The new states of <paramref name="units"/> units; pointers are to the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Update<V>(int h, int units, float* sums, float* x, float* next, float* cell, float* y) where V : unmanaged, ILanes<V>
    {
        V i = Lanes.Sigmoid(V.Load(sums) + DenseRecurrence.Load<V>(x, units));
        V o = Lanes.Sigmoid(V.Load(sums + V.Count) + DenseRecurrence.Load<V>(x + h, units));
        V f = Lanes.Sigmoid(V.Load(sums + 2 * V.Count) + DenseRecurrence.Load<V>(x + 2 * h, units));
        V c = V.MultiplyAdd(f, V.Load(cell), i * Lanes.Tanh(V.Load(sums + 3 * V.Count) + DenseRecurrence.Load<V>(x + 3 * h, units)));
        V result = o * Lanes.Tanh(c);
        V.Store(c, cell);
        V.Store(result, next);
        if (y == null) return;
        if (units == V.Count) V.Store(result, y);
        else V.StoreFirst(result, y, units);
    }
}
