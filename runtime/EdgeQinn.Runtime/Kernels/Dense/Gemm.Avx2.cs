using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Avx2(GemmArgs* a) => Run<LaneTiles<Lanes8>, Lanes8>(a);
}
