using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Plans a convolution whose weight is block-sparse: the padded input of the dense one, and only the stored taps.</summary>
static unsafe class SparseConvSteps
{
    /// <summary>
    /// Whether skipping zeros is faster than multiplying by them: break-even densities measured on Zen 4 and Zen 5 for blocks of 1 and of 4 rows, against the
    /// direct dense kernels, and against minimal filtering where that can be had.
    /// </summary>
    public static bool Pays(OperatorCall call, BlockSparseWeight weight, ConvShape shape)
    {
        if (call.Attributes.Text(ConvSteps.AlgorithmAttribute) is SegmentedConvSteps.Algorithm or Int8SparseConvSteps.Algorithm) return true;
        return ShareOfBreakEven(weight, shape) <= 1;
    }

    /// <summary>The density of what is stored over that at which the dense kernels take as long.</summary>
    public static double ShareOfBreakEven(BlockSparseWeight weight, ConvShape shape)
    {
        double density = (double)weight.MultiplyAdds / weight.Type.Count;
        bool minimal = shape.SpatialRank == 1 && shape.Stride[2] == 1 && shape.Kernel[2] is (3 or 5 or 7) && shape.InPerGroup >= 8;
        return density / (BlockHeight(weight, shape) == 1 ? minimal ? 0.27 : 0.6 : minimal ? 0.45 : 0.85);
    }

    /// <summary>Appends the steps of <paramref name="call"/>.</summary>
    public static void Plan(OperatorCall call, StepPlanner planner, ConvShape shape, BlockSparseWeight weight, int pool, float lo, float hi)
    {
        if (Int8SparseConvSteps.TryPlan(call, planner, shape, weight, pool, lo, hi)) return;
        int height = BlockHeight(weight, shape);
        var rows = SparseRows.Of(weight, height, skipZeros: height == 1);
        if (height == 1 && SegmentedConvSteps.TryPlan(call, planner, shape, rows, pool, lo, hi)) return;
        var kernel = planner.Select(height == 1 ? SparseConv.Single : SparseConv.Quad);
        var layout = new ConvLayout(shape, kernel.Lanes, split: shape.Stride[2] > 1);
        var x = ConvSteps.PlanInput(planner, shape, layout);

        int[] distances = layout.Offsets();
        uint* pointers = planner.Allocate<uint>(rows.Pointers.Length);
        int* offsets = planner.Allocate<int>(rows.Columns.Length);
        float* values = planner.Allocate<float>(rows.Values.Length);
        float* bias = planner.Allocate<float>(shape.OutChannels + height);
        rows.Pointers.CopyTo(new Span<uint>(pointers, rows.Pointers.Length));
        for (int i = 0; i < rows.Columns.Length; i++) offsets[i] = distances[rows.Columns[i]];
        rows.Values.CopyTo(new Span<float>(values, rows.Values.Length));
        if (call.Has(2)) call.RequireConstant(2, "the bias of a sparse weight").Floats().CopyTo(new Span<float>(bias, shape.OutChannels));

        var runs = planner.Allocate<ConvRun>(layout.OutRows);
        for (int r = 0; r < layout.OutRows; r++) runs[r] = new ConvRun(layout.WindowStart(r, 0), r * layout.OutPerRow, layout.OutPerRow);
        var scratch = planner.Scratch(SparseConv.ScratchLength(height, kernel.Lanes, layout.OutPerRow) * sizeof(float));
        var y = planner.Output(0);
        planner.Step(kernel, (ref SparseConvArgs a, SessionMemory memory) => a = new SparseConvArgs
        {
            X = memory.Pointer<float>(x), Y = memory.Pointer<float>(y), Scratch = memory.Pointer<float>(scratch),
            Bias = bias, Pointers = pointers, Offsets = offsets, Values = values, Runs = runs,
            Batch = shape.Batch, Groups = shape.Group, Rows = shape.OutPerGroup, RunCount = layout.OutRows, Plane = shape.OutCount / pool,
            XGroup = shape.InPerGroup * layout.PlaneLength, XImage = shape.InChannels * layout.PlaneLength, Pool = pool, Lo = lo, Hi = hi,
        });
    }

    /// <summary>Four rows at a time where the weight's blocks, and the convolution's groups, allow it.</summary>
    public static bool InFours(BlockSparseWeight weight, ConvShape shape) => weight.Height >= 4 && (shape.Group == 1 || shape.OutPerGroup % 4 == 0);

    static int BlockHeight(BlockSparseWeight weight, ConvShape shape) => InFours(weight, shape) ? 4 : 1;
}
