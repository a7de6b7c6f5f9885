using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Plans a sparse convolution in int8: the padded input is quantised by its range, and the stored taps multiplied some at a time.</summary>
static unsafe class Int8SparseConvSteps
{
    /// <summary>
    /// Stored weights per input channel from which int8 is faster than float32 (Zen 5, measured): quantising the input has to be won back.
    /// </summary>
    const int LeastWeights = 40;

    /// <summary>The <see cref="ConvSteps.AlgorithmAttribute"/> that asks for it wherever it is possible.</summary>
    public const string Algorithm = "int8";

    /// <summary>
    /// Appends the steps if the weight's blocks are of int8 and at least four rows high, and enough is stored; false and nothing otherwise:
    /// the layer then runs in float32. (Single taps cannot share what interleaving costs.)
    /// </summary>
    public static bool TryPlan(OperatorCall call, StepPlanner planner, ConvShape shape, BlockSparseWeight weight, int pool, float lo, float hi)
    {
        var kernel = planner.Select(Int8SparseConv.Family);
        if (!weight.IsInt8 || !SparseConvSteps.InFours(weight, shape) || weight.Columns > Int8Packing.MaxTerms) return false;
        if (weight.MultiplyAdds < (long)LeastWeights * shape.InChannels && call.Attributes.Text(ConvSteps.AlgorithmAttribute) != Algorithm) return false;

        const int height = Int8SparseConv.Height;
        var layout = new ConvLayout(shape, kernel.Lanes, split: shape.Stride[2] > 1);
        var rows = SparseRows.OfLevels(weight, height);
        int unit = Int8SparseConv.Unit(kernel), bits = 32 / unit, blocks = rows.Pointers.Length - 1;
        int[] distances = layout.Offsets();
        var (offsets, units) = (new List<int>(), new List<int>());
        int* pointers = planner.Allocate<int>(blocks + 1), sums = planner.Allocate<int>(blocks * height);
        Span<int> words = stackalloc int[height];
        for (int b = 0; b < blocks; b++)
        {
            int begin = (int)rows.Pointers[b], count = (int)rows.Pointers[b + 1] - begin;
            for (int e = 0; e < (count + unit - 1) / unit * unit; e += unit)
            {
                words.Clear();
                for (int i = 0; i < unit; i++)
                {
                    offsets.Add(distances[rows.Columns[begin + (e + i < count ? e + i : 0)]]);
                    for (int r = 0; r < height && e + i < count; r++)
                    {
                        int level = (int)rows.Values[(begin + e + i) * height + r];
                        words[r] |= (level & (int)((1L << bits) - 1)) << (bits * i);
                        sums[b * height + r] += level;
                    }
                }
                units.AddRange(words);
            }
            pointers[b + 1] = offsets.Count;
        }
        float* bias = planner.Allocate<float>(blocks * height), scales = planner.Allocate<float>(blocks * height);
        weight.Scales.CopyTo(new Span<float>(scales, shape.OutChannels));
        if (call.Has(2)) call.RequireConstant(2, "the bias of a sparse weight").Floats().CopyTo(new Span<float>(bias, shape.OutChannels));
        int* places = Copy(planner, offsets), w = Copy(planner, units);

        var x = ConvSteps.PlanInput(planner, shape, layout);
        var quantised = Int8Input.Plan(planner, null, planner.Input(0), call.Input(0).Count, x, 1, shape.Batch * shape.InChannels * layout.PlaneLength, 1, unit);
        var runs = planner.Allocate<ConvRun>(layout.OutRows);
        for (int r = 0; r < layout.OutRows; r++) runs[r] = new ConvRun(layout.WindowStart(r, 0), r * layout.OutPerRow, layout.OutPerRow);
        var scratch = planner.Scratch(SparseConv.ScratchLength(height, kernel.Lanes, layout.OutPerRow) * sizeof(float));
        var y = planner.Output(0);
        planner.Step(kernel, (ref Int8SparseConvArgs a, SessionMemory memory) => a = new Int8SparseConvArgs
        {
            X = memory.Pointer<byte>(quantised.Units), Mapping = memory.Pointer<Quantised>(quantised.Mapping), Y = memory.Pointer<float>(y), Scratch = memory.Pointer<float>(scratch),
            Bias = bias, Scales = scales, Sums = sums, Pointers = pointers, Offsets = places, W = w, Runs = runs,
            Batch = shape.Batch, Groups = shape.Group, Rows = shape.OutPerGroup, RunCount = layout.OutRows, Plane = shape.OutCount / pool,
            XGroup = shape.InPerGroup * layout.PlaneLength, XImage = shape.InChannels * layout.PlaneLength, Pool = pool, Lo = lo, Hi = hi,
        });
        return true;
    }

    static int* Copy(StepPlanner planner, List<int> values)
    {
        int* copy = planner.Allocate<int>(values.Count);
        for (int i = 0; i < values.Count; i++) copy[i] = values[i];
        return copy;
    }
}
