using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>How a convolution runs each encoding of its weight. What has no kernel of its own is materialised and runs dense.</summary>
static class ConvFormats
{
    /// <summary>Appends the steps of <paramref name="call"/>.</summary>
    public static void Plan(OperatorCall call, StepPlanner planner, ConvShape shape, int pool, float lo, float hi)
    {
        if (shape.OutType(pool).Count == 0) return;
        switch (call.Constant(1) is { IsDense: false } constant ? WeightEncodings.Read(constant) : null)
        {
            case BlockSparseWeight sparse when SparseConvSteps.Pays(call, planner, sparse, shape, pool):
                SparseConvSteps.Plan(call, planner, shape, sparse, pool, lo, hi);
                break;
            // One channel fills no unit of int8 operands: float32 is faster then, on every instruction set, and more accurate.
            case Int8Weight int8 when int8.Columns <= Int8Packing.MaxTerms && shape.InPerGroup > 1:
                Int8ConvSteps.Plan(call, planner, shape, int8, pool, lo, hi);
                break;
            case { } factored when shape.Group == 1 && Stages(factored) is { } stages:
                PlanChain(call, planner, stages);
                break;
            // The kernels of some terms take a constant bias only.
            case SumWeight sum when (!call.Has(2) || call.Constant(2) is not null) && (sum.Terms.Length == 1 || CostOf(call, planner, pool) < 0.95 * ConvSteps.Cost(call, planner, shape, pool)):
                SumConvSteps.Plan(call, planner, shape, sum, pool, lo, hi);
                break;
            default:
                ConvSteps.Plan(call, planner, shape, pool, lo, hi);
                break;
        }
    }

    /// <summary>
    /// What <see cref="Plan"/> makes of <paramref name="call"/> costs, about, in the unit of <see cref="ConvCost"/>; a sum counts as its terms and the passes
    /// that add and pool them. The share of the dense kernels' time that int8 takes was measured on layers of the reference models (Zen 5).
    /// </summary>
    static double CostOf(OperatorCall call, StepPlanner planner, int pool = 1)
    {
        const double int8 = 0.7, perStep = 100;
        var shape = ConvShape.OfConv(call);
        double dense = ConvSteps.Cost(call, planner, shape, pool);
        switch (call.Constant(1) is { IsDense: false } constant ? WeightEncodings.Read(constant) : null)
        {
            case BlockSparseWeight sparse: return Math.Min(dense, SparseConvSteps.Cost(call, planner, sparse, shape, pool)) + perStep;
            case Int8Weight when shape.InPerGroup > 1: return int8 * dense + perStep;
            case { } factored when shape.Group == 1 && Stages(factored) is { } stages: return Parts(call, stages).Sum(part => CostOf(part, planner)) + perStep;
            case SumWeight sum: return Math.Min(dense, sum.Terms.Sum(term => CostOf(SumConvSteps.Term(call, term, false), planner)) + SumConvSteps.AddingCost(shape, sum, pool));
            default: return dense + perStep;
        }
    }

    /// <summary>The convolutions, one after the other, that a factored weight is; null for other weights.</summary>
    static Stage[]? Stages(Weight weight) => weight switch
    {
        LowRankWeight low => [Stage.Full(Reshape(low.V, [low.Rank, .. low.Type.Shape.AsSpan()[1..]])), Stage.Pointwise(low.U)],
        Tucker2Weight tucker => [Stage.Pointwise(tucker.In), Stage.Full(tucker.Core.Encode()), Stage.Pointwise(tucker.Out)],
        CpWeight cp => [Stage.Pointwise(cp.In), Stage.Full(cp.Time.Encode(), cp.Rank), Stage.Pointwise(cp.Out)],
        _ => null,
    };

    static List<OperatorCall> Parts(OperatorCall call, Stage[] stages)
    {
        var parts = new List<OperatorCall>();
        var type = call.Input(0);
        foreach (var stage in stages)
        {
            parts.Add(Part(call, type, stage, parts.Count == stages.Length - 1));
            type = new Conv().Infer(parts[^1])[0];
        }
        return parts;
    }

    /// <summary>A convolution of a chain: one that keeps the window of the whole, or a 1×1.</summary>
    readonly record struct Stage(EncodedTensor Weight, bool IsPointwise, int Group)
    {
        public static Stage Full(EncodedTensor weight, int group = 1) => new(weight, false, group);

        public static Stage Pointwise(Weight matrix) => new(matrix.Encode(), true, 1);
    }

    /// <summary>One convolution after the other; only the last has the bias, the clamp and the pool.</summary>
    static void PlanChain(OperatorCall call, StepPlanner planner, Stage[] stages)
    {
        var x = planner.Input(0);
        var parts = Parts(call, stages);
        foreach (var part in parts)
        {
            var y = part == parts[^1] ? planner.Output(0) : planner.Scratch(new Conv().Infer(part)[0].ByteLength);
            new Conv().Plan(part, planner.Part(part, x, y));
            x = y;
        }
    }

    static OperatorCall Part(OperatorCall call, TensorType x, Stage stage, bool last)
    {
        int rank = x.Rank - 2;
        var weight = stage.Weight.Type.Rank == x.Rank ? stage.Weight : Reshape(WeightEncodings.Read(stage.Weight), [.. stage.Weight.Type.Shape, .. Enumerable.Repeat(1, rank)]);
        var attributes = new AttributeMap { { "group", stage.Group } };
        if (!stage.IsPointwise)
            foreach (string name in (string[])["strides", "dilations", "pads"])
                if (!call.Attributes.Ints(name).IsDefault) attributes.Add(name, call.Attributes.Ints(name).AsSpan());
        if (!stage.IsPointwise && call.Attributes.Has("auto_pad")) attributes.Add("auto_pad", call.Attributes.Text("auto_pad"));
        if (last && call.Attributes.Has("clamp")) attributes.Add("clamp", call.Attributes.Floats("clamp").AsSpan());
        if (last && call.Attributes.Has("max_pool")) attributes.Add("max_pool", call.Attributes.Int("max_pool"));
        bool bias = last && call.Has(2);
        var node = call.Node with { Inputs = [Node.Absent, Node.Absent, bias ? call.Node.Inputs[2] : Node.Absent], Attributes = attributes };
        return new OperatorCall(node, [x, weight.Type, bias ? call.Input(2) : null], [null, weight, bias ? call.Constant(2) : null]);
    }

    /// <summary>The same weight under another shape; materialised where it is no plain matrix.</summary>
    static EncodedTensor Reshape(Weight weight, ImmutableArray<int> shape)
    {
        var type = new TensorType(ElementType.Float32, shape);
        return weight switch
        {
            DenseWeight dense => EncodedTensor.FromSpan(dense.Data, shape.AsSpan()),
            Int8Weight or BlockSparseWeight => weight.Encode() with { Type = type },
            _ => EncodedTensor.FromSpan<float>(weight.ToArray(), shape.AsSpan()),
        };
    }
}
