using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Operators that move, cut, join or repeat elements along axes.</summary>
static class MovementAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("Transpose", 1, Transpose),
        new("Concat", 1, Concat),
        new("Split", 2, n => Split(n, n.Ints("split"))) { To = 12 },
        new("Split", 13, n => Split(n, n.ConstantInts(1, "the sizes")), 1),
        new("Slice", 1, n => Slice(n, n.Ints("starts"), n.Ints("ends"), n.Ints("axes"), null)) { To = 9 },
        new("Slice", 10, n => Slice(n, n.ConstantInts(1, "starts"), n.ConstantInts(2, "ends"), n.ConstantInts(3, "axes"), n.ConstantInts(4, "steps")), 1, 2, 3, 4),
        new("Expand", 8, Expand, 1),
        new("Tile", 6, n => n.Output(0, n.Emit("Tile", new AttributeMap { { "repeats", n.ConstantInts(1, "repeats") } }, n.Input(0))), 1),
        new("Pad", 2, n => Pad(n, n.Ints("pads"), null, n.Scalar(n.Float("value", 0), n.Input(0).Type.Element))) { To = 10 },
        new("Pad", 11, n => Pad(n, n.ConstantInts(1, "pads"), n.ConstantInts(3, "axes"), n.Optional(2)), 1, 3),
        new("DepthToSpace", 1, n => n.Output(0, n.Emit("DepthToSpace",
            new AttributeMap { { "blocksize", n.Int("blocksize", 0) }, { "mode", n.Text("mode", "DCR") } }, n.Input(0)))),
        new("SpaceToDepth", 1, n => n.Output(0, n.Emit("SpaceToDepth", new AttributeMap { { "blocksize", n.Int("blocksize", 0) } }, n.Input(0)))),
        new("Trilu", 14, n => n.Output(0, n.Emit("Trilu",
            new AttributeMap { { "k", n.Optional(1) is null ? 0 : n.ConstantInt(1, "k") }, { "upper", n.Int("upper", 1) } }, n.Input(0))), 1),
        new("ReverseSequence", 10, n => n.Output(0, n.Emit("ReverseSequence",
            new AttributeMap { { "batch_axis", n.Int("batch_axis", 1) }, { "time_axis", n.Int("time_axis", 0) } }, n.Input(0), n.Input(1)))),
        new("CenterCropPad", 18, CenterCropPad, 1),
    ];

    static void Transpose(NodeImporter n)
    {
        int rank = n.Input(0).Type.Rank;
        int[] permutation = n.Ints("perm") is { } given ? Array.ConvertAll(given, p => n.Axis(p, rank)) : [.. Enumerable.Range(0, rank).Reverse()];
        if (permutation.Length != rank || permutation.Distinct().Count() != rank) throw n.Fail($"perm [{string.Join(',', permutation)}] is no permutation of {rank} axes");
        n.Output(0, n.Transpose(n.Input(0), permutation));
    }

    static void Concat(NodeImporter n)
    {
        int axis = n.Axis(n.Int("axis", 1), n.Input(0).Type.Rank);
        n.Output(0, n.InputCount == 1 ? n.Input(0) : n.Emit("Concat", new AttributeMap { { "axis", axis } }, [.. Enumerable.Range(0, n.InputCount).Select(n.Input)]));
    }

    static void Split(NodeImporter n, long[]? sizes)
    {
        var x = n.Input(0);
        int axis = n.Axis(n.Int("axis", 0), x.Type.Rank), parts = n.Node.Outputs.Count, length = x.Type.Shape[axis];
        long declared = n.Int("num_outputs", parts);
        if (declared != parts) throw n.Fail($"num_outputs is {declared}, but there are {parts} outputs");
        int part = (length + parts - 1) / parts; // the last part may be smaller
        sizes ??= [.. Enumerable.Range(0, parts).Select(i => (long)Math.Clamp(length - i * part, 0, part))];
        if (sizes.Length != parts || sizes.Sum() != length) throw n.Fail($"sizes {string.Join(',', sizes)} do not split {x.Type} along axis {axis} into {parts}");
        var outputs = n.Emit(parts, "Split", new AttributeMap { { "axis", axis }, { "split", sizes } }, x);
        for (int i = 0; i < parts; i++) n.Output(i, outputs[i]);
    }

    static void Slice(NodeImporter n, long[]? starts, long[]? ends, long[]? axes, long[]? steps)
    {
        var x = n.Input(0);
        if (starts is null || ends is null) throw n.Fail("starts or ends are missing");
        axes ??= [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        steps ??= [.. Enumerable.Repeat(1L, starts.Length)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length) throw n.Fail("starts, ends, axes and steps have different lengths");

        int[] shape = [.. x.Type.Shape], from = new int[x.Type.Rank], by = new int[x.Type.Rank];
        Array.Fill(by, 1);
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = n.Axis(axes[i], x.Type.Rank), length = x.Type.Shape[axis];
            if (steps[i] == 0) throw n.Fail("a step is 0");
            long step = Math.Clamp(steps[i], -length - 1L, length + 1L); // a longer one takes the first element alone, too
            // The standard's clamping: negative positions count from the end; an end of −1 lets a backward walk take element 0.
            long start = Math.Clamp(starts[i] < 0 ? starts[i] + length : starts[i], 0, step > 0 ? length : Math.Max(length - 1, 0));
            long end = Math.Clamp(ends[i] < 0 ? ends[i] + length : ends[i], step > 0 ? 0 : -1, step > 0 ? length : length - 1);
            long count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;
            shape[axis] = length == 0 ? 0 : (int)Math.Max(count, 0);
            from[axis] = shape[axis] == 0 ? 0 : (int)start;
            by[axis] = (int)step;
            if (shape[axis] <= 1) by[axis] = 1;
        }
        n.Output(0, Cut(n, x, from, by, shape));
    }

    /// <summary>A slice in the runtime's form; <paramref name="x"/> itself where nothing is cut away.</summary>
    public static IrValue Cut(NodeImporter n, IrValue x, int[] starts, int[] steps, int[] shape) =>
        x.Type.Shape.AsSpan().SequenceEqual(shape) && steps.All(s => s > 0) ? x
            : n.Emit("Slice", new AttributeMap { { "starts", starts }, { "steps", steps }, { "shape", shape } }, x);

    static void Expand(NodeImporter n)
    {
        var x = n.Input(0);
        long[] target = n.ConstantInts(1, "the shape") ?? throw n.Fail("the shape is missing");
        int rank = Math.Max(target.Length, x.Type.Rank);
        int[] shape = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int own = i <= x.Type.Rank ? x.Type.Shape[^i] : 1;
            int wanted = i <= target.Length ? n.ToInt32(target[^i], "dimension") : 1;
            if (own != wanted && own != 1 && wanted != 1) throw n.Fail($"{x.Type} does not broadcast to [{string.Join(',', target)}]");
            shape[^i] = own == 1 ? wanted : own;
        }
        n.Output(0, x.Type.Shape.AsSpan().SequenceEqual(shape) ? x : n.Emit("Expand", new AttributeMap { { "shape", shape } }, x));
    }

    static void Pad(NodeImporter n, long[]? pads, long[]? axes, IrValue? value)
    {
        var x = n.Input(0);
        int rank = x.Type.Rank;
        if (pads is null) throw n.Fail("pads are missing");
        axes ??= [.. Enumerable.Range(0, rank).Select(i => (long)i)];
        if (pads.Length != 2 * axes.Length) throw n.Fail($"{pads.Length} pads for {axes.Length} axes");
        int[] all = new int[2 * rank];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = n.Axis(axes[i], rank);
            all[axis] = n.ToInt32(pads[i], "pad");
            all[axis + rank] = n.ToInt32(pads[i + axes.Length], "pad");
        }
        string mode = n.Text("mode", "constant");
        n.Output(0, Array.TrueForAll(all, p => p == 0) ? x : n.Emit("Pad", new AttributeMap { { "pads", all }, { "mode", mode } }, x, mode == "constant" ? value : null));
    }

    /// <summary>Crops or pads each axis around the centre; odd differences put the extra element at the end of a crop's start and a pad's end.</summary>
    static void CenterCropPad(NodeImporter n)
    {
        var x = n.Input(0);
        int rank = x.Type.Rank;
        long[] target = n.ConstantInts(1, "the shape") ?? throw n.Fail("the shape is missing");
        long[] axes = n.Ints("axes") ?? [.. Enumerable.Range(0, rank).Select(i => (long)i)];
        if (axes.Length != target.Length) throw n.Fail($"{target.Length} sizes for {axes.Length} axes");
        int[] starts = new int[rank], shape = [.. x.Type.Shape], pads = new int[2 * rank];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = n.Axis(axes[i], rank), missing = n.ToInt32(target[i], "dimension") - shape[axis];
            if (missing > 0) (pads[axis], pads[axis + rank]) = (missing / 2, missing - missing / 2);
            else (starts[axis], shape[axis]) = (-missing / 2, shape[axis] + missing);
        }
        var cropped = Cut(n, x, starts, [.. Enumerable.Repeat(1, rank)], shape);
        n.Output(0, Array.TrueForAll(pads, p => p == 0) ? cropped : n.Emit("Pad", new AttributeMap { { "pads", pads } }, cropped));
    }
}
