using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators.Normalization;

/// <summary>Statistics per sample and channel: X [N, C, …], scale and bias [C].</summary>
sealed class InstanceNormalizationOperator : Operator
{
    public override string Name => "InstanceNormalization";

    public override bool MayOverwrite(OperatorCall call, int input) => input == 0;

    public override ImmutableArray<TensorType> Infer(OperatorCall call) => [ChannelNormalization.Check(call)];

    public override void Plan(OperatorCall call, StepPlanner planner) => ChannelNormalization.AddStep(call, planner, call.Input(0).Shape[1]);
}

/// <summary>Statistics per sample and group of channels: X [N, C, …], scale and bias [C].</summary>
sealed class GroupNormalizationOperator : Operator
{
    public override string Name => "GroupNormalization";

    public override bool MayOverwrite(OperatorCall call, int input) => input == 0;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var x = ChannelNormalization.Check(call);
        int groups = call.RequireInt("num_groups");
        if (groups < 1 || x.Shape[1] % groups != 0) throw call.Fail($"{x.Shape[1]} channels do not make {groups} groups");
        return [x];
    }

    public override void Plan(OperatorCall call, StepPlanner planner) => ChannelNormalization.AddStep(call, planner, call.RequireInt("num_groups"));
}

static class ChannelNormalization
{
    public static TensorType Check(OperatorCall call)
    {
        call.RequireInputs(3, 3);
        var x = call.Input(0, TypeSet.Floats);
        if (x.Rank < 2) throw call.Fail($"input {x} must have a rank of at least 2");
        call.RequireVector(1, x.Element, x.Shape[1]);
        call.RequireVector(2, x.Element, x.Shape[1]);
        return x;
    }

    public static void AddStep(OperatorCall call, StepPlanner planner, int groups)
    {
        var x = call.Input(0);
        long spatial = AxisSplit.Product(x.Shape.AsSpan()[2..]);
        new NormalizeStep
        {
            X = planner.Input(0), Y = planner.Output(0), Scale = planner.Input(1), Bias = planner.Input(2),
            Rows = (long)x.Shape[0] * groups, Inner = groups == 0 ? 0 : x.Shape[1] / groups * spatial, ScaleRows = groups, ScaleRun = spatial,
            Epsilon = call.Attributes.Float("epsilon", 1e-5f),
        }.Add(planner, x.Element);
    }
}
