using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>
/// A GRU with dense weights over one sequence, sigmoid and tanh, the reset after the product (what PyTorch and Keras train):
/// z = σ(xz + Rz h + bz), r = σ(xr + Rr h + br), h ← (1 − z) ⊙ tanh(xh + r ⊙ (Rh h + bh)) + z ⊙ h. Gates in the order z r h.
/// </summary>
/// <remarks><see cref="DenseRecurrence"/> tells the layout. A block's gates are computed while the next block's weights are on their way.</remarks>
public static unsafe class GruDense
{
    const int Gates = 3;

    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<DenseRecurrenceArgs> Family = new KernelFamily<DenseRecurrenceArgs>("gru.dense.f32", "hₜ = GRU(xₜ, hₜ₋₁) for each t", &Reference)
        .With(Isa.Vector128, &Run<Lanes4>, 4).With(Isa.Neon, &Run<Lanes4>, 4).With(Isa.Avx2, &Run<Lanes8>, 8).With(Isa.Avx512, &Run<Lanes16>, 16);

    static void Reference(DenseRecurrenceArgs* a)
    {
        int h = a->H, steps = DenseRecurrence.Start(a, h);
        float* state = a->Work, next = a->Work + h;
        var gates = stackalloc float[Gates];
        for (int s = 0; s < steps; s++)
        {
            int t = a->Reverse ? steps - 1 - s : s;
            float* x = a->X + (long)t * Gates * h;
            for (int u = 0; u < h; u++)
            {
                for (int g = 0; g < Gates; g++)
                {
                    gates[g] = a->B[g * h + u];
                    for (int n = 0; n < h; n++) gates[g] += a->R[((long)u * h + n) * Gates + g] * state[n];
                }
                float z = 1 / (1 + MathF.Exp(-(x[u] + gates[0]))), r = 1 / (1 + MathF.Exp(-(x[h + u] + gates[1])));
                next[u] = (1 - z) * MathF.Tanh(x[2 * h + u] + r * gates[2]) + z * state[u];
                if (a->Y != null) a->Y[t * a->YStep + u] = next[u];
            }
            float* swap = state;
            state = next;
            next = swap;
        }
        DenseRecurrence.Finish(a, state, null, steps);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(DenseRecurrenceArgs* a) where V : unmanaged, ILanes<V>
    {
        int h = a->H, padded = DenseRecurrence.Padded(h, V.Count), steps = DenseRecurrence.Start(a, padded), last = padded - V.Count;
        float* state = a->Work, next = a->Work + padded;
        for (int s = 0; s < steps; s++)
        {
            int t = a->Reverse ? steps - 1 - s : s;
            float* x = a->X + (long)t * Gates * h, y = a->Y == null ? null : a->Y + t * a->YStep;
            bool back = (s & 1) != 0;
            for (int u = 0; u <= last; u += V.Count) Block<V>(a, back ? last - u : u, back, x, state, next, y);
            float* swap = state;
            state = next;
            next = swap;
        }
        DenseRecurrence.Finish(a, state, null, steps);
    }

    /// <summary>The units <paramref name="u"/> … of one step; four columns at a time, twelve sums in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Block<V>(DenseRecurrenceArgs* a, int u, bool back, float* x, float* state, float* next, float* y) where V : unmanaged, ILanes<V>
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
        V z0 = Load<V>(b, units), r0 = Load<V>(b + h, units), c0 = Load<V>(b + 2 * h, units);
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
        x += u;
        V z = Lanes.Sigmoid(z0 + z1 + (z2 + z3) + Load<V>(x, units));
        V r = Lanes.Sigmoid(r0 + r1 + (r2 + r3) + Load<V>(x + h, units));
        V candidate = Lanes.Tanh(V.MultiplyAdd(r, c0 + c1 + (c2 + c3), Load<V>(x + 2 * h, units)));
        V result = V.MultiplyAdd(z, V.Load(state + u) - candidate, candidate);
        V.Store(result, next + u);
        if (y == null) return;
        if (units == V.Count) V.Store(result, y + u);
        else V.StoreFirst(result, y + u, units);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Load<V>(float* p, int units) where V : unmanaged, ILanes<V> => units == V.Count ? V.Load(p) : V.LoadFirst(p, units);
}
