using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Linear layers in int8: the inputs are quantised as they come, the products are exact.</summary>
static unsafe class Int8Linear
{
    /// <summary>Appends the steps.</summary>
    public static void Plan(LinearLayer layer, StepPlanner planner) => Plan(layer, (Int8Weight)WeightEncodings.Read(layer.Weights), planner);

    /// <summary>Appends the steps for a weight already read.</summary>
    public static void Plan(LinearLayer layer, Int8Weight weight, StepPlanner planner)
    {
        if (weight.Columns > Int8Packing.MaxTerms)
        {
            MaterialisedLinear.Plan(layer, weight, planner);
            return;
        }
        int m = weight.Rows, n = weight.Columns;
        var kernel = planner.Select(Int8Gemv.Family);
        int unit = Int8Gemv.Unit(kernel), units = (n + unit - 1) / unit, padded = (m + kernel.Panel - 1) / kernel.Panel * kernel.Panel;
        sbyte* w = planner.Allocate<sbyte>((long)padded * units * unit);
        float* scales = planner.Allocate<float>(padded);
        int* sums = planner.Allocate<int>(padded);
        for (int i = 0; i < m; i++)
        {
            var row = weight.Values.Slice(i * n, n);
            (scales[i], sums[i]) = Int8Packing.Applied(weight.Input, weight.Scales[i], Int8Packing.Sum(row));
            for (int j = 0; j < n; j++)
                w[(((nint)(i / kernel.Panel) * units + j / unit) * kernel.Panel + i % kernel.Panel) * unit + j % unit] = row[j];
        }
        var bias = layer.Bias ?? DenseLinear.Zeros(m, planner);

        var quantised = Int8Input.Plan(planner, weight.Input, layer.X, (long)layer.Rows * n, layer.X, layer.Rows, n, 1, unit);
        planner.Step(kernel, (ref Int8GemvArgs args, SessionMemory memory) => args = new Int8GemvArgs
        {
            X = memory.Pointer<int>(quantised.Units), Mapping = weight.Input is null ? memory.Pointer<Quantised>(quantised.Mapping) : null, Y = memory.Pointer<float>(layer.Y),
            W = w, Bias = memory.Pointer<float>(bias), Scales = scales, Sums = sums, Rows = m, Units = units, Batch = layer.Rows, Lo = layer.Low, Hi = layer.High,
        });
    }
}
