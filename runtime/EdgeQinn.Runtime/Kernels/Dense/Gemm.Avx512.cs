using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    /// <summary>P = 32; tiles of 6 × 2 registers: one multiply-add of 512 bits per cycle needs no more sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Avx512(GemmArgs* a) => Run<LaneTiles<Lanes16>, Lanes16>(a);
}
