using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    /// <summary>P = 16; tiles of 6 × 2 registers: 12 sums, 2 weights and a broadcast fill the sixteen registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Avx2(GemmArgs* a) => Run<LaneTiles<Lanes8>, Lanes8>(a);
}
