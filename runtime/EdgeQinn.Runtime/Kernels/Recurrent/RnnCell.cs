using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>The element-wise part of a plain recurrent step (ONNX <c>RNN</c>): h = f(x + p).</summary>
/// <remarks>The vector kernels are for tanh without clip; the reference is for all.</remarks>
public static unsafe class RnnCell
{
    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<CellArgs> Family = new KernelFamily<CellArgs>("rnn.cell.f32", "h = tanh(x + p)", &Reference)
        .With(Isa.Vector128, &Run<Lanes4>).With(Isa.Neon, Cpu.HasNeon ? &Run<Lanes4> : null).With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null);

    static void Reference(CellArgs* a)
    {
        for (int i = 0; i < a->H; i++)
        {
            float state = a->F.Apply(a->Bound(a->X[i] + a->P[i]));
            a->State[i] = state;
            if (a->Y != null) a->Y[i] = state;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(CellArgs* a) where V : unmanaged, ILanes<V>
    {
        for (int i = 0; i < a->H; i += V.Count)
        {
            int n = Math.Min(V.Count, a->H - i);
            V state = Lanes.Tanh(V.LoadFirst(a->X + i, n) + V.LoadFirst(a->P + i, n));
            V.StoreFirst(state, a->State + i, n);
            if (a->Y != null) V.StoreFirst(state, a->Y + i, n);
        }
    }
}
