using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Plans a convolution in int8: the padded input is quantised, neighbouring channels side by side; the products are exact.</summary>
static unsafe class Int8ConvSteps
{
    /// <summary>Appends the steps of <paramref name="call"/>: the direct kernel's, or those of minimal filtering where they cost less (or the node's attribute says).</summary>
    public static void Plan(OperatorCall call, StepPlanner planner, ConvShape shape, Int8Weight weight, int pool, float lo, float hi)
    {
        string algorithm = call.Attributes.Text(ConvSteps.AlgorithmAttribute);
        var kernel = planner.Select(Int8Conv.Family);
        double cost = algorithm switch { "winograd" => double.PositiveInfinity, "time" => 0, _ => Cost(shape, kernel) };
        Action plan = () => PlanDirect(call, planner, shape, weight, kernel, pool, lo, hi);
        foreach (var filtered in Int8WinogradSteps.Choices(call, planner, shape, weight, pool, lo, hi))
            if (filtered.Cost < cost) (cost, plan) = filtered;
        plan();
    }

    /// <summary>
    /// In the unit of <see cref="ConvCost"/>; four int8 operands per lane do what two int16 take two instructions for. NEON without dot product takes 4.4 instructions for
    /// them, but starts and finishes sums at the same cost: counted on layers, 2.6 times a float32 multiply-add in its tile.
    /// </summary>
    static double Cost(ConvShape shape, Kernel<Int8ConvArgs> kernel)
    {
        double vectors = (double)shape.Out[0] * shape.Out[1] * ((shape.Out[2] + kernel.Lanes - 1) / kernel.Lanes), rows = (shape.OutPerGroup + 3) / 4 * 4 * shape.Group;
        int unit = Int8Conv.Unit(kernel);
        return rows * vectors * Math.Max(1, kernel.Lanes / 8.0) * (kernel.Isa == Isa.Neon ? 2.6 : 1) * ((shape.InPerGroup + unit - 1) / unit * shape.KernelCount + 10);
    }

    static void PlanDirect(OperatorCall call, StepPlanner planner, ConvShape shape, Int8Weight weight, Kernel<Int8ConvArgs> kernel, int pool, float lo, float hi)
    {
        var layout = new ConvLayout(shape, kernel.Lanes, split: shape.Stride[2] > 1);
        int unit = Int8Conv.Unit(kernel), units = (shape.InPerGroup + unit - 1) / unit, taps = units * shape.KernelCount;
        int blocks = (shape.OutPerGroup + 3) / 4, padded = shape.Group * blocks * 4;

        var offsets = planner.Allocate<nint>(taps);
        int* w = planner.Allocate<int>((long)padded * taps), sums = planner.Allocate<int>(padded);
        float* bias = planner.Allocate<float>(padded), scales = planner.Allocate<float>(padded);
        int[] distances = layout.Offsets();
        for (int t = 0; t < taps; t++) offsets[t] = distances[t];
        var given = call.Has(2) ? call.RequireConstant(2, "the bias of an int8 weight").Floats() : [];
        for (int o = 0; o < shape.OutChannels; o++)
        {
            var (group, within) = Math.DivRem(o, shape.OutPerGroup);
            int row = group * blocks * 4 + within;
            var values = weight.Values.Slice(o * weight.Columns, weight.Columns);
            (scales[row], sums[row]) = Int8Packing.Applied(weight.Input, weight.Scales[o], Int8Packing.Sum(values));
            bias[row] = given.IsEmpty ? 0 : given[o];
            for (int t = 0; t < taps; t++)
            {
                int channel = t / shape.KernelCount * unit, first = channel * shape.KernelCount + t % shape.KernelCount;
                w[((nint)(row / 4) * taps + t) * 4 + row % 4] = Int8Packing.Unit(values, first, shape.KernelCount, shape.InPerGroup - channel, unit);
            }
        }

        var quantised = Int8Input.PlanPadded(planner, call, shape, layout, weight.Input, unit);
        var runs = planner.Allocate<ConvRun>(layout.OutRows);
        for (int r = 0; r < layout.OutRows; r++) runs[r] = new ConvRun(layout.WindowStart(r, 0), r * layout.OutPerRow, layout.OutPerRow);
        var scratch = planner.Scratch(Int8Conv.ScratchLength(kernel.Lanes, layout.OutPerRow) * sizeof(float));
        var y = planner.Output(0);
        planner.Step(kernel, (ref Int8ConvArgs a, SessionMemory memory) => a = new Int8ConvArgs
        {
            X = memory.Pointer<int>(quantised.Units), Mapping = weight.Input is null ? memory.Pointer<Quantised>(quantised.Mapping) : null, Y = memory.Pointer<float>(y), Scratch = memory.Pointer<float>(scratch),
            W = w, Bias = bias, Scales = scales, Sums = sums, Offsets = offsets, Runs = runs,
            Batch = shape.Batch, Groups = shape.Group, Rows = shape.OutPerGroup, Taps = taps, RunCount = layout.OutRows, Plane = shape.OutCount / pool,
            XGroup = units * layout.PlaneLength, XImage = shape.Group * units * layout.PlaneLength, Pool = pool, Lo = lo, Hi = hi,
        });
    }
}
