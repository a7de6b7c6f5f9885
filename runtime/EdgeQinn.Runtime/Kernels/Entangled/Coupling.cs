using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="Coupling"/>.</summary>
public unsafe struct CouplingArgs
{
    /// <summary>The shared states, [Batch, Rank].</summary>
    public float* H;

    /// <summary>What each group sees, [Batch, Groups, Rank].</summary>
    public float* Z;

    /// <summary>[Groups, Rank].</summary>
    public float* Own;

    /// <summary>[Groups, Rank]; null where every group only scales.</summary>
    public float* Other;

    /// <summary>Room for Rank floats.</summary>
    public float* Scratch;

    public int Batch, Groups, Rank;
}

/// <summary>
/// The local operators of an entangled block: z[g,k] = own[g,k]·h[k] + other[g,k]·h[k ⊕ 1]. Phases have no other; rotations have own = cos φ
/// and other = ∓sin φ on the two components of a pair.
/// </summary>
static unsafe class Coupling
{
    public static KernelFamily<CouplingArgs> Family { get; } = new KernelFamily<CouplingArgs>("coupling.f32", "z[g,k] = own[g,k]·h[k] + other[g,k]·h[k^1]", &Reference)
        .With(Isa.Vector128, &Run<Lanes4>)
        .With(Isa.Neon, Cpu.HasNeon ? &Run<Lanes4> : null)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null);

    static void Reference(CouplingArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int k = 0; k < a->Rank; k++)
                {
                    float z = a->Own[g * a->Rank + k] * a->H[n * a->Rank + k];
                    if (a->Other != null) z += a->Other[g * a->Rank + k] * a->H[n * a->Rank + (k ^ 1)];
                    a->Z[(n * a->Groups + g) * a->Rank + k] = z;
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(CouplingArgs* a) where V : unmanaged, ILanes<V>
    {
        int rank = a->Rank;
        for (int n = 0; n < a->Batch; n++)
        {
            float* h = a->H + (nint)n * rank, swapped = a->Scratch;
            for (int k = 0; a->Other != null && k < rank; k++) swapped[k] = h[k ^ 1];
            for (int g = 0; g < a->Groups; g++)
            {
                float* own = a->Own + (nint)g * rank, other = a->Other + (nint)g * rank, z = a->Z + ((nint)n * a->Groups + g) * rank;
                int k = 0;
                if (a->Other == null)
                    for (; k + V.Count <= rank; k += V.Count) V.Store(V.Load(own + k) * V.Load(h + k), z + k);
                else
                    for (; k + V.Count <= rank; k += V.Count)
                        V.Store(V.MultiplyAdd(V.Load(other + k), V.Load(swapped + k), V.Load(own + k) * V.Load(h + k)), z + k);
                for (; k < rank; k++) z[k] = own[k] * h[k] + (a->Other == null ? 0 : other[k] * swapped[k]);
            }
        }
    }
}
