using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    /// <summary>P = 32: eight registers of four lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Portable(GemvArgs* a) => Run<Lanes4>(a);
}
