using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Linear layers run as the dense matrix their weight stands for: where that is the fastest way.</summary>
static class MaterialisedLinear
{
    /// <summary>Appends the dense steps.</summary>
    public static void Plan(LinearLayer layer, StepPlanner planner) => Plan(layer, WeightEncodings.Read(layer.Weights), planner);

    /// <summary>Appends the dense steps for a weight already read.</summary>
    public static void Plan(LinearLayer layer, Weight weight, StepPlanner planner)
    {
        planner.NoteDense(weight.Encoding);
        DenseLinear.Plan(layer with { Weights = EncodedTensor.FromSpan<float>(weight.ToArray(), weight.Rows, weight.Columns) }, planner);
    }
}
