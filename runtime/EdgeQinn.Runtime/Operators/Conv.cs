using EdgeQinn.Runtime.Operators.Formats;
using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// ONNX <c>Conv</c> over 1 to 3 axes, float32: input [N, C, …], weights [M, C/group, …], optional bias [M]; weights and bias may be computed.
/// Beyond ONNX: <c>clamp</c> = [lo, hi] is applied to the result, and <c>max_pool</c> = k (one axis only) then takes the maximum of
/// each k outputs, as <c>MaxPool</c> with kernel and stride k and no padding does. NaN propagates through both.
/// </summary>
sealed class Conv : Operator
{
    public override string Name => "Conv";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var shape = ConvShape.OfConv(call);
        ClampOf(call);
        return [shape.OutType(PoolOf(call, shape))];
    }

    public override long MultiplyAdds(OperatorCall call)
    {
        var shape = ConvShape.OfConv(call);
        return (long)shape.Batch * shape.Out[0] * shape.Out[1] * shape.Out[2] * call.Input(1).Count;
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var shape = ConvShape.OfConv(call);
        var (lo, hi) = ClampOf(call);
        ConvFormats.Plan(call, planner, shape, PoolOf(call, shape), lo, hi);
    }

    /// <summary>The <c>clamp</c> attribute; infinite where absent.</summary>
    internal static (float Lo, float Hi) ClampOf(OperatorCall call)
    {
        var clamp = call.Attributes.Floats("clamp");
        if (clamp.IsDefault) return (float.NegativeInfinity, float.PositiveInfinity);
        if (clamp.Length != 2 || !(clamp[0] <= clamp[1])) throw call.Fail("clamp must be [lo, hi] with lo ≤ hi");
        return (clamp[0], clamp[1]);
    }

    static int PoolOf(OperatorCall call, ConvShape shape)
    {
        int pool = call.Attributes.Int("max_pool", 1);
        if (pool < 1 || (pool > 1 && shape.SpatialRank != 1)) throw call.Fail($"max_pool = {pool} needs one axis and at least 1");
        if (pool > shape.Out[2]) throw call.Fail($"max_pool = {pool} leaves nothing of {shape.Out[2]} outputs");
        return pool;
    }
}
