using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Graph;

/// <summary>
/// A value as elements of another one: what is left of reshapes, transposes, slices and splits when nothing is moved. Element (i₀, i₁, …) is
/// element <see cref="Offset"/> + Σ iₐ · <see cref="Strides"/>ₐ of <see cref="Base"/>.
/// </summary>
/// <param name="Base">The value whose memory is looked at.</param>
/// <param name="Offset">Its first element.</param>
/// <param name="Shape">The view's shape.</param>
/// <param name="Strides">One distance per axis, in elements; 0 along an axis that repeats.</param>
sealed record StridedView(IrValue Base, long Offset, int[] Shape, long[] Strides)
{
    /// <summary>The value through as many views as there are in front of it.</summary>
    public static StridedView Of(IrValue value)
    {
        if (value.Producer is not { } node || node.Input(0) is not { } x) return Whole(value);
        return node.Operator switch
        {
            "Reshape" => Of(x).TryReshape([.. value.Type.Shape]),
            "Transpose" => Of(x).Permute(node.Attributes.Ints("perm") is { IsDefault: false } given ? [.. given] : [.. Enumerable.Range(0, x.Type.Rank).Reverse()]),
            "Slice" => Of(x).Cut([.. node.Attributes.Ints("starts")], [.. node.Attributes.Ints("steps")], [.. value.Type.Shape]),
            "Split" => Of(x).Part(node, value),
            "Expand" => Of(x).Repeat([.. value.Type.Shape]),
            _ => null,
        } ?? Whole(value);
    }

    /// <summary>The value itself.</summary>
    public static StridedView Whole(IrValue value) => new(value, 0, [.. value.Type.Shape], Contiguous([.. value.Type.Shape]));

    /// <summary>The distances of a tensor as it lies.</summary>
    public static long[] Contiguous(int[] shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int a = shape.Length - 1; a >= 0; a--)
        {
            strides[a] = stride;
            stride *= shape[a];
        }
        return strides;
    }

    /// <summary>The view with its axes permuted.</summary>
    public StridedView Permute(int[] permutation) => this with { Shape = Array.ConvertAll(permutation, p => Shape[p]), Strides = Array.ConvertAll(permutation, p => Strides[p]) };

    /// <summary>The same elements in the same order under another shape; null where distances do not allow it.</summary>
    public StridedView? TryReshape(int[] shape)
    {
        var runs = Runs();
        long[] strides = new long[shape.Length];
        int axis = shape.Length - 1;
        for (int r = runs.Count - 1; r >= 0; r--)
        {
            long filled = 1;
            while (filled < runs[r].Length && axis >= 0)
            {
                strides[axis] = filled * runs[r].Stride;
                filled *= shape[axis--];
            }
            if (filled != runs[r].Length) return null;
        }
        return this with { Shape = shape, Strides = strides }; // what axes are left have length 1
    }

    /// <summary>Axes of length 1 left out and neighbours that count on as one merged: equal for views of the same elements in the same order.</summary>
    public List<(long Length, long Stride)> Runs()
    {
        var runs = new List<(long Length, long Stride)>();
        for (int a = 0; a < Shape.Length; a++)
        {
            if (Shape[a] == 1) continue;
            if (runs.Count > 0 && runs[^1].Stride == Shape[a] * Strides[a]) runs[^1] = (runs[^1].Length * Shape[a], Strides[a]);
            else runs.Add((Shape[a], Strides[a]));
        }
        return runs;
    }

    StridedView? Cut(int[] starts, int[] steps, int[] shape) => steps.Any(s => s < 0) ? null : this with
    {
        Offset = Offset + starts.Select((s, a) => s * Strides[a]).Sum(),
        Shape = shape, Strides = [.. Strides.Select((s, a) => s * steps[a])],
    };

    StridedView? Part(IrNode split, IrValue part)
    {
        int axis = split.Attributes.Int("axis");
        if (axis < 0) axis += Shape.Length;
        int start = 0;
        for (int o = 0; o < split.Outputs.Count && split.Outputs[o] != part; o++) start += split.Attributes.Ints("split")[o];
        int[] starts = new int[Shape.Length];
        starts[axis] = start;
        return Cut(starts, [.. Shape.Select(_ => 1)], [.. part.Type.Shape]);
    }

    StridedView Repeat(int[] shape)
    {
        int added = shape.Length - Shape.Length;
        return this with { Shape = shape, Strides = [.. shape.Select((d, a) => a < added || Shape[a - added] != d ? 0 : Strides[a - added])] };
    }
}
