using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators.Elementwise;
using EdgeQinn.Runtime.Operators.Movement;

namespace EdgeQinn.Runtime.Operators.Normalization;

/// <summary>LayerNormalization and RMSNormalization: statistics over all axes from <c>axis</c> on, scale and bias broadcast to those.</summary>
sealed class LayerNormalizationOperator(string name, bool aroundZero) : Operator
{
    public static IReadOnlyList<Operator> All { get; } =
        [new LayerNormalizationOperator("LayerNormalization", false), new LayerNormalizationOperator("RMSNormalization", true)];

    public override string Name => name;

    public override bool MayOverwrite(OperatorCall call, int input) => input == 0;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, aroundZero ? 2 : 3);
        var x = call.Input(0, TypeSet.Floats);
        int axis = call.AxisOr(-1, x.Rank);
        var normalised = x.Shape[axis..];
        for (int i = 1; i < call.InputCount; i++)
            if (call.Has(i) && !Broadcasting.Shape(call, call.Input(i, x.Element).Shape, normalised).AsSpan().SequenceEqual(normalised.AsSpan()))
                throw call.Fail($"input {i} is {call.Input(i)}, which does not broadcast to [{string.Join(',', normalised)}]");
        if (aroundZero) return [x];
        var statistics = x with { Shape = [.. x.Shape.Select((d, a) => a < axis ? d : 1)] };
        return [x, statistics, statistics];
    }

    public override OperatorCall? Stack(BatchedCall batch) => batch.OnlyFirstVaries ? batch.StackAlongAxis(-1) : null;

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        int axis = call.AxisOr(-1, x.Rank);
        new NormalizeStep
        {
            X = planner.Input(0), Y = planner.Output(0),
            Scale = Expanded(1), Bias = Expanded(2),
            Mean = call.Wants(1) ? planner.Output(1) : null, InverseDeviation = call.Wants(2) ? planner.Output(2) : null,
            Rows = AxisSplit.Product(x.Shape.AsSpan()[..axis]), Inner = AxisSplit.Product(x.Shape.AsSpan()[axis..]), ScaleRows = 1, ScaleRun = 1,
            Epsilon = call.Attributes.Float("epsilon", 1e-5f), AroundZero = aroundZero,
        }.Add(planner, x.Element);

        BufferRef? Expanded(int i)
        {
            if (!call.Has(i)) return null;
            var normalised = new TensorType(x.Element, x.Shape[axis..]);
            if (call.Input(i).Count == normalised.Count) return planner.Input(i);
            var scratch = planner.Scratch(normalised.ByteLength);
            CopyStep.Add(planner, planner.Input(i), scratch, x.Element.Size(), Broadcasting.Nest(normalised.Shape, call.Input(i)));
            return scratch;
        }
    }
}
