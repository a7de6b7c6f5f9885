using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Dense;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Linear layers whose weight is a matrix-product operator: a sweep of small matrix products, or the dense matrix where that is less work.</summary>
static unsafe class MpsLinear
{
    /// <summary>
    /// How much faster a product runs per multiply-add than dense matrix × vector with weights from farther away than the first-level cache (measured:
    /// 45–50 against 25–28 per ns on Zen 4, 110 against 45 on Zen 5), and the elements that this cache holds.
    /// </summary>
    const double Advantage = 1.7;
    const long NearElements = 1 << 13;

    /// <summary>What the steps of a sweep take beyond their multiply-adds, as multiply-adds; and the matrix beyond which dense is never made.</summary>
    const double Steps = 2000;
    const long MaxDenseElements = 1 << 22;

    /// <summary>Appends the steps.</summary>
    public static void Plan(LinearLayer layer, StepPlanner planner) => Plan(layer, (MpsWeight)WeightEncodings.Read(layer.Weights), planner);

    /// <summary>Appends the steps for a weight already read.</summary>
    public static void Plan(LinearLayer layer, MpsWeight weight, StepPlanner planner)
    {
        var order = MpsOrder.Best(weight);
        long dense = (long)weight.Rows * weight.Columns;
        double advantage = layer.Rows > 4 || dense <= NearElements ? 1 : Advantage;
        if (order.Starts.Length == 1 || (order.Cost + Steps / layer.Rows > advantage * dense && dense <= MaxDenseElements))
        {
            MaterialisedLinear.Plan(layer, weight, planner);
            return;
        }
        var cores = order.Merge(weight);
        int rows = layer.Rows, padded = weight.PaddedRows;
        bool plain = layer.Bias is null && padded == weight.Rows;
        var (low, high) = plain ? (layer.Low, layer.High) : (float.NegativeInfinity, float.PositiveInfinity);
        var x = Pad(layer, weight, planner);
        var y = padded == weight.Rows ? layer.Y : planner.Scratch((long)rows * padded * sizeof(float));
        if (order.Leftwards) Leftward(cores, rows, x, y, low, high, planner);
        else Rightward(cores, rows, x, y, low, high, planner);
        if (!plain)
            FactoredLinear.Add(planner, y, padded, layer.Bias ?? DenseLinear.Zeros(weight.Rows, planner), 0, layer.Y, weight.Rows, rows, weight.Rows, layer.Low, layer.High);
    }

    /// <summary>The inputs with zeros up to ∏n_k, in memory that stays zero there.</summary>
    static BufferRef Pad(LinearLayer layer, MpsWeight weight, StepPlanner planner)
    {
        if (weight.PaddedColumns == weight.Columns) return layer.X;
        var padded = planner.Persistent((long)layer.Rows * weight.PaddedColumns * sizeof(float));
        FactoredLinear.Add(planner, layer.X, weight.Columns, DenseLinear.Zeros(weight.Columns, planner), 0, padded, weight.PaddedColumns, layer.Rows, weight.Columns,
            float.NegativeInfinity, float.PositiveInfinity);
        return padded;
    }

    /// <summary>From the last core: Z[j_1…j_{k−1}, α, i_k…i_d], starting with one product over all of x.</summary>
    static void Leftward(MpsCore[] cores, int rows, BufferRef x, BufferRef y, float low, float high, StepPlanner planner)
    {
        var last = cores[^1];
        int outer = rows * cores[..^1].Aggregate(1, (n, c) => n * c.Columns), inner = last.Rows;
        var z = planner.Scratch((long)outer * last.Left * last.Rows * sizeof(float));
        LinearFormats.Plan(new LinearLayer(EncodedTensor.FromSpan<float>(Turn(last, (a, i, j, _) => (a * last.Rows + i) * last.Columns + j), last.Left * last.Rows, last.Columns), outer, x, z, null), planner);
        for (int k = cores.Length - 2; k >= 0; k--)
        {
            var core = cores[k];
            outer /= core.Columns;
            int r = core.Left * core.Rows, n = core.Columns * core.Right;
            var left = planner.Table<float>(Turn(core, (a, i, j, b) => ((a * core.Rows + i) * core.Columns + j) * core.Right + b));
            var next = k == 0 ? y : planner.Scratch((long)outer * r * inner * sizeof(float));
            var (lo, hi) = k == 0 ? (low, high) : (float.NegativeInfinity, float.PositiveInfinity);
            Products(planner, left, z, next, r, n, inner, outer, 0, (long)n * inner, (long)r * inner, lo, hi);
            (z, inner) = (next, inner * core.Rows);
        }
    }

    /// <summary>Two cores from the first: Z[i_1, α, j_2], then one product over all of it.</summary>
    static void Rightward(MpsCore[] cores, int rows, BufferRef x, BufferRef y, float low, float high, StepPlanner planner)
    {
        MpsCore first = cores[0], last = cores[1];
        int r = first.Rows * first.Right, n = first.Columns, m = last.Columns;
        var left = planner.Table<float>(Turn(first, (_, i, j, b) => (i * first.Right + b) * first.Columns + j));
        var z = planner.Scratch((long)rows * r * m * sizeof(float));
        Products(planner, left, x, z, r, n, m, rows, 0, (long)n * m, (long)r * m, float.NegativeInfinity, float.PositiveInfinity);
        float[] weights = Turn(last, (a, i, j, _) => (i * last.Left + a) * last.Columns + j);
        LinearFormats.Plan(new LinearLayer(EncodedTensor.FromSpan<float>(weights, last.Rows, last.Left * last.Columns), rows * first.Rows, z, y, null, low, high), planner);
    }

    /// <summary>A core's elements in another order.</summary>
    static float[] Turn(MpsCore core, Func<int, int, int, int, int> place)
    {
        var turned = new float[core.Data.Length];
        int from = 0;
        for (int a = 0; a < core.Left; a++)
            for (int i = 0; i < core.Rows; i++)
                for (int j = 0; j < core.Columns; j++)
                    for (int b = 0; b < core.Right; b++) turned[place(a, i, j, b)] = core.Data[from++];
        return turned;
    }

    /// <summary>Y_c [r, m] = clamp(X_c [r, n] · W_c [n, m]) for c &lt; count, operands so many floats apart.</summary>
    static void Products(StepPlanner planner, BufferRef x, BufferRef w, BufferRef y, int r, int n, int m, int count, long xStep, long wStep, long yStep, float low, float high)
    {
        var kernel = DenseLinear.GemmFor(m, planner);
        var bias = DenseLinear.Zeros(m, planner);
        GemmArgs Item(SessionMemory memory) => new()
        {
            X = memory.Pointer<float>(x), W = memory.Pointer<float>(w), B = memory.Pointer<float>(bias), Y = memory.Pointer<float>(y),
            XRow = n, XColumn = 1, WPanel = kernel.Panel, WStep = m, YRow = m, R = r, N = n, M = m, Low = low, High = high,
        };
        if (count == 1)
        {
            planner.Step(kernel, (ref GemmArgs args, SessionMemory memory) => args = Item(memory));
            return;
        }
        long* offsets = planner.Allocate<long>(3L * count);
        for (int c = 0; c < count; c++) (offsets[3 * c], offsets[3 * c + 1], offsets[3 * c + 2]) = (c * xStep, c * wStep, c * yStep);
        planner.Step(planner.Select(GemmBatched.Family), (ref GemmBatchedArgs args, SessionMemory memory) => args = new GemmBatchedArgs
        {
            Item = Item(memory), Gemm = kernel.Run, Offsets = offsets, Count = count,
        }, kernel.Name);
    }
}
