using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Plans a convolution whose weight is a sum as the sum of its terms' convolutions.</summary>
static class SumConvSteps
{
    /// <summary>Appends the steps of <paramref name="call"/>: the first term has the bias, the last addition the clamp; pools come after it.</summary>
    public static void Plan(OperatorCall call, StepPlanner planner, ConvShape shape, SumWeight weight, int pool, float lo, float hi)
    {
        if (weight.Terms.Length == 1)
        {
            var alone = With(call, weight.Terms[0], call.Attributes, bias: true);
            new Conv().Plan(alone, planner.Part(alone, planner.Input(0), planner.Output(0)));
            return;
        }
        var whole = shape.OutType(1);
        var sum = pool == 1 ? planner.Output(0) : planner.Scratch(whole.ByteLength);
        for (int t = 0; t < weight.Terms.Length; t++)
        {
            var term = Term(call, weight.Terms[t], bias: t == 0);
            var y = t == 0 ? sum : planner.Scratch(whole.ByteLength);
            new Conv().Plan(term, planner.Part(term, planner.Input(0), y));
            if (t == 0) continue;
            bool last = t == weight.Terms.Length - 1;
            FactoredLinear.Add(planner, sum, whole.Count, y, whole.Count, sum, whole.Count, 1, whole.Count, last ? lo : float.NegativeInfinity, last ? hi : float.PositiveInfinity);
        }
        if (pool == 1) return;
        var node = call.Node with { Operator = "MaxPool", Inputs = [Node.Absent], Attributes = new AttributeMap { { "kernel_shape", pool }, { "strides", pool } } };
        var max = new OperatorCall(node, [whole], [null]);
        OperatorTable.Get("MaxPool").Plan(max, planner.Part(max, sum, planner.Output(0)));
    }

    /// <summary>The convolution with one term, nothing done to its result.</summary>
    public static OperatorCall Term(OperatorCall call, Weight term, bool bias)
    {
        var attributes = new AttributeMap();
        foreach (string name in (string[])["group", "strides", "dilations", "pads"])
            if (!call.Attributes.Ints(name).IsDefault) attributes.Add(name, call.Attributes.Ints(name).AsSpan());
        if (call.Attributes.Has("auto_pad")) attributes.Add("auto_pad", call.Attributes.Text("auto_pad"));
        return With(call, term, attributes, bias);
    }

    /// <summary>What adding the terms, and the pool that follows, costs in the unit of <see cref="ConvCost"/>.</summary>
    public static double AddingCost(ConvShape shape, SumWeight weight, int pool) =>
        (double)shape.OutChannels * shape.OutCount / 8 * (5 * (weight.Terms.Length - 1) + (pool > 1 ? 25 : 0));

    static OperatorCall With(OperatorCall call, Weight weight, AttributeMap attributes, bool bias)
    {
        bias &= call.Has(2);
        var node = call.Node with { Inputs = [Node.Absent, Node.Absent, bias ? call.Node.Inputs[2] : Node.Absent], Attributes = attributes };
        return new OperatorCall(node, [call.Input(0), weight.Type, bias ? call.Input(2) : null], [null, weight.Encode(), bias ? call.Constant(2) : null]);
    }
}
