using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>
/// The element-wise part of a GRU step (ONNX <c>GRU</c>; Cho et al. 2014, arXiv 1406.1078), gates in the order z r h:
/// z = f(xz + pz), r = f(xr + pr), h̃ = g(xh + ph) or g(xh + r ⊙ ph), h ← (1 − z) ⊙ h̃ + z ⊙ h.
/// </summary>
/// <remarks>The vector kernels are for <see cref="CellArgs.IsPlain"/> cells; the reference is for all.</remarks>
public static unsafe class GruCell
{
    /// <summary>The whole step.</summary>
    public static readonly KernelFamily<CellArgs> Family = new KernelFamily<CellArgs>("gru.cell.f32", "h = (1 − z) h̃ + z h", &Reference)
        .With(Isa.Vector128, &Run<Lanes4>).With(Isa.Neon, Cpu.HasNeon ? &Run<Lanes4> : null).With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null);

    /// <summary>What comes before the second product of a GRU that resets before it.</summary>
    public static readonly KernelFamily<CellArgs> ResetFamily = new KernelFamily<CellArgs>("gru.reset.f32", "reset = r ⊙ h", &ReferenceReset)
        .With(Isa.Vector128, &RunReset<Lanes4>).With(Isa.Neon, Cpu.HasNeon ? &RunReset<Lanes4> : null).With(Isa.Avx2, Cpu.HasAvx2 ? &RunReset<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &RunReset<Lanes16> : null);

    static void Reference(CellArgs* a)
    {
        int h = a->H;
        for (int i = 0; i < h; i++)
        {
            float z = a->F.Apply(a->Bound(a->X[i] + a->P[i])), p = a->Candidate[i];
            if (a->ResetAfter) p *= a->F.Apply(a->Bound(a->X[h + i] + a->P[h + i]));
            float candidate = a->G.Apply(a->Bound(a->X[2 * h + i] + p));
            float state = (1 - z) * candidate + z * a->State[i];
            a->State[i] = state;
            if (a->Y != null) a->Y[i] = state;
        }
    }

    static void ReferenceReset(CellArgs* a)
    {
        int h = a->H;
        for (int i = 0; i < h; i++) a->Reset[i] = a->F.Apply(a->Bound(a->X[h + i] + a->P[h + i])) * a->State[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(CellArgs* a) where V : unmanaged, ILanes<V>
    {
        int h = a->H;
        for (int i = 0; i < h; i += V.Count) Step<V>(a, i, Math.Min(V.Count, h - i));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Step<V>(CellArgs* a, int i, int n) where V : unmanaged, ILanes<V>
    {
        int h = a->H;
        float* x = a->X + i, p = a->P + i;
        V z = Lanes.Sigmoid(V.LoadFirst(x, n) + V.LoadFirst(p, n)), product = V.LoadFirst(a->Candidate + i, n);
        if (a->ResetAfter) product *= Lanes.Sigmoid(V.LoadFirst(x + h, n) + V.LoadFirst(p + h, n));
        V candidate = Lanes.Tanh(V.LoadFirst(x + 2 * h, n) + product);
        V state = V.MultiplyAdd(z, V.LoadFirst(a->State + i, n) - candidate, candidate);
        V.StoreFirst(state, a->State + i, n);
        if (a->Y != null) V.StoreFirst(state, a->Y + i, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunReset<V>(CellArgs* a) where V : unmanaged, ILanes<V>
    {
        int h = a->H;
        for (int i = 0; i < h; i += V.Count)
        {
            int n = Math.Min(V.Count, h - i);
            V r = Lanes.Sigmoid(V.LoadFirst(a->X + h + i, n) + V.LoadFirst(a->P + h + i, n));
            V.StoreFirst(r * V.LoadFirst(a->State + i, n), a->Reset + i, n);
        }
    }
}
