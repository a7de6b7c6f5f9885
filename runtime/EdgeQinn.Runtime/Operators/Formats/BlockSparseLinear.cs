using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Dense;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>
/// Linear layers whose weights are block-sparse: blocks of 4 × 4 int8 in integers (<see cref="QuadSparseLinear"/>), all others in float32. Blocks of one
/// column in int8 save bytes of the file only: their inputs come one by one from anywhere, and putting four together for a dot product costs more than
/// it saves.
/// </summary>
static unsafe class BlockSparseLinear
{
    const int SharedInputs = 4;

    /// <summary>Appends the step; where so much is stored that skipping zeros does not pay, the dense one.</summary>
    public static void Plan(LinearLayer layer, StepPlanner planner)
    {
        var weight = (BlockSparseWeight)WeightEncodings.Read(layer.Weights);
        if (weight is { IsInt8: true, Width: 4 })
        {
            QuadSparseLinear.Plan(layer, weight, planner);
            return;
        }
        if (!layer.IsForced && !Pays(weight, layer.Rows, planner.Select(Gemv.Family).Isa))
        {
            MaterialisedLinear.Plan(layer, weight, planner);
            return;
        }
        var kernel = planner.Select(BlockSparse.For(weight.Height, weight.Columns));
        var rows = SparseRows.Of(weight, weight.Height, skipZeros: weight.Width > 1);
        uint* pointers = planner.Allocate<uint>(rows.Pointers.Length);
        rows.Pointers.CopyTo(new Span<uint>(pointers, rows.Pointers.Length));
        float* values = planner.Allocate<float>(rows.Values.Length);
        rows.Values.CopyTo(new Span<float>(values, rows.Values.Length));
        void* columns = PlaceColumns(rows.Columns, BlockSparse.IsWide(weight.Columns), planner);
        var bias = layer.Bias ?? DenseLinear.Zeros(weight.Rows, planner);
        planner.Step(kernel, (ref BlockSparseArgs args, SessionMemory memory) => args = new BlockSparseArgs
        {
            X = memory.Pointer<float>(layer.X), Y = memory.Pointer<float>(layer.Y), Bias = memory.Pointer<float>(bias),
            Pointers = pointers, Columns = columns, Values = values,
            XStride = weight.Columns, YStride = weight.Rows, BiasStride = 0,
            Rows = weight.Rows, Groups = rows.Pointers.Length - 1, Batch = layer.Rows, Min = layer.Low, Max = layer.High,
        });
    }

    /// <summary>
    /// Break-even densities measured against the dense kernels: a block of more rows wastes less on each index. Several inputs share what a dense product
    /// reads, not what a sparse one does (benchmarks/results/kernel-table.json, shapes of 16 vectors).
    /// </summary>
    public static double BreakEven(BlockSparseWeight weight, int inputs = 1) => inputs < SharedInputs
        ? weight.Height switch { 1 => 0.08, 4 => 0.4, 8 => 0.7, _ => 0.85 }
        : weight.Height switch { 1 => 0.02, 4 => 0.1, 8 => 0.2, _ => 0.35 };

    /// <summary>
    /// Whether skipping zeros is faster. For one input, beside the density: what a group of rows and a block cost against what the dense kernel takes from registers
    /// and from the cache its weights lie in. Few columns do not pay for their groups, and blocks of few rows not for their indices where the dense kernel has wide
    /// registers. The constants are ns, measured on Zen 5 (benchmarks/results/formats.md); only their ratios count.
    /// </summary>
    static bool Pays(BlockSparseWeight weight, int inputs, Isa isa)
    {
        const double perGroup = 0.9, perBlock = 0.28, perVector = 0.1, densePerVector = 0.184, densePerByte = 0.0049, farPerByte = 0.0073;
        const long near = 40 << 10, far = 768 << 10;
        if ((double)weight.MultiplyAdds / weight.Type.Count > BreakEven(weight, inputs)) return false;
        if (inputs >= SharedInputs) return true;
        int lanes = isa switch { Isa.Avx512 => 16, Isa.Avx2 => 8, Isa.Scalar => 1, _ => 4 };
        long bytes = weight.Type.Count * sizeof(float);
        double dense = Math.Max(densePerVector * weight.Type.Count / lanes, bytes <= near ? 0 : bytes * (bytes <= far ? densePerByte : farPerByte));
        double groups = Math.Ceiling((double)weight.Rows / weight.Height), blocks = (double)weight.MultiplyAdds / weight.Height;
        return perGroup * groups + blocks * (perBlock + perVector * weight.Height / lanes) <= dense;
    }

    static void* PlaceColumns(uint[] columns, bool wide, StepPlanner planner)
    {
        if (wide)
        {
            uint* place = planner.Allocate<uint>(columns.Length);
            columns.CopyTo(new Span<uint>(place, columns.Length));
            return place;
        }
        ushort* narrow = planner.Allocate<ushort>(columns.Length);
        for (int i = 0; i < columns.Length; i++) narrow[i] = (ushort)columns[i];
        return narrow;
    }
}
