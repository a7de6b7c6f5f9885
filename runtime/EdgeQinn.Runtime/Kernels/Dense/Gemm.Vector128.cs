using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    /// <summary>P = 8; tiles of 6 × 2 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Portable(GemmArgs* a) => Run<LaneTiles<Lanes4>, Lanes4>(a);
}
