using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Attention;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Operators.Dense;

/// <summary>
/// Scaled-dot-product attention, softmax(scale · Q Kᵀ + mask) V for every batch item and head. Queries, keys and values are read where they
/// lie, as one projection or three have left them; the scores of a few queries are all that is ever kept.
/// </summary>
sealed unsafe class AttentionOperator : Operator
{
    public override string Name => "Attention";

    /// <summary>B, H, T, S, D, E.</summary>
    readonly record struct Sizes(int Batch, int Heads, int Steps, int Keys, int Width, int ValueWidth)
    {
        public static Sizes Read(OperatorCall call)
        {
            var sizes = call.RequireInts("sizes", 6);
            if (sizes.Any(s => s < 1)) throw call.Fail($"sizes [{string.Join(',', sizes)}] must be positive");
            return new Sizes(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]);
        }
    }

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(3, 4);
        var s = Sizes.Read(call);
        Operand(call, 0, "query", s.Batch, s.Heads, s.Steps, s.Width);
        Operand(call, 1, "key", s.Batch, s.Heads, s.Keys, s.Width);
        Operand(call, 2, "value", s.Batch, s.Heads, s.Keys, s.ValueWidth);
        if (call.Has(3)) Mask(call, s);
        call.Attributes.Float("scale", 1);
        call.Flag("masked_is_zero");
        return call.Flag("steps_first")
            ? OperatorCall.One(ElementType.Float32, s.Batch, s.Steps, s.Heads, s.ValueWidth)
            : OperatorCall.One(ElementType.Float32, s.Batch, s.Heads, s.Steps, s.ValueWidth);
    }

    public override long MultiplyAdds(OperatorCall call)
    {
        var s = Sizes.Read(call);
        return (long)s.Batch * s.Heads * s.Steps * s.Keys * ((long)s.Width + s.ValueWidth);
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var s = Sizes.Read(call);
        var (q, query) = Operand(call, 0, "query", s.Batch, s.Heads, s.Steps, s.Width);
        var (k, key) = Operand(call, 1, "key", s.Batch, s.Heads, s.Keys, s.Width);
        var (v, value) = Operand(call, 2, "value", s.Batch, s.Heads, s.Keys, s.ValueWidth);
        var (mask, maskKey) = call.Has(3) ? Mask(call, s) : default;
        long e = s.ValueWidth;
        var result = call.Flag("steps_first") ? new HeadStrides(s.Steps * s.Heads * e, e, s.Heads * e) : new HeadStrides(s.Heads * s.Steps * e, s.Steps * e, e);

        int tile = Math.Min(s.Steps, AttentionKernel.MaxTile);
        BufferRef keys = planner.Scratch(checked(4L * s.Width * s.Keys)), scores = planner.Scratch(4L * tile * s.Keys);
        BufferRef zeros = DenseLinear.Zeros(Math.Max(s.Keys, s.ValueWidth), planner);
        BufferRef x = planner.Input(0), y = planner.Input(1), z = planner.Input(2), to = planner.Output(0);
        BufferRef? added = call.Has(3) ? planner.Input(3) : null;
        float scale = call.Attributes.Float("scale", 1);
        bool maskedIsZero = call.Flag("masked_is_zero");
        var (keyProduct, valueProduct) = (DenseLinear.GemmFor(s.Keys, planner), DenseLinear.GemmFor(s.ValueWidth, planner));
        var softmax = planner.Select(SoftmaxKernels.Softmax(ElementType.Float32));
        planner.Step(planner.Select(AttentionKernel.Family), (ref AttentionArgs args, SessionMemory memory) => args = new AttentionArgs
        {
            Q = memory.Pointer<float>(x) + q, K = memory.Pointer<float>(y) + k, V = memory.Pointer<float>(z) + v, Y = memory.Pointer<float>(to),
            Mask = added is { } m ? memory.Pointer<float>(m) : null,
            QStrides = query, KStrides = key, VStrides = value, YStrides = result, MaskStrides = mask, MaskKey = maskKey,
            B = s.Batch, H = s.Heads, T = s.Steps, S = s.Keys, D = s.Width, E = s.ValueWidth, Scale = scale, MaskedIsZero = maskedIsZero,
            Keys = memory.Pointer<float>(keys), Scores = memory.Pointer<float>(scores), Zeros = memory.Pointer<float>(zeros),
            Tile = tile, KeyPanel = keyProduct.Panel, ValuePanel = valueProduct.Panel,
            KeyProduct = keyProduct.Run, ValueProduct = valueProduct.Run, Softmax = softmax.Run,
        }, [.. new[] { keyProduct.Name, valueProduct.Name, softmax.Name }.Distinct()]);
    }

    /// <summary>Where the vectors of input <paramref name="i"/> lie: offset and distances, none of which leads out of it.</summary>
    static (long Offset, HeadStrides Strides) Operand(OperatorCall call, int i, string attribute, int batch, int heads, int steps, int width)
    {
        var type = call.Input(i, ElementType.Float32);
        var at = call.RequireInts(attribute, 4);
        if (at.Any(d => d < 0)) throw call.Fail($"attribute '{attribute}' [{string.Join(',', at)}] has a negative entry");
        // Each product is below 2⁶², so that four of them may overflow: checked.
        long last = checked(at[0] + (batch - 1L) * at[1] + (heads - 1L) * at[2] + (steps - 1L) * at[3] + width - 1);
        if (last >= type.Count) throw call.Fail($"attribute '{attribute}' [{string.Join(',', at)}] leads to element {last} of input {i}, {type}");
        return (at[0], new HeadStrides(at[1], at[2], at[3]));
    }

    /// <summary>The mask's distances along [B, H, T, S], 0 where it repeats.</summary>
    static (HeadStrides Strides, long Key) Mask(OperatorCall call, Sizes s)
    {
        var type = call.Input(3, ElementType.Float32);
        int[] scores = [s.Batch, s.Heads, s.Steps, s.Keys];
        long[] strides = new long[4];
        if (type.Rank > 4) throw call.Fail($"the mask is {type}, more than 4 axes");
        long stride = 1;
        for (int i = 1; i <= type.Rank; i++)
        {
            if (type.Shape[^i] != 1 && type.Shape[^i] != scores[^i]) throw call.Fail($"the mask {type} does not broadcast to [{string.Join(',', scores)}]");
            strides[^i] = type.Shape[^i] == 1 ? 0 : stride;
            stride *= type.Shape[^i];
        }
        return (new HeadStrides(strides[0], strides[1], strides[2]), strides[3]);
    }
}
