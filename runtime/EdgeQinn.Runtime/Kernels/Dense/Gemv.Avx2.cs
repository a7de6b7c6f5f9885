using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    /// <summary>P = 64: eight registers of eight lanes, eight sums in flight; each weight is the memory operand of its multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Avx2(GemvArgs* a) => Run<Lanes8>(a);
}
