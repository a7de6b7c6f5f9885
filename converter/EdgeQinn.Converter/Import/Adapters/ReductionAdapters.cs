using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Reductions over axes, and Softmax with its kin.</summary>
static class ReductionAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        .. Reduction("ReduceSum", 13),
        .. new[] { "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare" }
            .SelectMany(op => Reduction(op, 18)),
        .. new[] { "Softmax", "LogSoftmax", "Hardmax" }.SelectMany(op => (IEnumerable<Adapter>)
        [
            new Adapter(op, 1, n => OverTrailingAxes(n, op)) { To = 12 },
            new Adapter(op, 13, n => n.Output(0, n.Emit(op, new AttributeMap { { "axis", n.Int("axis", -1) } }, n.Input(0)))),
        ]),
        new("CumSum", 11, n => n.Output(0, n.Emit("CumSum", new AttributeMap
        {
            { "axis", n.ConstantInt(1, "the axis") }, { "exclusive", n.Int("exclusive", 0) }, { "reverse", n.Int("reverse", 0) },
        }, n.Input(0))), 1),
    ];

    /// <summary>Axes were an attribute before opset <paramref name="asInput"/>.</summary>
    static IEnumerable<Adapter> Reduction(string op, int asInput) =>
    [
        new(op, 1, n => Reduce(n, op, n.Ints("axes"))) { To = asInput - 1 },
        new(op, asInput, n => Reduce(n, op, n.ConstantInts(1, "axes")), 1),
    ];

    static void Reduce(NodeImporter n, string op, long[]? axes)
    {
        var attributes = new AttributeMap { { "keepdims", n.Int("keepdims", 1) } };
        bool keepsAll = n.Int("noop_with_empty_axes", 0) != 0;
        if (axes is { Length: > 0 }) attributes.Add("axes", axes);
        else if (keepsAll) attributes.Add("axes", ReadOnlySpan<long>.Empty);
        n.Output(0, n.Emit(op, attributes, n.Input(0)));
    }

    /// <summary>Before opset 13 all axes from <c>axis</c> on were taken as one.</summary>
    static void OverTrailingAxes(NodeImporter n, string op)
    {
        var x = n.Input(0);
        int rank = x.Type.Rank, axis = n.Axis(n.Int("axis", 1), rank);
        var last = new AttributeMap { { "axis", -1L } };
        if (axis == rank - 1)
        {
            n.Output(0, n.Emit(op, last, x));
            return;
        }
        var flat = n.Reshape(x, [ShapeAdapters.Product(x, 0, axis), ShapeAdapters.Product(x, axis, rank)]);
        n.Output(0, n.Reshape(n.Emit(op, last, flat), x.Type.Shape.AsSpan()));
    }
}
