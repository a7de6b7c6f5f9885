using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Linear layers in int8 whose weights are sparse in blocks of 4 × 4: the inputs are quantised as they come, the products are exact.</summary>
static unsafe class QuadSparseLinear
{
    /// <summary>The share of blocks from which reading all of them in order is faster than looking each one's column up.</summary>
    const double MostDensity = 0.5;

    /// <summary>Appends the steps; where so much is stored that skipping zeros does not pay, those of the same layer in dense int8.</summary>
    public static void Plan(LinearLayer layer, BlockSparseWeight weight, StepPlanner planner)
    {
        if (weight.MultiplyAdds > MostDensity * weight.Type.Count || weight.Columns > Int8Packing.MaxTerms)
        {
            Int8Linear.Plan(layer, Dense(weight), planner);
            return;
        }
        int m = weight.Rows, n = weight.Columns, blocks = weight.Blocks, unit = QuadSparse.Unit;
        uint* pointers = planner.Allocate<uint>(weight.Groups + 1);
        weight.Pointers.CopyTo(new Span<uint>(pointers, weight.Groups + 1));
        ushort* columns = planner.Allocate<ushort>(blocks);
        sbyte* w = planner.Allocate<sbyte>(16L * blocks);
        float* scales = planner.Allocate<float>(4L * weight.Groups);
        int* sums = planner.Allocate<int>(4L * weight.Groups);
        weight.Scales.CopyTo(new Span<float>(scales, m));
        for (int g = 0; g < weight.Groups; g++)
            for (uint b = weight.Pointers[g]; b < weight.Pointers[g + 1]; b++)
            {
                columns[b] = (ushort)weight.BlockColumn[(int)b];
                // Stored column by column; what is stored for columns beyond the last meets no input.
                for (int c = 0; c < unit && columns[b] * unit + c < n; c++)
                    for (int r = 0; r < 4; r++)
                    {
                        sbyte value = weight.Quantised[((int)b * unit + c) * 4 + r];
                        w[(b * 4 + r) * unit + c] = value;
                        sums[4 * g + r] += value;
                    }
            }
        var kernel = planner.Select(QuadSparse.Family);
        var bias = layer.Bias ?? DenseLinear.Zeros(m, planner);
        var quantised = Int8Input.Plan(planner, null, layer.X, (long)layer.Rows * n, layer.X, layer.Rows, n, 1, unit);
        planner.Step(kernel, (ref QuadSparseArgs args, SessionMemory memory) => args = new QuadSparseArgs
        {
            X = memory.Pointer<int>(quantised.Units), Mapping = memory.Pointer<Quantised>(quantised.Mapping), Y = memory.Pointer<float>(layer.Y), Bias = memory.Pointer<float>(bias),
            W = w, Pointers = pointers, Columns = columns, Scales = scales, Sums = sums,
            Rows = m, Units = (n + unit - 1) / unit, Batch = layer.Rows, Lo = layer.Low, Hi = layer.High,
        });
    }

    static Int8Weight Dense(BlockSparseWeight weight)
    {
        var values = new sbyte[weight.Rows * weight.Columns];
        for (int g = 0; g < weight.Groups; g++)
            for (int b = (int)weight.Pointers[g]; b < weight.Pointers[g + 1]; b++)
                for (int c = 0; c < 4 && weight.BlockColumn[b] * 4 + c < weight.Columns; c++)
                    for (int r = 0; r < 4 && g * 4 + r < weight.Rows; r++)
                        values[(g * 4 + r) * weight.Columns + (int)weight.BlockColumn[b] * 4 + c] = weight.Quantised[(b * 4 + c) * 4 + r];
        return new Int8Weight(weight.Type, values, weight.Scales, null);
    }
}
