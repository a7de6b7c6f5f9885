using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Dense;

public static unsafe partial class Gemv
{
    static void Neon(GemvArgs* a) => Run<Lanes4>(a);
}
