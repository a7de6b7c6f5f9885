using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>y's axis i is x's axis perm[i].</summary>
sealed class TransposeOperator : Operator
{
    public override string Name => "Transpose";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0);
        return [x with { Shape = [.. Permutation(call).Select(axis => x.Shape[axis])] }];
    }

    public override OperatorCall? Stack(BatchedCall batch) =>
        batch.With(i => batch.Stacked(i), batch.Item.Attributes.With("perm", [0, .. Permutation(batch.Item).Select(axis => axis + 1)]));

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var perm = Permutation(call);
        long[] strides = LoopNest.RowMajor(x.Shape.AsSpan());
        int[] shape = [.. perm.Select(axis => x.Shape[axis])];
        var nest = LoopNest.Create(shape, [.. perm.Select(axis => strides[axis])], LoopNest.RowMajor(shape));
        CopyStep.Add(planner, planner.Input(0), planner.Output(0), x.Element.Size(), nest);
    }

    static ImmutableArray<int> Permutation(OperatorCall call)
    {
        int rank = call.Input(0).Rank;
        if (!call.Attributes.Has("perm")) return [.. Enumerable.Range(0, rank).Reverse()];
        var perm = call.RequireInts("perm", rank);
        if (!perm.Order().SequenceEqual(Enumerable.Range(0, rank))) throw call.Fail($"perm [{string.Join(',', perm)}] is no permutation of {rank} axes");
        return perm;
    }
}
