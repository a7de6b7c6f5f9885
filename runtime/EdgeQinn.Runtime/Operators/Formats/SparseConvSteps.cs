using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Plans a convolution whose weight is block-sparse: the padded input of the dense one, and only the stored taps.</summary>
static unsafe class SparseConvSteps
{
    /// <summary>The <see cref="ConvSteps.AlgorithmAttribute"/> that asks for it, time as it lies, even where that is slower.</summary>
    public const string Algorithm = "sparse";

    /// <summary>Whether skipping zeros is faster than multiplying by them, or asked for; never where blocks store as much as there is.</summary>
    public static bool Pays(OperatorCall call, StepPlanner planner, BlockSparseWeight weight, ConvShape shape, int pool) =>
        call.Attributes.Text(ConvSteps.AlgorithmAttribute) is Algorithm or SegmentedConvSteps.Algorithm or Int8SparseConvSteps.Algorithm
        || (weight.MultiplyAdds < weight.Type.Count && Cost(call, planner, weight, shape, pool) <= ConvSteps.Cost(call, planner, shape, pool));

    /// <summary>What the fastest way costs, in the unit of <see cref="ConvCost"/>.</summary>
    public static double Cost(OperatorCall call, StepPlanner planner, BlockSparseWeight weight, ConvShape shape, int pool) => InFours(weight, shape)
        ? SparseConvCost.Quad(shape, planner.Select(SparseConv.Quad), weight.MultiplyAdds, pool)
        : Math.Min(SparseConvCost.Single(shape, planner.Select(SparseConv.Single), weight.MultiplyAdds, pool), SegmentedConvSteps.Cost(call, planner, shape, weight.MultiplyAdds, pool));

    /// <summary>Appends the steps of <paramref name="call"/>.</summary>
    public static void Plan(OperatorCall call, StepPlanner planner, ConvShape shape, BlockSparseWeight weight, int pool, float lo, float hi)
    {
        if (Int8SparseConvSteps.TryPlan(call, planner, shape, weight, pool, lo, hi)) return;
        int height = BlockHeight(weight, shape);
        var rows = SparseRows.Of(weight, height, skipZeros: height == 1);
        var kernel = planner.Select(height == 1 ? SparseConv.Single : SparseConv.Quad);
        if (height == 1 && SegmentedConvSteps.Cost(call, planner, shape, rows.Columns.Length, pool) < SparseConvCost.Single(shape, kernel, rows.Columns.Length, pool))
        {
            SegmentedConvSteps.Plan(call, planner, shape, rows, pool, lo, hi);
            return;
        }
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
