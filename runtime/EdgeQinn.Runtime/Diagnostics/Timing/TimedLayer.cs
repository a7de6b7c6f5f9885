using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>A quantity that a layer's time depends on smoothly.</summary>
/// <param name="Name">Such as <c>inputs</c> or <c>density</c>.</param>
/// <param name="Value">Above 0.</param>
public readonly record struct LayerSize(string Name, double Value);

/// <summary>What the time of one layer depends on, as far as <see cref="LayerTimes"/> tells layers apart.</summary>
public sealed record TimedLayer
{
    /// <summary><c>Linear</c>, <c>Conv</c>, <c>RNN</c>, <c>GRU</c> or <c>LSTM</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>The weight's encoding, such as <c>bcsr</c>.</summary>
    public required string Format { get; init; }

    /// <summary>What comes in kinds, by name: <c>v</c>, <c>type</c>, <c>cores</c>, <c>kind</c>, and a convolution's <c>windows</c>.</summary>
    public required ImmutableSortedDictionary<string, string> Kinds { get; init; }

    /// <summary>
    /// The sizes in the order in which they are interpolated. Linear: vectors, inputs, outputs. Conv: taps (∏K), inputs (per group), outputs, steps
    /// (batch · output positions). Recurrences: inputs, units (all directions), steps (batch · steps). Then those of the format: density, rank, bond, groups.
    /// </summary>
    public required ImmutableArray<LayerSize> Sizes { get; init; }

    /// <summary>The multiply-adds of one run, done the way the format is meant to run.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>The stored weight's bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Whether the multiply-adds are of int8 numbers.</summary>
    public bool IsInt8 => Format == Int8Weight.Name || Kinds.GetValueOrDefault("type") == "int8";

    /// <summary>Layers whose times add up to this one's, for weights that are sums or products of others; empty otherwise.</summary>
    public ImmutableArray<TimedLayer> Terms { get; private init; } = [];

    /// <summary>Two layers with the same key differ in sizes only.</summary>
    public string Key => $"{Operator} {Format} {string.Join(',', Kinds.Select(k => $"{k.Key}={k.Value}"))}".TrimEnd();

    /// <summary>
    /// Describes a node of a graph; null where it is no layer with constant weights. <paramref name="weight"/>, where given, takes the place of the
    /// node's own: a candidate (of Linear and Conv).
    /// </summary>
    public static TimedLayer? Of(ModelGraph graph, Node node, Weight? weight = null)
    {
        if (node.Operator is not ("Linear" or "Conv" or "RNN" or "GRU" or "LSTM")) return null;
        EncodedTensor? Constant(int input) => graph.Values[node.Inputs[input]].Constant;
        if (Constant(1) is not { } own || own.Type.Element != ElementType.Float32) return null;
        var x = graph.Values[node.Inputs[0]].Type;
        if (node.Operator is "RNN" or "GRU" or "LSTM")
            return Constant(2) is { } recurrent ? Recurrent(node.Operator, WeightEncodings.Read(own), WeightEncodings.Read(recurrent), x.Shape[0] * x.Shape[1]) : null;
        weight ??= WeightEncodings.Read(own);
        if (node.Operator == "Linear") return Linear(weight, x.Count / Math.Max(1, x.Shape[^1]));
        var call = new OperatorCall(node with { Inputs = [0, 1], Outputs = [2] }, [x, weight.Type], [null, null]);
        var shape = ConvShape.OfConv(call);
        bool filtered = shape.SpatialRank == 1 && shape.Group == 1 && shape.Stride[^1] == 1 && shape.Dilation[^1] == 1;
        return Conv(weight, shape.Batch * shape.OutCount, filtered ? Windows.Dense : shape.Group > 1 && shape.InPerGroup == 1 ? Windows.Depthwise : Windows.Other);
    }

    /// <summary>A linear layer that runs over <paramref name="vectors"/> inputs at once.</summary>
    public static TimedLayer Linear(Weight weight, int vectors = 1)
    {
        var layer = Describe("Linear", weight, vectors, [new("vectors", vectors), new("inputs", weight.Columns), new("outputs", weight.Rows)], []);
        return weight switch
        {
            SumWeight sum => layer with { Terms = [.. sum.Terms.Select(t => Linear(t, vectors))] },
            LowRankWeight low => layer with { Terms = [Linear(low.V, vectors), Linear(low.U, vectors)] },
            _ => layer,
        };
    }

