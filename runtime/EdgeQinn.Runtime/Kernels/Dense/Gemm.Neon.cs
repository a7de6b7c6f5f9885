using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemm
{
    static void Neon(GemmArgs* a) => Run<Lanes4>(a);
}
