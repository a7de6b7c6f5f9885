using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Linear layers whose weight is a product of two.</summary>
static class FactoredLinear
{
    /// <summary>y = clamp(U (V x) + b): the first product goes to scratch, the second has the bias and the clamp.</summary>
    public static void PlanLowRank(LinearLayer layer, StepPlanner planner)
    {
        var weight = (LowRankWeight)WeightEncodings.Read(layer.Weights);
        if (weight.MultiplyAdds >= (long)weight.Rows * weight.Columns)
        {
            MaterialisedLinear.Plan(layer, weight, planner);
            return;
        }
        var state = planner.Scratch((long)layer.Rows * weight.Rank * sizeof(float));
        LinearFormats.Plan(new LinearLayer(weight.V.Encode(), layer.Rows, layer.X, state, null), planner);
        LinearFormats.Plan(layer with { Weights = weight.U.Encode(), X = state }, planner);
    }
}
