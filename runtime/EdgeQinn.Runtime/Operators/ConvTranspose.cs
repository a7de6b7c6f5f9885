using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// ONNX <c>ConvTranspose</c> over 1 to 3 axes, float32: input [N, C, …], weights [C, M/group, …], optional bias [M]; weights and bias may
/// be computed. Beyond ONNX: <c>clamp</c> as for <see cref="Conv"/>.
/// </summary>
sealed class ConvTranspose : Operator
{
    public override string Name => "ConvTranspose";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        Conv.ClampOf(call);
        return [ConvShape.OfTranspose(call).OutType(pool: 1)];
    }

    public override long MultiplyAdds(OperatorCall call) => (long)call.Input(0).Count * (call.Input(1).Count / call.Input(1).Shape[0]);

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var (lo, hi) = Conv.ClampOf(call);
        ConvSteps.Plan(call, planner, ConvShape.OfTranspose(call), pool: 1, lo, hi);
    }
}
