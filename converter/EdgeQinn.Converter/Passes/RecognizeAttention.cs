using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Scaled-dot-product attention written out, softmax(scale · Q Kᵀ + mask) V (Vaswani et al. 2017, arXiv 1706.03762, eq. 1), becomes one node
/// that reads queries, keys and values where they lie: the transposes and slices around vanish, and the scores are never stored as a whole.
/// </summary>
static class RecognizeAttention
{
    const int MaxMoves = 4;

    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator == "Attention") changed |= LookThrough(node);
            if (node.Operator != "MatMul" || node.Output.Type.Rank < 2 || node.Inputs[0]!.Type.Rank < 2 || node.Inputs[1]!.Type.Rank < 2) continue;
            if (AttentionScores.Match(node.Inputs[0]!) is { } scores) changed |= Replace(graph, node, scores);
        }
        return changed;
    }

    /// <summary>Reshapes that other passes left in front of an operand: its vectors lie where they lay.</summary>
    static bool LookThrough(IrNode attention)
    {
        bool changed = false;
        for (int i = 0; i < 3; i++)
        {
            if (attention.Inputs[i].From("Reshape") is not { } reshape) continue;
            attention.SetInput(i, reshape.Inputs[0]);
            changed = true;
        }
        return changed;
    }

    static bool Replace(IrGraph graph, IrNode node, AttentionScores scores)
    {
        var (q, kt, v) = (scores.Q, scores.Kt, node.Inputs[1]!);
        int steps = q.Type.Shape[^2], width = q.Type.Shape[^1], keys = kt.Type.Shape[^1], valueWidth = v.Type.Shape[^1];
        if (kt.Type.Shape[^2] != width || v.Type.Shape[^2] != keys || node.Output.Type.Count == 0 || keys == 0 || width == 0) return false;
        if (Leading(node.Output.Type, scores.MaskedAxes) is not var (batch, heads)) return false;

        if (Operand(StridedView.Of(q), q, batch, heads) is not { } query || Operand(StridedView.Of(v), v, batch, heads) is not { } value) return false;
        if ((Operand(Turned(StridedView.Of(kt)), null, batch, heads) ?? Transposed(graph, kt, batch, heads, node)) is not { } key) return false;

        var masks = scores.Masks.ConvertAll(m => m(graph, node));
        var mask = masks.Count == 0 ? null : masks.Aggregate((a, b) => graph.Add("Add", node.Name, [], [a, b], [$"{node.Name}:mask"], node).Output);
        var attributes = new AttributeMap
        {
            { "sizes", (int[])[batch, heads, steps, keys, width, valueWidth] }, { "query", query.At }, { "key", key.At }, { "value", value.At },
            { "scale", (float)scores.Scale },
        };
        if (scores.MaskedIsZero) attributes.Add("masked_is_zero", 1L);
        IrValue?[] inputs = mask is null ? [query.Base, key.Base, value.Base] : [query.Base, key.Base, value.Base, mask];
        Place(graph, node, attributes, inputs);
        return true;
    }

    /// <summary>Batch and heads of a product [… , T, E]; where the mask saw other leading axes of the same count, those.</summary>
    static (int Batch, int Heads)? Leading(TensorType product, int[]? masked)
    {
        int[] leading = [.. product.Shape[..^2]];
        if (masked is not null && masked.Aggregate(1, (a, d) => a * d) == leading.Aggregate(1, (a, d) => a * d)) leading = masked;
        return leading switch
        {
            [] => (1, 1),
            [int heads] => (1, heads),
            [int batch, int heads] => (batch, heads),
            _ => null,
        };
    }

    static StridedView Turned(StridedView kt)
    {
        int rank = kt.Shape.Length;
        return kt.Permute([.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2]);
    }

    /// <summary>Keys that lie the other way are turned.</summary>
    static (IrValue Base, int[] At)? Transposed(IrGraph graph, IrValue kt, int batch, int heads, IrNode before)
    {
        if (At(Turned(StridedView.Whole(kt)), batch, heads, contiguous: false) is null) return null;
        int[] permutation = [.. Enumerable.Range(0, kt.Type.Rank - 2), kt.Type.Rank - 1, kt.Type.Rank - 2];
        var k = graph.Add("Transpose", before.Name, new AttributeMap { { "perm", permutation } }, [kt], [$"{kt.Name}:keys"], before).Output;
        return Operand(StridedView.Whole(k), k, batch, heads);
    }

    /// <summary>
    /// Where the vectors of each batch item, head and step lie: offset and distances. The vectors themselves must be contiguous: as seen in
    /// the base, else in <paramref name="whole"/>, which is then computed.
    /// </summary>
    static (IrValue Base, int[] At)? Operand(StridedView view, IrValue? whole, int batch, int heads)
    {
        if (At(view, batch, heads) is { } at) return (view.Base, at);
        return whole is not null && At(StridedView.Whole(whole), batch, heads) is { } plain ? (whole, plain) : null;
    }

    static int[]? At(StridedView view, int batch, int heads, bool contiguous = true)
    {
        int rank = view.Shape.Length;
        if (contiguous && view.Shape[^1] != 1 && view.Strides[^1] != 1) return null;
        var leading = view with { Shape = view.Shape[..^2], Strides = view.Strides[..^2] };
        if (rank - 2 > 2 || (leading.Shape is [int all] && all != heads && all != 1))
        {
            if (leading.TryReshape([batch, heads]) is not { } split || leading.Shape.Aggregate(1, (a, d) => a * d) != batch * heads) return null;
            leading = split;
        }
        // Missing and repeated axes stay where they are.
        long Stride(int fromEnd, int length)
        {
            int a = leading.Shape.Length - fromEnd;
            return a < 0 || leading.Shape[a] == 1 ? 0 : leading.Shape[a] == length ? leading.Strides[a] : -1;
        }
        long[] at = [view.Offset, Stride(2, batch), Stride(1, heads), view.Shape[^2] == 1 ? 0 : view.Strides[^2]];
        return at.All(d => d is >= 0 and <= int.MaxValue) ? Array.ConvertAll(at, d => (int)d) : null;
    }

    /// <summary>
    /// Puts the node in place of the product. Where the moves behind it only bring steps in front of heads, [B, H, T, E] → [B, T, H, E], it
    /// writes its results that way.
    /// </summary>
    static void Place(IrGraph graph, IrNode product, AttributeMap attributes, IrValue?[] inputs)
    {
        var sizes = attributes.Ints("sizes");
        int batch = sizes[0], heads = sizes[1], steps = sizes[2], width = sizes[5];
        int[] turned = [batch, steps, heads, width];
        var wanted = new StridedView(product.Output, 0, turned, [(long)heads * steps * width, width, (long)steps * width, 1]).Runs();
        var end = product.Output;
        for (int move = 0; move < MaxMoves && end.HasOneUse && end.Consumers[0].Operator is "Reshape" or "Transpose"; move++)
        {
            end = end.Consumers[0].Output;
            var view = Seen(end, product.Output);
            if (view is null || !view.Runs().SequenceEqual(wanted)) continue;
            var first = attributes.Copy();
            first.Add("steps_first", 1L);
            Add(first, end);
            return;
        }
        Add(attributes, product.Output);

        void Add(AttributeMap with, IrValue replaced)
        {
            var attention = graph.Add("Attention", product.Name, with, inputs, [$"{replaced.Name}:attention"], before: product);
            graph.Replace(replaced, "Reshape", product.Name, new AttributeMap { { "shape", replaced.Type.Shape.AsSpan() } }, [attention.Output], before: product);
        }
    }

    /// <summary>A value as a view of <paramref name="source"/>; null where it is none.</summary>
    static StridedView? Seen(IrValue value, IrValue source) => StridedView.Of(value) is { } view && view.Base == source ? view : null;
}
