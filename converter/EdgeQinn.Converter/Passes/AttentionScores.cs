using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Import;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>The weights of attention, softmax(scale · Q Kᵀ + mask), as exporters write them.</summary>
/// <remarks>
/// The scale stands on the scores, on Q, on Kᵀ or, as its root, on both; the mask is added, or chosen by Where; a row of NaN may be replaced
/// by zeros; reshapes may split and join the axes of batch and heads in between.
/// </remarks>
sealed class AttentionScores
{
    /// <summary>From here on a score plus the mask is the mask in float32, so that adding is as good as replacing.</summary>
    const double Overwhelming = -1e8;

    const int MaxChain = 8;

    /// <summary>Queries [… , T, D].</summary>
    public IrValue Q { get; private set; } = null!;

    /// <summary>Keys, transposed: [… , D, S].</summary>
    public IrValue Kt { get; private set; } = null!;

    public double Scale { get; private set; } = 1;

    /// <summary>What is added to the scores; each gives the value, adding nodes in front of the node given.</summary>
    public List<Func<IrGraph, IrNode, IrValue>> Masks { get; } = [];

    /// <summary>The leading axes of the scores where a mask was added that varies along them; null where none does.</summary>
    public int[]? MaskedAxes { get; private set; }

    /// <summary>Whether a query without a key gets zeros instead of NaN.</summary>
    public bool MaskedIsZero { get; private set; }

    /// <summary>The weights that <paramref name="value"/> are; null where they are something else.</summary>
    public static AttentionScores? Match(IrValue value)
    {
        var scores = new AttentionScores();
        value = Under(value);
        if (value.From("Where") is { } guard && guard.Inputs[1].Number() == 0 && guard.Inputs[0].From("IsNaN") is { } isNaN && isNaN.Inputs[0] == guard.Inputs[2])
        {
            if (!value.HasOneUse) return null;
            scores.MaskedIsZero = true;
            value = guard.Inputs[2]!;
        }
        else if (!value.HasOneUse) return null;
        if (value.From("Softmax") is not { } softmax || value.Type.Rank < 2 || value.Type.Element != ElementType.Float32) return null;
        int axis = softmax.Attributes.Int("axis", -1);
        return (axis == -1 || axis == value.Type.Rank - 1) && scores.Unwrap(softmax.Inputs[0]!) ? scores : null;
    }

    /// <summary>Takes scale and masks off until the product is reached.</summary>
    bool Unwrap(IrValue value)
    {
        for (int step = 0; step < MaxChain; step++)
        {
            value = Under(value);
            if (!value.HasOneUse) return false;
            if (value.From("MatMul") is { } product)
            {
                if (product.Inputs[0]!.Type.Rank < 2 || product.Inputs[1]!.Type.Rank < 2) return false;
                (Q, double q) = Unscaled(product.Inputs[0]!);
                (Kt, double k) = Unscaled(product.Inputs[1]!);
                Scale *= q * k;
                return true;
            }
            var (x, factor) = Unscaled(value);
            if (x != value) (value, Scale) = (x, Scale * factor);
            // A mask inside a scale is scaled with it; exporters do not write that.
            else if (Scale == 1 && TakeMask(value) is { } rest) value = rest;
            else return false;
        }
        return false;
    }

    /// <summary>The value that a mask was added to; null where none was.</summary>
    IrValue? TakeMask(IrValue value)
    {
        if (value.From("Add") is { } add)
        {
            var (scores, mask) = LeadsToProduct(add.Inputs[0]!) ? (add.Inputs[0]!, add.Inputs[1]!) : (add.Inputs[1]!, add.Inputs[0]!);
            return LeadsToProduct(scores) ? Added(scores, mask.Type, value, (_, _) => mask) : null;
        }
        if (value.From("Where") is not { } where) return null;
        var (condition, kept, other) = (where.Inputs[0]!, where.Inputs[1]!, where.Inputs[2]!);
        bool keepsTrue = LeadsToProduct(kept);
        if (!keepsTrue) (kept, other) = (other, kept);
        if (!LeadsToProduct(kept) || other.Number() is not <= Overwhelming) return null;
        float masked = (float)other.Number()!.Value;
        return Added(kept, condition.Type, value, (graph, before) => Chosen(graph, before, where.Name, condition, keepsTrue ? 0 : masked, keepsTrue ? masked : 0));
    }

    static IrValue Chosen(IrGraph graph, IrNode before, string name, IrValue condition, float whereTrue, float whereFalse)
    {
        IrValue Scalar(float value) => IrGraph.Constant($"{name}.{value}", EncodedTensor.FromSpan<float>([value], []));
        IrValue?[] inputs = [condition, Scalar(whereTrue), Scalar(whereFalse)];
        return ConstantFolder.TryRun("Where", name, [], inputs, 1) is { } folded ? IrGraph.Constant($"{name}.mask", folded[0])
            : graph.Add("Where", name, [], inputs, [$"{name}:mask"], before).Output;
    }

    IrValue? Added(IrValue scores, TensorType mask, IrValue sum, Func<IrGraph, IrNode, IrValue> value)
    {
        if (!scores.Type.Equals(sum.Type) || mask.Rank > 4 || sum.Type.Rank > 4) return null;
        int[] leading = [.. sum.Type.Shape[..^2]];
        if (mask.Shape[..Math.Max(mask.Rank - 2, 0)].Any(d => d != 1))
        {
            if (MaskedAxes is not null && !MaskedAxes.SequenceEqual(leading)) return null;
            MaskedAxes = leading;
        }
        Masks.Add(value);
        return scores;
    }

    static bool LeadsToProduct(IrValue value)
    {
        for (int step = 0; step < MaxChain; step++)
        {
            value = Under(value);
            if (value.From("MatMul") is not null) return true;
            var (x, _) = Unscaled(value);
            if (x == value) return (value.From("Add") ?? value.From("Where"))?.Inputs.Any(i => i!.Type.Equals(value.Type) && LeadsToProduct(i)) == true;
            value = x;
        }
        return false;
    }

    /// <summary>The value without a factor that is a number, and the factor.</summary>
    static (IrValue X, double Factor) Unscaled(IrValue value)
    {
        if (!value.HasOneUse || value.Producer is not { Operator: "Mul" or "Div" } node) return (value, 1);
        var (a, b) = (node.Inputs[0]!, node.Inputs[1]!);
        if (b.Number() is { } second and not 0 && a.Type.Equals(value.Type)) return (a, node.Operator == "Div" ? 1 / second : second);
        return node.Operator == "Mul" && a.Number() is { } first && b.Type.Equals(value.Type) ? (b, first) : (value, 1);
    }

    /// <summary>The value behind reshapes that leave queries and keys as they are.</summary>
    static IrValue Under(IrValue value)
    {
        while (value.HasOneUse && value.From("Reshape") is { } reshape && reshape.Inputs[0] is { Type.Rank: >= 2 } x && value.Type.Rank >= 2
            && x.Type.Shape[^1] == value.Type.Shape[^1] && x.Type.Shape[^2] == value.Type.Shape[^2]) value = x;
        return value;
    }
}
