using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>
/// The element-wise part of an LSTM step (ONNX <c>LSTM</c>), gates in the order i o f c:
/// i = f(xi + pi + Pi ⊙ C), f = f(xf + pf + Pf ⊙ C), c̃ = g(xc + pc), C ← f ⊙ C + i ⊙ c̃, o = f(xo + po + Po ⊙ C), h = o ⊙ h(C).
/// </summary>
/// <remarks>The vector kernels are for <see cref="CellArgs.IsPlain"/> cells; the reference is for all.</remarks>
public static unsafe class LstmCell
{
    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<CellArgs> Family = new KernelFamily<CellArgs>("lstm.cell.f32", "C = f C + i c̃, h = o tanh C", &Reference)
        .With(Isa.Vector128, &Run<Lanes4>).With(Isa.Neon, Cpu.HasNeon ? &Run<Lanes4> : null).With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null);

    static void Reference(CellArgs* a)
    {
        int h = a->H;
        float* peepholes = a->Peepholes;
        for (int n = 0; n < h; n++)
        {
            float c = a->Cell[n];
            float input = a->X[n] + a->P[n], output = a->X[h + n] + a->P[h + n];
            float forget = a->X[2 * h + n] + a->P[2 * h + n], candidate = a->X[3 * h + n] + a->P[3 * h + n];
            if (peepholes != null)
            {
                input += peepholes[n] * c;
                forget += peepholes[2 * h + n] * c;
            }
            float i = a->F.Apply(a->Bound(input));
            float f = a->InputForget ? 1 - i : a->F.Apply(a->Bound(forget));
            c = f * c + i * a->G.Apply(a->Bound(candidate));
            if (peepholes != null) output += peepholes[h + n] * c;
            float state = a->F.Apply(a->Bound(output)) * a->Output.Apply(a->Bound(c));
            a->Cell[n] = c;
            a->State[n] = state;
            if (a->Y != null) a->Y[n] = state;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(CellArgs* a) where V : unmanaged, ILanes<V>
    {
        int h = a->H;
        for (int k = 0; k < h; k += V.Count)
        {
            int n = Math.Min(V.Count, h - k);
            float* x = a->X + k, p = a->P + k;
            V i = Lanes.Sigmoid(V.LoadFirst(x, n) + V.LoadFirst(p, n));
            V o = Lanes.Sigmoid(V.LoadFirst(x + h, n) + V.LoadFirst(p + h, n));
            V f = Lanes.Sigmoid(V.LoadFirst(x + 2 * h, n) + V.LoadFirst(p + 2 * h, n));
            V candidate = Lanes.Tanh(V.LoadFirst(x + 3 * h, n) + V.LoadFirst(p + 3 * h, n));
            V c = V.MultiplyAdd(f, V.LoadFirst(a->Cell + k, n), i * candidate);
            V state = o * Lanes.Tanh(c);
            V.StoreFirst(c, a->Cell + k, n);
            V.StoreFirst(state, a->State + k, n);
            if (a->Y != null) V.StoreFirst(state, a->Y + k, n);
        }
    }
}