    /// <summary>A convolution with a weight [C_out, C_in/group, K…] that makes <paramref name="steps"/> outputs per channel.</summary>
    internal static TimedLayer Conv(Weight weight, int steps, Windows windows)
    {
        var shape = weight.Type.Shape;
        var layer = Describe("Conv", weight, steps,
            [new("taps", shape[2..].Aggregate(1, (a, k) => a * k)), new("inputs", shape[1]), new("outputs", shape[0]), new("steps", steps)],
            [new("windows", windows.ToString().ToLowerInvariant())]);
        return weight is SumWeight sum ? layer with { Terms = [.. sum.Terms.Select(t => Conv(t, steps, windows))] } : layer;
    }

    /// <summary>A recurrence with weights [D, gates·H, I] and [D, gates·H, H].</summary>
    internal static TimedLayer Recurrent(string op, Weight input, Weight recurrent, int steps)
    {
        int directions = recurrent.Type.Shape[0], units = recurrent.Type.Shape[2];
        var layer = Describe(op, recurrent, steps, [new("inputs", input.Type.Shape[2]), new("units", directions * units), new("steps", steps)], []);
        return layer with { MultiplyAdds = layer.MultiplyAdds + steps * input.MultiplyAdds, Bytes = layer.Bytes + Stored(input.Encode()) };
    }

    static TimedLayer Describe(string op, Weight weight, int times, LayerSize[] shape, KeyValuePair<string, string>[] kinds)
    {
        var (more, sizes) = Parameters(weight);
        return new TimedLayer
        {
            Operator = op,
            Format = weight.Encoding,
            Kinds = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, kinds.Concat(more)),
            Sizes = [.. shape, .. sizes],
            MultiplyAdds = times * weight.MultiplyAdds,
            Bytes = Stored(weight.Encode()),
        };
    }

    static (KeyValuePair<string, string>[] Kinds, LayerSize[] Sizes) Parameters(Weight weight) => weight switch
    {
        BlockSparseWeight s => ([new("v", $"{s.Height}"), new("width", $"{s.Width}"), new("type", s.IsInt8 ? "int8" : "f32")], [new("density", Density(s))]),
        LowRankWeight w => (Factors(w.U, w.V), [new("rank", w.Rank)]),
        MpsWeight w => ([new("cores", $"{w.Cores.Length}"), .. Factors([.. w.Cores])], [new("bond", w.Cores.Max(c => c.Type.Shape[3]))]),
        EntangledWeight { Kind: EntangledKind.Schmidt } w => ([new("kind", "schmidt"), .. Factors(w.A, w.B)], [new("groups", w.Groups), new("rank", w.A.Type.Shape[0])]),
        EntangledWeight w => ([new("kind", w.Kind.ToString().ToLowerInvariant()), .. Factors(w.U, w.S, w.C)], [new("groups", w.Groups), new("rank", Math.Sqrt((double)w.U.Rows * w.S.Columns))]),
        HadamardWeight { F: BlockSparseWeight f } => Parameters(f),
        HadamardWeight w => (Factors(w.F), []),
        Tucker2Weight w => (Factors(w.In, w.Core, w.Out), [new("rank", Math.Sqrt((double)w.In.Rows * w.Out.Columns))]),
        CpWeight w => (Factors(w.In, w.Time, w.Out), [new("rank", w.Rank)]),
        _ => ([], []),
    };

    /// <summary>Nothing for dense factors, which is what tables hold; their encodings otherwise, so that no table is taken for what it does not hold.</summary>
    static KeyValuePair<string, string>[] Factors(params ReadOnlySpan<Weight> factors)
    {
        foreach (var factor in factors)
            if (factor is not DenseWeight) return [new("factors", string.Join('+', factors.ToArray().Select(f => f.Encoding)))];
        return [];
    }

    static double Density(BlockSparseWeight weight) => Math.Max(weight.Blocks, 1) / ((double)weight.Groups * weight.BlockColumns);

    static long Stored(EncodedTensor tensor) => tensor.Parts.Sum(p => (long)p.Bytes.Length) + tensor.Children.Sum(Stored);
}

/// <summary>The windows of a convolution, as far as the choice of kernels depends on them.</summary>
enum Windows
{
    /// <summary>One axis, stride 1, no dilation, no groups: minimal filtering is possible.</summary>
    Dense,

    /// <summary>One input channel per group.</summary>
    Depthwise,

    /// <summary>Anything else.</summary>
    Other,
}
