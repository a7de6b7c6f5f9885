using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Dense;

namespace EdgeQinn.Runtime.Operators.Dense;

/// <summary>Linear layers whose weights are plain matrices.</summary>
static unsafe class DenseLinear
{
    /// <summary>Two rows keep only four sums of a matrix product in flight: reading weights of this many bytes twice is faster.</summary>
    const long MostReadTwice = 128 << 10;

    /// <summary>Constant weights: packed once for the kernel, matrix × vector for one row, matrix × matrix for more.</summary>
    public static void Plan(LinearLayer layer, StepPlanner planner)
    {
        if (layer.Rows == 1 || (layer.Rows == 2 && layer.Weights.Type.ByteLength <= MostReadTwice)) PlanVectors(layer, planner);
        else PlanMatrix(layer, planner);
    }

    static void PlanVectors(LinearLayer layer, StepPlanner planner)
    {
        var kernel = planner.Select(Gemv.Family);
        int m = layer.M, n = layer.N;
        long length = Gemv.PackedLength(m, n, kernel.Panel);
        float* packed = planner.Allocate<float>(length);
        Gemv.Pack(layer.Weights.Data<float>(), m, n, kernel.Panel, new Span<float>(packed, checked((int)length)));
        var bias = layer.Bias ?? Zeros(m, planner);
        for (int row = 0; row < layer.Rows; row++)
        {
            BufferRef x = layer.X.Plus((long)row * n * sizeof(float)), y = layer.Y.Plus((long)row * m * sizeof(float));
            planner.Step(kernel, (ref GemvArgs args, SessionMemory memory) => args = new GemvArgs
            {
                X = memory.Pointer<float>(x), W = packed, B = memory.Pointer<float>(bias), Y = memory.Pointer<float>(y),
                M = m, N = n, Low = layer.Low, High = layer.High,
            });
        }
    }

    static void PlanMatrix(LinearLayer layer, StepPlanner planner)
    {
        int panel = GemmFor(layer.M, planner).Panel, n = layer.N;
        long length = Gemm.PackedLength(layer.M, n, panel);
        float* packed = planner.Allocate<float>(length);
        Gemm.Pack(layer.Weights.Data<float>(), layer.M, n, panel, new Span<float>(packed, checked((int)length)));
        PlanProduct(planner, layer.Rows, n, layer.M, layer.X, planner.Place(packed, length), layer.Y, layer.Bias, layer.Low, layer.High, panel: (long)n * panel, step: panel);
    }

    /// <summary>Computed weights [m, n], row-major: appends the step that transposes them and returns where they then lie, [n, m].</summary>
    public static BufferRef Transpose(BufferRef weights, int m, int n, StepPlanner planner)
    {
        var transposed = planner.Scratch((long)m * n * sizeof(float));
        planner.Step(planner.Select(Transpose2D.Family), (ref Transpose2DArgs args, SessionMemory memory) => args = new Transpose2DArgs
        {
            X = memory.Pointer<float>(weights), Y = memory.Pointer<float>(transposed), Rows = m, Columns = n,
        });
        return transposed;
    }

    /// <summary>Y[rows, m] = clamp(X[rows, n] W + b) with W [n, m] computed and row-major.</summary>
    public static void PlanProduct(StepPlanner planner, int rows, int n, int m, BufferRef x, BufferRef w, BufferRef y, BufferRef? bias, float low, float high) =>
        PlanProduct(planner, rows, n, m, x, w, y, bias, low, high, panel: GemmFor(m, planner).Panel, step: m);

    static void PlanProduct(
        StepPlanner planner, int rows, int n, int m, BufferRef x, BufferRef w, BufferRef y, BufferRef? bias, float low, float high, long panel, long step)
    {
        var b = bias ?? Zeros(m, planner);
        planner.Step(GemmFor(m, planner), (ref GemmArgs args, SessionMemory memory) => args = new GemmArgs
        {
            X = memory.Pointer<float>(x), W = memory.Pointer<float>(w), B = memory.Pointer<float>(b), Y = memory.Pointer<float>(y),
            XRow = n, XColumn = 1, WPanel = panel, WStep = step, YRow = m, R = rows, N = n, M = m, Low = low, High = high,
        });
    }

    /// <summary>The vector kernel that wastes the fewest columns of m on whole panels; of equals the widest.</summary>
    public static Kernel<GemmArgs> GemmFor(int m, StepPlanner planner) =>
        planner.Candidates(Gemm.Family).Where(k => k.Isa != Isa.Scalar).MinBy(k => (m + k.Panel - 1L) / k.Panel * k.Panel) ?? planner.Select(Gemm.Family);

    /// <summary>A bias of zeros.</summary>
    public static BufferRef Zeros(int count, StepPlanner planner) => planner.Place(planner.Allocate<float>(count), count);
}
