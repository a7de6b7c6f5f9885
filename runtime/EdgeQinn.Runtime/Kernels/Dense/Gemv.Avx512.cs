using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    /// <summary>P = 128: eight registers of sixteen lanes, eight sums in flight; each weight is the memory operand of its multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Avx512(GemvArgs* a) => Run<Lanes16>(a);
}
